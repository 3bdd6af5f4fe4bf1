"""An outcome from the raising to the help: opened, judged, opened again, counted."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from proactive.cases.service import apply
from proactive.demo.cast import acting
from proactive.handlers import finding
from proactive.kernel.clock import ManualClock
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.outcomes.model import share_of
from proactive.outcomes.queries import (
    by_area,
    learnings,
    too_wide,
    unread_reasons,
)
from proactive.outcomes.service import keep_judgement, note_help
from proactive.visits.model import Outcome
from tests.proactive.outcomes.conftest import Learning
from tests.web.browsing import TOWN, VILLAGE
from tests.web.story import MACHINE

POLICY = Actor(role=Role.POLICY, id="policy-1")
TRIGGER = "large_medical_bill"


def test_an_outcome_is_there_from_the_raising_on_with_its_margin_and_place(
    county: Learning,
) -> None:
    row = county.outcome(county.raised(1))

    assert (row.result, row.reason, row.judged_at, row.sample) == ("open", "", None, False)
    assert row.margin.quantize(Decimal("0.0001")) == Decimal("1.6273")  # 42,310 over 26,000
    assert row.area == VILLAGE
    assert row.unknowns == ["household_income.annual_income"]


def test_a_rule_without_a_line_has_outcomes_without_a_margin(county: Learning) -> None:
    county.story.raise_case(4, "disability_record")
    county.fill_in()

    with county.platform.work(POLICY) as work:
        found = learnings(work, "disability_record")
    assert [list(each.bands) for each in found] == [[-1]]


def test_a_judgement_is_kept_with_its_reason_and_its_day(
    county: Learning, clock: ManualClock
) -> None:
    case_id = county.raised(1)
    clock.advance(timedelta(days=3))

    county.no_need(case_id, "above_means")

    row = county.outcome(case_id)
    assert (row.result, row.reason) == ("not_confirmed", "above_means")
    assert row.judged_at - row.raised_at == timedelta(days=3)


def test_a_refusal_at_the_door_is_not_held_against_the_rule(county: Learning) -> None:
    case_id = county.raised(1)

    county.no_need(case_id, "refused")

    with county.platform.work(POLICY) as work:
        counts = learnings(work, TRIGGER)[0].counts
    assert county.outcome(case_id).result == "declined"
    assert (counts.raised, counts.judged, counts.declined) == (1, 0, 1)
    assert counts.precision is None


def test_who_was_not_reached_is_counted_apart_until_somebody_judges(county: Learning) -> None:
    case_id = county.raised(1)

    county.visited(case_id, Outcome.UNREACHABLE)
    with county.platform.work(POLICY) as work:
        before = learnings(work, TRIGGER)[0].counts
    county.confirmed(case_id)

    assert (before.not_reached, before.judged, before.waiting) == (1, 0, 0)
    assert county.outcome(case_id).result == "confirmed"


def test_a_case_that_the_town_sends_back_is_open_again_and_judged_anew(county: Learning) -> None:
    case_id = county.raised(1)
    county.confirmed(case_id)
    assert county.outcome(case_id).result == "confirmed"

    with acting(county.platform, "town") as work:
        apply(work, case_id, "send_back", reason="look again")
    county.story.settle()
    reopened = county.outcome(case_id)
    county.no_need(case_id, "no_need")

    assert (reopened.result, reopened.judged_at) == ("open", None)
    assert county.outcome(case_id).result == "not_confirmed"


def test_judging_twice_or_late_changes_nothing(county: Learning, clock: ManualClock) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "no_need")
    first = county.outcome(case_id)

    clock.advance(timedelta(days=40))
    with county.platform.work(MACHINE) as work:
        keep_judgement(work, case_id)
    county.fill_in()

    assert county.outcome(case_id) == first


def test_a_case_judged_before_outcomes_were_opened_gets_its_row_with_the_next_look(
    county: Learning,
) -> None:
    case_id = county.story.raise_case(1)
    county.no_need(case_id, "no_need")
    before = county.outcome(case_id)

    county.fill_in()

    row = county.outcome(case_id)
    assert before.margin is None
    assert row.margin > 1
    assert (row.result, row.judged_at) == ("not_confirmed", before.judged_at)


def test_the_first_help_is_noted_once(county: Learning, clock: ManualClock) -> None:
    case_id = county.raised(1)
    county.confirmed(case_id)
    with acting(county.platform, "town") as work:
        apply(work, case_id, "approve")
    county.story.settle()
    clock.advance(timedelta(days=2))
    granted = _grant(county, case_id)
    clock.advance(timedelta(days=2))
    _grant(county, case_id)

    row = county.outcome(case_id)
    assert row.helped_at == granted
    with county.platform.work(POLICY) as work:
        found = learnings(work, TRIGGER)[0]
    assert found.counts.yielded == share_of(1, 1)
    assert found.times.helped_median == pytest.approx(2.0)


def _grant(county: Learning, case_id: UUID) -> object:
    """Put down that an item of the case was granted just now, as an office does."""
    with county.platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "INSERT INTO item_event (id, item_id, bundle_id, case_id, office_id, seq, at,"
                " actor_role, actor_id, action, state) SELECT gen_random_uuid(), i.id, i.bundle_id,"
                " i.case_id, i.office_id, 1000 + (SELECT count(*) FROM item_event), :now, 'clerk',"
                " 'c', 'grant', 'granted' FROM item AS i WHERE i.case_id = :id LIMIT 1"
            ),
            {"now": work.now, "id": case_id},
        )
        note_help(work)
        return work.now


def test_counts_are_by_band_place_reason_and_what_had_to_be_asked(county: Learning) -> None:
    for key, reason in ((1, "no_need"), (3, "above_means"), (4, "data_wrong"), (5, "")):
        case_id = county.raised(key)
        if reason:
            county.no_need(case_id, reason)
        else:
            county.confirmed(case_id)

    with county.platform.work(POLICY) as work:
        found = learnings(work, TRIGGER)[0]
        towns = by_area(work, TRIGGER, 4)
        wide = too_wide(work, TRIGGER, found.version_id)
        unread = unread_reasons(work)

    assert found.counts.precision == share_of(1, 4)
    assert list(found.bands) == [3]
    assert towns[TOWN].judged == 3
    assert [(each.kind, each.what, each.count) for each in wide] == [
        ("class", "", 2),
        ("unknown", "household_income.annual_income", 2),
    ]
    assert unread == {TRIGGER: 2}


def test_policy_staff_read_counts_and_no_person(county: Learning) -> None:
    county.no_need(county.raised(1), "data_wrong")

    with county.platform.work(POLICY) as work:
        assert learnings(work)
        rows = work.db.execute(text("SELECT state, feed, fault FROM correction_request")).all()
    assert [tuple(row) for row in rows] == [("open", "medical_bill", "not_said")]
    for hidden in ("case_id", "record_id", "note", "who_cipher", "asked_by", "area_5"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(POLICY) as work,
        ):
            work.db.execute(text(f"SELECT {hidden} FROM correction_request"))
    for table in ("case_hit", '"case"', "subject", "visit"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(POLICY) as work,
        ):
            work.db.execute(text(f"SELECT * FROM {table}"))


def test_policy_staff_cannot_change_what_people_said(county: Learning) -> None:
    county.raised(1)

    for statement in (
        "UPDATE outcome SET result = 'confirmed', judged_at = now()",
        "UPDATE correction_request SET state = 'withdrawn'",
        "DELETE FROM outcome",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(POLICY) as work,
        ):
            work.db.execute(text(statement))


def test_an_outcome_is_judged_exactly_when_it_has_a_day(county: Learning) -> None:
    county.raised(1)

    with pytest.raises(DBAPIError, match="judged_at"), county.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE outcome SET result = 'confirmed'"))


def test_raising_the_same_run_twice_leaves_one_outcome(county: Learning) -> None:
    case_id = county.raised(1)
    first = county.outcome(case_id)

    with county.platform.work(MACHINE) as work:
        run_id = work.db.execute(text("SELECT run_id FROM hit")).scalar_one()
    finding.raise_run(county.platform, str(run_id))

    assert county.outcome(case_id) == first
