"""A desk with a scripted way out, people with phones, and cases about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, create_engine, insert, select, text, update

import triggers
from proactive.bootstrap import Platform
from proactive.cases.store import case
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Actor
from proactive.notices.desk import Limits, NoticeDesk
from proactive.notices.model import Patience
from proactive.notices.sending import SendReport, send_due
from proactive.notices.service import Told, tell
from proactive.notices.store import message, needs_telling
from proactive.notices.sweeping import SweepReport, sweep
from proactive.notices.templates import Templates, Voice, load_templates
from proactive.people.intake import Intake
from proactive.people.model import Identity
from proactive.plugins.testing import ScriptedNotifier
from tests.databases import copy_database, database_name, drop_database

MACHINE = Actor.machine("test")
VOICE = Voice({"zh": "云岭县便民服务中心", "en": "Yunling Service Centre"}, "12345")


USED = (
    "message, notice, needs_telling, suppression, inbound, callback_seen, message_budget,"
    ' channel_pause, notice_county, notice_guest, area, "case",'
    " subject, identity, post, account, audit, step"
)


@pytest.fixture(scope="module")
def one_database(servers: Servers, template_database: str) -> Iterator[str]:
    """One database for all tests of a file: cloning one costs more than most of these tests."""
    url = copy_database(servers, template_database, "notices")
    yield url
    drop_database(servers, database_name(url))


@pytest.fixture
def database_url(one_database: str) -> str:
    """The shared database, emptied."""
    owner = create_engine(one_database)
    with owner.begin() as connection:
        connection.execute(text(f"TRUNCATE {USED} CASCADE"))
    owner.dispose()
    return one_database


@pytest.fixture(scope="session")
def templates() -> Templates:
    return load_templates(Path(triggers.__file__).parent / "notices")


@dataclass
class Office:
    """What the tests do: make people and cases, tell, send, sweep, look."""

    platform: Platform
    clock: ManualClock
    notifier: ScriptedNotifier
    desk: NoticeDesk
    people: int = 0
    names: dict[str, int] = field(default_factory=dict)

    def limit(self, **changes: Any) -> None:
        self.desk = replace(self.desk, limits=replace(self.desk.limits, **changes))

    def person(self, phone: str | None = None, **more: Any) -> int:
        """Return the key of a new person whose own mobile it is, unless told otherwise."""
        self.people += 1
        number = f"138{self.people:08d}" if phone is None else phone
        values: dict[str, Any] = {"kind": "person", "scheme": "opaque", "name": "王小明"} | more
        values.setdefault("number", f"person-{self.people}")
        key = self.platform.keys.subject_key(values["scheme"], values["number"])
        with self.platform.work(MACHINE) as work:
            intake = Intake(work, "resident_register", new_id())
            intake.add(
                [Identity(key=key, phone=f"+86{number}" if number else "", seen_on=TODAY, **values)]
            )
            intake.finish()
        return key

    def case(self, subject_key: int, **more: Any) -> UUID:
        values = {
            "id": new_id(),
            "ref": public_ref(),
            "subject_key": subject_key,
            "kind": "person",
            "need": "medical_cost_relief",
            "trigger": "large_medical_bill",
            "state": "assigned",
            "owner_post_id": new_id(),
            "next_step": "visit",
            "due_on": TODAY + timedelta(days=10),
            "raised_at": self.clock.now(),
            "raised_by": "scan",
        } | more
        with self.platform.work(MACHINE) as work:
            work.db.execute(insert(case).values(**values))
        return UUID(str(values["id"]))

    def close(self, case_id: UUID) -> None:
        with self.platform.work(MACHINE) as work:
            closed = {"state": "closed", "closed_at": work.now, "next_step": None}
            work.db.execute(update(case).where(case.c.id == case_id).values(**closed))

    def tell(self, subject_key: int, template: str = "someone_will_come", **more: Any) -> Told:
        with self.platform.work(MACHINE) as work:
            return tell(
                work,
                self.desk,
                subject_key=subject_key,
                event_id=more.pop("event_id", f"event-{new_id()}"),
                template=template,
                **more,
            )

    def told(self, n: int = 1, **more: Any) -> list[Told]:
        """Tell `n` new people something about their cases."""
        keys = [self.person() for _ in range(n)]
        return [self.tell(key, case_id=self.case(key), **more) for key in keys]

    def send(self, **more: Any) -> SendReport:
        return send_due(lambda: self.platform.work(MACHINE), self.desk, **more)

    def sweep(self) -> SweepReport:
        return sweep(lambda: self.platform.work(MACHINE), self.desk)

    def time_passes(self, minutes: float = 60) -> None:
        """Let the database's leases, holds, look-ups and settle times run by `minutes`."""
        columns = ("lease_until", "hold_until", "look_at", "unknown_at", "first_called_at")
        moved = ", ".join(f"{name} = {name} - make_interval(mins => :m)" for name in columns)
        with self.platform.work(MACHINE) as work:
            work.db.execute(text(f"UPDATE message SET {moved}"), {"m": minutes})
            pauses = "UPDATE channel_pause SET until = until - make_interval(mins => :m)"
            work.db.execute(text(pauses), {"m": minutes})

    def messages(self, told: Told | None = None) -> list[Row[Any]]:
        query = select(message).order_by(message.c.created_at, message.c.id)
        if told is not None:
            query = query.where(message.c.notice_id == told.notice_id)
        return self.rows(query)

    def state(self, told: Told) -> str:
        state: str = self.messages(told)[-1].state
        return state

    def reason(self, told: Told) -> str:
        reason: str = self.messages(told)[-1].reason
        return reason

    def tellings(self, told: Told) -> list[tuple[str, str]]:
        query = select(needs_telling).where(needs_telling.c.notice_id == told.notice_id)
        return [(row.reason, row.how) for row in self.rows(query)]

    def notes(self, case_id: UUID) -> list[str]:
        rows = self.rows(
            text("SELECT reason FROM case_event WHERE case_id = :id ORDER BY seq").bindparams(
                id=case_id
            )
        )
        return [row.reason for row in rows]

    def rows(self, query: Any) -> list[Row[Any]]:
        with self.platform.work(MACHINE) as work:
            return list(work.db.execute(query).all())

    def as_machine(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with self.platform.work(MACHINE) as work:
            return act(work, *args, **more)


TODAY = date(2026, 11, 21)


def shanghai(text_: str) -> datetime:
    """Return a moment given in local time."""
    return datetime.fromisoformat(f"{text_}+08:00").astimezone(UTC)


@pytest.fixture
def office(platform: Platform, clock: ManualClock, templates: Templates) -> Office:
    notifier = ScriptedNotifier(two_way=True)
    desk = NoticeDesk(
        templates=templates,
        voice=VOICE,
        notifiers={notifier.name: notifier},
        channel=notifier.name,
        limits=Limits(),
        patience=Patience(),
    )
    return Office(platform, clock, notifier, desk)
