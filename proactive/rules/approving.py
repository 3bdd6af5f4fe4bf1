"""Two persons: one proposes a version with its dry run, another approves or sends it back."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import null

from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.rules.life import is_same_person, move_version, take_version
from proactive.rules.model import TriggerState as S
from proactive.rules.service import LoadedTrigger, stored_rule, version_row

# Runs the golden examples of a version; raises Refused when one is broken or there are none.
Prove = Callable[[TriggerRule, str], None]


def propose_trigger(
    work: Work,
    trigger: str,
    version: int,
    *,
    prove: Prove,
    note: str,
    figures: Mapping[str, Any] | None,
) -> LoadedTrigger:
    """Ask for a version to be approved: `note` says what it changes and why.

    `figures` are those of a finished dry run of this very version (tuning.queries). Raises
    Refused `no_named_person`, `no_such_version`, `no_note`, `no_dry_run`, or what `prove` raises.
    """
    row, move = take_version(work, trigger, version, "propose")
    if not note.strip():
        raise Refused(
            "no_note",
            "The proposal says nothing.",
            todo="Write what the version changes and why, for the person who approves it.",
            fields={"note": "Write what it changes and why."},
        )
    if not figures:
        raise Refused(
            "no_dry_run",
            "Version {version} of '{trigger}' has not been tried.",
            why="Who approves it must see whom it would find.",
            todo="Make a dry run of this version, then propose it.",
            trigger=trigger,
            version=version,
        )
    prove(stored_rule(row.yaml), row.examples)
    return move_version(
        work,
        row,
        move,
        note=note.strip(),
        figures=dict(figures),
        proposed_by=work.actor.id,
        proposed_at=work.now,
    )


def approve_trigger(
    work: Work, trigger: str, version: int, *, prove: Prove, assessment: str
) -> LoadedTrigger:
    """Approve a proposed version; `assessment` is the id of its impact assessment.

    Raises Refused `second_person_needed` for its author and its proposer, `no_assessment`, or what
    `prove` raises. The database holds the same about the two persons.
    """
    row, move = take_version(work, trigger, version, "approve")
    if is_same_person(work, work.actor.id, row.loaded_by, row.proposed_by):
        raise Refused(
            "second_person_needed",
            "Who wrote or proposed a version does not approve it.",
            todo="Ask another person of the policy desk to read the dry run and to approve it.",
        )
    if not assessment.strip():
        raise Refused(
            "no_assessment",
            "The impact assessment is not named.",
            todo="Give the number under which the assessment is kept.",
            fields={"assessment": "Give its number."},
        )
    prove(stored_rule(row.yaml), row.examples)
    return move_version(
        work,
        row,
        move,
        assessment=assessment.strip(),
        approved_by=work.actor.id,
        approved_at=work.now,
        activated_by=None,
        activated_at=None,
        live_from=None,
        areas=[],
    )


def send_back_trigger(work: Work, trigger: str, version: int, *, reason: str) -> LoadedTrigger:
    """Give a proposed or approved version back to its author, with the reason in words.

    What is approved loses its approval. Raises Refused `no_reason`.
    """
    row = version_row(work, trigger, version)
    action = "withdraw" if row.state == S.APPROVED else "send_back"
    row, move = take_version(work, trigger, version, action)
    if not reason.strip():
        raise Refused(
            "no_reason",
            "The reason is missing.",
            todo="Write in a few words what is to be done differently.",
            fields={"reason": "Write the reason."},
        )
    return move_version(
        work,
        row,
        move,
        returned_why=reason.strip(),
        returned_by=work.actor.id,
        returned_at=work.now,
        figures=null(),
        proposed_by=None,
        proposed_at=None,
        approved_by=None,
        approved_at=None,
        assessment="",
        activated_by=None,
        activated_at=None,
        live_from=None,
        areas=[],
    )
