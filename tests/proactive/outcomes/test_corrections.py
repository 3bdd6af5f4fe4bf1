"""Each reason's way: to the office that owns the record, to the rule's owner, or into quiet."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, MultipleResultsFound

from proactive.accounts.service import create_account, grant_role
from proactive.cases.store import case_evidence, cool_down
from proactive.demo.cast import acting
from proactive.handlers import finding
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.offices import OfficeKind
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.outcomes.correction_lists import corrections_of, desk_corrections
from proactive.outcomes.corrections import (
    answer_correction,
    get_correction,
    note_arrived,
    specify_correction,
    who_it_is_about,
    withdraw_correction,
)
from proactive.scans.store import hit
from tests.proactive.outcomes.conftest import Learning
from tests.web.browsing import SETUP
from tests.web.story import MACHINE


def clerk(county: Learning, kind: OfficeKind) -> Actor:
    office = str(county.story.offices[kind])
    return Actor(role=Role.CLERK, id=f"clerk-{kind}", office_id=office)


MEDICAL, POLICE = OfficeKind.MEDICAL_INSURANCE, OfficeKind.PUBLIC_SECURITY


@pytest.mark.parametrize(
    ("reason", "feed", "fault", "office"),
    [
        ("data_wrong", "medical_bill", "not_said", MEDICAL),
        ("moved", "resident_register", "moved", POLICE),
        ("not_our_person", "resident_register", "other_place", POLICE),
        ("died", "death_register", "died", POLICE),
    ],
)
def test_what_a_visit_found_wrong_lies_on_the_desk_of_the_office_that_owns_it(
    county: Learning, reason: str, feed: str, fault: str, office: OfficeKind
) -> None:
    case_id = county.raised(1)

    county.no_need(case_id, reason)

    (row,) = county.corrections(case_id)
    assert (row.feed, row.fault, row.state, row.reason) == (feed, fault, "open", reason)
    assert row.asked_by == county.story.accounts["east"]
    assert row.due_on >= date(2026, 12, 4)
    assert row.record_id == ("medical_bill-1" if feed == "medical_bill" else "")
    with county.platform.work(clerk(county, office)) as work:
        (mine,) = desk_corrections(work)
        assert who_it_is_about(work, mine)["name"] == "刘建国"
    with county.platform.work(clerk(county, OfficeKind.CHARITY)) as work:
        assert desk_corrections(work) == []


@pytest.mark.parametrize("reason", ["no_need", "above_means", "refused", "already_helped"])
def test_no_office_is_asked_where_no_record_is_at_fault(county: Learning, reason: str) -> None:
    case_id = county.raised(1)

    county.no_need(case_id, reason)

    assert county.corrections(case_id) == []


def test_the_office_answers_once_and_whom_it_was_about_is_forgotten(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with county.platform.work(clerk(county, MEDICAL)) as work:
        answer_correction(work, row.id, "stands", note="The amount is as the hospital sent it.")
    with (
        pytest.raises(Refused, match="not possible now"),
        county.platform.work(clerk(county, MEDICAL)) as work,
    ):
        answer_correction(work, row.id, "corrected")

    with acting(county.platform, "east") as work:
        (answered,) = corrections_of(work, case_id)
    assert (answered.state, answered.answer) == ("answered", "stands")
    assert answered.answered_by == f"clerk-{MEDICAL}"
    assert answered.who_cipher is None


def test_neither_the_machine_nor_another_office_nor_the_asker_can_answer(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with pytest.raises(Refused, match="somebody else"), county.platform.work(MACHINE) as work:
        answer_correction(work, row.id, "corrected")
    with (
        pytest.raises(Refused, match="no such correction"),
        county.platform.work(clerk(county, POLICE)) as work,
    ):
        answer_correction(work, row.id, "corrected")
    with pytest.raises(Refused, match="somebody else"), acting(county.platform, "east") as work:
        answer_correction(work, row.id, "corrected")
    with (
        pytest.raises(DBAPIError, match="answered_by_a_person"),
        county.platform.work(MACHINE) as w,
    ):
        w.db.execute(
            text(
                "UPDATE correction_request SET state = 'answered', answer = 'corrected',"
                " who_cipher = NULL"
            )
        )
    assert county.corrections(case_id) == [row]


def test_an_answer_must_be_one_of_three(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with (
        pytest.raises(Refused, match="not an answer"),
        county.platform.work(clerk(county, MEDICAL)) as work,
    ):
        answer_correction(work, row.id, "perhaps")


def test_the_visitor_may_say_which_record_is_wrong_and_in_what(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with acting(county.platform, "east") as work:
        evidence = work.db.execute(
            select(case_evidence.c.id).where(case_evidence.c.case_id == case_id)
        ).scalar_one()
        specify_correction(
            work, row.id, evidence_id=evidence, fault="amount", note="比发票多一个零"
        )

    (said,) = county.corrections(case_id)
    assert (said.record_id, said.fault, said.note) == ("medical_bill-1", "amount", "比发票多一个零")


@pytest.mark.parametrize(
    ("fault", "note", "record", "field"),
    [
        ("nonsense", "", None, "fault"),
        ("amount", "刘建国说没有住院", None, "note"),
        ("amount", "电话 138 0000 0001", None, "note"),
        ("amount", "x" * 301, None, "note"),
        ("amount", "", uuid4(), "record"),
    ],
)
def test_a_note_to_the_office_names_nobody_and_what_is_wrong_comes_from_a_list(
    county: Learning, fault: str, note: str, record: UUID | None, field: str
) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with pytest.raises(Refused) as refused, acting(county.platform, "east") as work:
        specify_correction(work, row.id, evidence_id=record, fault=fault, note=note)

    assert set(refused.value.fields) == {field}
    assert county.corrections(case_id) == [row]


def test_a_request_can_be_taken_back_and_then_asks_nobody(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with acting(county.platform, "east") as work:
        withdraw_correction(work, row.id)

    with county.platform.work(clerk(county, MEDICAL)) as work:
        assert desk_corrections(work) == []
    (taken,) = county.corrections(case_id)
    assert (taken.state, taken.who_cipher) == ("withdrawn", None)


def test_a_neighbouring_village_neither_sees_nor_changes_a_request(county: Learning) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)

    with acting(county.platform, "west") as work:
        assert corrections_of(work, case_id) == []
    with pytest.raises(Refused, match="no such"), acting(county.platform, "west") as work:
        withdraw_correction(work, row.id)


def test_a_corrected_record_that_comes_later_is_noted_and_answers_nothing(
    county: Learning, clock: ManualClock
) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (row,) = county.corrections(case_id)
    with county.platform.work(MACHINE) as work:
        assert note_arrived(work) == 0
    clock.advance(timedelta(days=9))
    _superseded(county, row.feed, row.record_id, row.version)

    with county.platform.work(MACHINE) as work:
        assert note_arrived(work) == 1
        assert note_arrived(work) == 0
        noted = get_correction(work, row.id)

    assert noted.arrived_at == clock.now()
    assert (noted.state, noted.answer) == ("open", "")


def _superseded(county: Learning, feed: str, record_id: str, version: int) -> None:
    """Put down that a delivery has brought a later version of a record."""
    with county.platform.work(MACHINE) as work:
        values = {"feed": feed, "record": record_id, "version": version}
        values |= {"now": work.now, "id": uuid4()}
        work.db.execute(
            text(
                "INSERT INTO delivery (id, feed, file_name, sha256, reading, state, received_at,"
                " received_by) VALUES (:id, :feed, 'f', 'x', 'y', 'applied', :now, 't')"
            ),
            values,
        )
        work.db.execute(
            text(
                "INSERT INTO superseded (feed, record_id, version, by_version, since, delivery_id)"
                " VALUES (:feed, :record, :version, :version + 1, :now, :id)"
            ),
            values,
        )


def test_a_death_or_a_move_that_is_entered_later_is_noted(county: Learning) -> None:
    dead, moved = county.raised(1), county.raised(3)
    county.no_need(dead, "died")
    county.no_need(moved, "moved")
    with county.platform.work(MACHINE) as work:
        assert note_arrived(work) == 0
        work.db.execute(text("UPDATE subject SET died_on = '2026-11-01' WHERE key = 1"))
        work.db.execute(text("UPDATE subject SET area_5 = '371422001002' WHERE key = 3"))

        assert note_arrived(work) == 2


def test_who_is_helped_already_is_left_alone_until_the_chosen_day_and_then_comes_back(
    county: Learning, clock: ManualClock
) -> None:
    case_id = county.raised(1)
    until = clock.now().date() + timedelta(days=60)

    county.no_need(case_id, "already_helped", quiet_until=until)

    assert _quiet(county) == [("large_medical_bill", 1, until, "already_helped")]
    assert county.outcome(case_id).reason == "already_helped"
    assert _seen_again(county) == "cool_down"
    clock.advance(timedelta(days=61))
    assert _seen_again(county) == "raised"
    with county.platform.work(MACHINE) as work:
        open_now = work.db.execute(
            text("SELECT count(*) FROM \"case\" WHERE subject_key = 1 AND state <> 'closed'")
        ).scalar_one()
    assert open_now == 1


def test_without_a_chosen_day_the_triggers_own_cool_down_holds(county: Learning) -> None:
    county.no_need(county.raised(1), "already_helped")

    assert _quiet(county) == [("large_medical_bill", 1, date(2027, 5, 21), "already_helped")]


def test_a_day_in_the_past_or_far_away_is_refused(county: Learning) -> None:
    case_id = county.raised(1)
    for day in (date(2026, 11, 21), date(2036, 1, 1)):
        with pytest.raises(Refused) as refused:
            county.no_need(case_id, "already_helped", quiet_until=day)
        assert set(refused.value.fields) == {"quiet_until"}


def _quiet(county: Learning) -> list[tuple[object, ...]]:
    with county.platform.work(MACHINE) as work:
        rows = work.db.execute(select(cool_down))
        return [(row.trigger, row.subject_key, row.until, row.outcome) for row in rows]


def _seen_again(county: Learning) -> str:
    """Find the same person in the same way once more, as the next scan does; return the fate."""
    with suppress(MultipleResultsFound):  # the closed case and, once it is back, the new one
        county.story.raise_case(1)
    with county.platform.work(MACHINE) as work:
        row = work.db.execute(select(hit.c.run_id, hit.c.fate)).one()
    finding.raise_run(county.platform, str(row.run_id))
    return str(row.fate)


def test_a_clerk_needs_an_account_of_the_office_to_see_its_desk(county: Learning) -> None:
    county.no_need(county.raised(1), "data_wrong")
    with county.platform.work(SETUP) as work:
        account = create_account(work, "clerk-medical", "陈医保")
        grant_role(work, account, Role.CLERK, office_id=county.story.offices[MEDICAL])

    with acting(county.platform, "clerk-medical") as work:
        assert len(desk_corrections(work)) == 1
