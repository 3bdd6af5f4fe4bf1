"""State tables: every change of state is a row that names who may make it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from proactive.kernel.errors import Refused


class Role(StrEnum):
    """Who acts. The machine is one of them and may do the least."""

    MACHINE = "machine"
    COORDINATOR = "coordinator"
    TOWN = "town"
    COUNTY = "county"
    CLERK = "clerk"
    GENERALIST = "generalist"  # hands in for all offices of a place, decides for none
    POLICY = "policy"
    FAIRNESS = "fairness"
    OPERATOR = "operator"
    RECIPIENT = "recipient"


DESKS = frozenset({Role.TOWN, Role.COUNTY})
FIELD = DESKS | {Role.COORDINATOR}  # who answers for people of a place
POLICY_DESK = frozenset({Role.POLICY, Role.OPERATOR})
MACHINE = frozenset({Role.MACHINE})

# The machine may only raise, route, prepare, remind, escalate and note. The second line is the
# post office's own work on a message it was told to carry; it decides nothing about a person.
MACHINE_VERBS = frozenset({"raise", "route", "prepare", "remind", "escalate", "note"})
DELIVERY_VERBS = frozenset({"claim", "record", "give_back", "find", "park", "cancel"})


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: from `source` by `action` to `target`, allowed to the roles in `by`.

    `verb` is what the action amounts to for the machine; empty where only people may act.
    """

    source: StrEnum
    action: str
    target: StrEnum
    by: frozenset[Role]
    en: str
    zh: str
    verb: str = ""


class StateTable:
    """A state machine as data: checked, asked and drawn from the same rows."""

    def __init__(
        self,
        name: str,
        states: type[StrEnum],
        *,
        start: StrEnum,
        finals: Iterable[StrEnum],
        transitions: Iterable[Transition],
    ) -> None:
        self.name = name
        self.states = states
        self.start = start
        self.finals = frozenset(finals)
        self.transitions = tuple(transitions)
        self._rows = {(row.source, row.action): row for row in self.transitions}
        if len(self._rows) != len(self.transitions):
            raise ValueError(f"{name}: two rows for one state and action")
        for row in self.transitions:
            if Role.MACHINE in row.by and row.verb not in MACHINE_VERBS | DELIVERY_VERBS:
                raise ValueError(f"{name}: the machine may not {row.action}")

    def check(self, state: str, action: str, role: Role) -> Transition:
        """Return the row for `action`, or raise Refused `not_possible_now` or `not_yours`."""
        row = self._rows.get((self.states(state), action))
        if row is None:
            raise Refused(
                "not_possible_now",
                "This step is not possible now.",
                why="It has moved on to '{state}' meanwhile.",
                todo="Open it again and look at its present state.",
                state=str(state),
                action=action,
            )
        if role not in row.by:
            raise Refused(
                "not_yours",
                "This step belongs to somebody else.",
                why="It may be taken by: {roles}.",
                todo="Hand it to them.",
                roles=", ".join(sorted(row.by)),
                action=action,
            )
        return row

    def can(self, state: str, action: str, role: Role) -> bool:
        """Answer whether `check` would pass."""
        row = self._rows.get((self.states(state), action))
        return row is not None and role in row.by

    def actions(self, state: str, role: Role) -> tuple[Transition, ...]:
        """Return the rows that `role` may use from `state`, in table order."""
        wanted = self.states(state)
        return tuple(row for row in self.transitions if row.source == wanted and role in row.by)

    def draw(self) -> str:
        """Return the table as a page of text with a Mermaid diagram and a list of rows."""
        lines = [f"# {self.name}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [f"    {row.source} --> {row.target}: {row.action}" for row in self.transitions]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.finals]
        lines += ["```", "", "| from | action | to | by | English | 中文 |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [
            f"| {row.source} | {row.action} | {row.target} | {', '.join(sorted(row.by))} "
            f"| {row.en} | {row.zh} |"
            for row in self.transitions
        ]
        return "\n".join(lines) + "\n"
