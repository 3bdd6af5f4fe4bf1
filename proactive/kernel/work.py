"""The unit of work: one transaction, one named actor, one business time, its audit and steps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from proactive.kernel.access import (
    AREA_ROLES,
    FAIRNESS,
    FIRMS,
    GENERALIST,
    OFFICE,
    OPERATOR,
    PERSON,
    POLICY,
    VISITOR,
    WORKER,
)
from proactive.kernel.clock import local_date
from proactive.kernel.crypto import Keyring
from proactive.kernel.db import AREA_COLUMNS, NOWHERE
from proactive.kernel.states import Role
from proactive.kernel.tables import audit, remember_steps


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and for which areas (all of one `level`, 1 = outermost) or which office.

    `on_server` marks an operator at the server's own console: named in the audit, working with
    the worker's database role. `case_id` is the one case that a person at the own page reaches.
    `firms_only`: of the areas the matters of organisations that were given to the own posts, as a
    desk for them needs.
    """

    role: Role
    id: str
    areas: tuple[str, ...] = ()
    level: int = 0
    office_id: str = ""
    posts: tuple[str, ...] = ()
    on_server: bool = False
    case_id: str = ""
    firms_only: bool = False

    @classmethod
    def machine(cls, name: str) -> "Actor":
        return cls(role=Role.MACHINE, id=name)

    @classmethod
    def operator_on_server(cls, name: str) -> "Actor":
        return cls(role=Role.OPERATOR, id=name, on_server=True)

    @classmethod
    def visitor(cls) -> "Actor":
        """Return somebody at the door who has not said who he is."""
        return cls(role=Role.RECIPIENT, id="visitor")

    @classmethod
    def person(cls, case_id: UUID, *, by_worker: bool = False) -> "Actor":
        """Return the person of a case, who sees and does what is in that case and nothing else.

        `by_worker`: what reaches beyond it, such as the stop of messages, done in the own name.
        """
        return cls(role=Role.RECIPIENT, id="person", case_id=str(case_id), on_server=by_worker)

    @property
    def database_role(self) -> str:
        if self.role is Role.MACHINE or self.on_server:
            return WORKER
        if self.firms_only:
            return FIRMS
        if self.role in (Role.COORDINATOR, Role.TOWN, Role.COUNTY):
            return AREA_ROLES[self.level - 1]
        if self.role is Role.RECIPIENT and self.case_id:
            return PERSON
        people = {
            Role.CLERK: OFFICE,
            Role.GENERALIST: GENERALIST,
            Role.POLICY: POLICY,
            Role.FAIRNESS: FAIRNESS,
            Role.OPERATOR: OPERATOR,
        }
        return people.get(self.role, VISITOR)


@dataclass(slots=True)
class Work:
    """What a use case needs of the world: a connection, an actor, time and calendar, the keys."""

    db: Connection
    actor: Actor
    now: datetime
    zone: ZoneInfo
    keys: Keyring
    calendar: str = "CN"
    region: str = "CN"
    steps: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return local_date(self.now, self.zone)

    def audit(
        self,
        action: str,
        entity: str,
        entity_id: object,
        *,
        areas: Sequence[str] | None = None,
        **detail: object,
    ) -> None:
        """Leave an audit row in this transaction; `detail` holds codes and ids only."""
        row = {
            "business_at": self.now,
            "actor_role": self.actor.role,
            "actor_id": self.actor.id,
            "action": action,
            "entity": entity,
            "entity_id": str(entity_id),
            "detail": {name: str(value) for name, value in detail.items()},
        }
        row.update(zip(AREA_COLUMNS, areas or NOWHERE, strict=True))
        self.db.execute(audit.insert().inline(), row)  # nobody reads back what he wrote

    def step(self, name: str, key: str = "", *, due_at: datetime | None = None) -> None:
        """Remember a next step; `path.py` says which function it is.

        One row waits per name and key. Rows are written when the transaction ends, in one order
        for everybody, so that two works cannot wait for each other.
        """
        due = due_at or self.now
        known = self.steps.get((name, key))
        self.steps[name, key] = min(due, known) if known else due


Doorbell = Callable[[Sequence[UUID]], None]


@contextmanager
def open_work(
    engine: Engine,
    actor: Actor,
    *,
    now: datetime,
    zone: ZoneInfo,
    keys: Keyring,
    calendar: str,
    region: str,
    ring: Doorbell,
) -> Iterator[Work]:
    """Yield a Work in one transaction; commit at the end, then ring for its due steps.

    Role, actor and areas are set for this transaction only: nothing stays on the connection.
    """
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {actor.database_role}"))
        connection.execute(
            text(
                "SELECT set_config('app.actor', :actor, true), set_config('app.areas', :areas,"
                " true), set_config('app.office', :office, true),"
                " set_config('app.posts', :posts, true),"
                " set_config('app.case', :case, true)"
            ),
            {
                "actor": f"{actor.role}:{actor.id}",
                "areas": ",".join(actor.areas),
                "office": actor.office_id,
                "posts": ",".join(actor.posts),
                "case": actor.case_id,
            },
        )
        work = Work(
            db=connection,
            actor=actor,
            now=now,
            zone=zone,
            keys=keys,
            calendar=calendar,
            region=region,
        )
        yield work
        rung = remember_steps(connection, work.steps) if work.steps else []
    if rung:
        ring(rung)
