"""A desk settles who a doubtful person is; later deliveries of the same names do not undo it."""

import pytest
from sqlalchemy import select, text

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.tables import audit
from proactive.kernel.work import Actor
from proactive.people.doubts import (
    Verdict,
    open_doubts,
    present_decision,
    readings,
    settle_identity,
)
from proactive.people.model import NoPhone
from proactive.people.store import identity_decision, subject
from proactive.people.vault import reachable_phone
from tests.proactive.feeds.making import Bill, Office, resident
from tests.proactive.people.test_vault import VILLAGE, key_of, person, register

TOWN = Actor(Role.TOWN, "town", areas=("371422001000",), level=4)
OTHER_TOWN = Actor(Role.TOWN, "other", areas=("371422002000",), level=4)


@pytest.fixture
def key(office: Office) -> int:
    """Somebody whom the register and the hospital name differently."""
    office.deliver("resident_register", register(person(1)))
    office.bills(Bill(name="李四"))
    return key_of(office, resident(1))


def doubtful(office: Office, key: int) -> bool:
    with office.platform.work(office.steward) as work:
        query = select(subject.c.identity_doubtful).where(subject.c.key == key)
        return bool(work.db.execute(query).scalar_one())


def settle(
    office: Office,
    key: int,
    verdict: Verdict = Verdict.SAME,
    *,
    by: Actor = TOWN,
    reason: str = "asked at the door",
    wrong_feed: str | None = None,
) -> None:
    with office.platform.work(by) as work:
        settle_identity(work, key, verdict, reason=reason, wrong_feed=wrong_feed)


def again(office: Office, name: str = "李四", number: int = 2) -> None:
    """The hospital delivers once more, another bill of the same person."""
    at, recorded = f"2026-04-{number:02d} 08:00:00", f"2026-05-{number:02d}"
    office.bills(Bill(name=name, settlement=f"S{number}", at=at, recorded=recorded))


def test_the_readings_stand_side_by_side_and_the_look_is_audited(office: Office, key: int) -> None:
    with office.platform.work(TOWN) as work:
        said = readings(work, key)

    assert [(one.feed, one.name) for one in said] == [
        ("medical_bill", "李四"),
        ("resident_register", "王小明"),
    ]
    with office.platform.work(office.steward) as work:
        rows = work.db.execute(select(audit).where(audit.c.action == "read_identity")).all()
    assert [(row.detail["purpose"], row.area_5) for row in rows] == [("settle_identity", VILLAGE)]


def test_one_person_is_not_doubtful_any_more_and_stays_so(office: Office, key: int) -> None:
    assert doubtful(office, key)

    settle(office, key)
    assert not doubtful(office, key)
    with office.platform.work(office.steward) as work:
        assert reachable_phone(work, key).reason is None

    again(office)
    office.deliver("resident_register", register(person(1, recorded="2026-02-05")))
    assert not doubtful(office, key)


def test_a_name_that_was_not_seen_opens_the_question_anew(office: Office, key: int) -> None:
    settle(office, key)

    again(office, name="赵六")

    assert doubtful(office, key)
    with office.platform.work(TOWN) as work:
        assert open_doubts(work, [key]) == {key}
        assert present_decision(work, key) is None
    settle(office, key, reason="the husband's name; corrected by phone")
    again(office, name="赵六", number=3)
    assert not doubtful(office, key)


def test_not_one_person_stays_without_messages_until_the_office_has_set_it_right(
    office: Office, key: int
) -> None:
    settle(office, key, Verdict.NOT_SAME, wrong_feed="medical_bill")

    assert doubtful(office, key)
    with office.platform.work(TOWN) as work:
        assert open_doubts(work, [key]) == set()
        decision = present_decision(work, key)
        assert reachable_phone(work, key).reason is NoPhone.DOUBTFUL
    assert decision
    assert (decision.verdict, decision.wrong_feed) == (Verdict.NOT_SAME, "medical_bill")
    assert decision.reason == "asked at the door"

    again(office)
    with office.platform.work(TOWN) as work:
        assert open_doubts(work, [key]) == set()

    again(office, name="王小明", number=3)
    assert not doubtful(office, key)


def test_two_names_in_one_file_are_settled_too(office: Office) -> None:
    office.bills(Bill(name="王小明"), Bill(name="李四", settlement="S2", at="2026-03-01 11:00:00"))
    key = key_of(office, resident(1))
    assert doubtful(office, key)
    with office.platform.work(office.steward) as work:
        work.db.execute(text("UPDATE subject SET area_4 = '371422001000'"))
        work.db.execute(text("UPDATE identity SET area_4 = '371422001000'"))

    settle(office, key)
    office.bills(
        Bill(name="王小明", settlement="S3", at="2026-03-01 12:00:00"),
        Bill(name="李四", settlement="S4", at="2026-03-01 13:00:00"),
    )

    assert not doubtful(office, key)


def test_a_decision_may_be_taken_back_by_another(office: Office, key: int) -> None:
    settle(office, key, Verdict.NOT_SAME, wrong_feed="medical_bill")

    settle(office, key, Verdict.SAME, reason="married, took another name")

    assert not doubtful(office, key)
    with office.platform.work(office.steward) as work:
        rows = work.db.execute(
            select(identity_decision).order_by(identity_decision.c.decided_at)
        ).all()
    assert [bool(row.replaced_at) for row in rows] == [True, False]
    assert b"married" not in b"".join(bytes(row.reason_cipher) for row in rows)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"verdict": Verdict.NOT_SAME}, "feed_missing"),
        ({"verdict": Verdict.NOT_SAME, "wrong_feed": "benefit"}, "feed_missing"),
        ({"by": OTHER_TOWN}, "not_possible_now"),
        ({"by": Actor.machine("intake")}, "needs_a_desk"),
        ({"by": Actor.operator_on_server("op")}, "needs_a_desk"),
    ],
)
def test_what_is_missing_or_not_ones_own_is_refused(
    office: Office, key: int, given: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        settle(office, key, **given)  # type: ignore[arg-type]

    assert refused.value.code == code
    assert doubtful(office, key)


def test_where_there_is_no_doubt_nothing_is_settled(office: Office, key: int) -> None:
    settle(office, key)

    with pytest.raises(Refused, match="no doubt"):
        settle(office, key)
