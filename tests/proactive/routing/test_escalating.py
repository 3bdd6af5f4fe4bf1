"""Escalation: a reminder, then upwards, each step once, and never by anything but lateness."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.routing.escalating import (
    Escalated,
    read_escalation,
    run_escalations,
)
from proactive.routing.service import route_raised
from tests.proactive.routing.conftest import EAST, EMPTY, NORTH, TODAY, WEST, County

MACHINE = Actor.machine("escalation")


def route(platform: Platform) -> None:
    with platform.work(MACHINE) as work:
        route_raised(work)


def escalate(platform: Platform) -> Escalated:
    with platform.work(MACHINE) as work:
        return run_escalations(work)


def story(platform: Platform, case_id: UUID) -> list[str]:
    with platform.work(MACHINE) as work:
        rows = work.db.execute(
            text("SELECT action FROM case_event WHERE case_id = :id ORDER BY seq"), {"id": case_id}
        )
        return list(rows.scalars())


def test_an_overdue_case_is_reminded_of_then_goes_to_town_and_county_each_once(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    (case_id,) = county.raise_cases(at=EAST, due_on=date(2026, 11, 23))
    route(platform)
    seen = []
    for _ in range(14):
        for _ in range(2):
            escalate(platform)
        seen.append(county.owner(case_id))
        clock.advance(timedelta(days=1))

    assert story(platform, case_id) == ["route", "remind", "escalate", "escalate"]
    assert "".join(each[0] for each in seen) == "vvvvvtttttcccc"
    assert county.case(case_id).due_on == date(2026, 11, 23)
    assert county.case(case_id).state == "assigned"
    with platform.work(MACHINE) as work:
        steps = work.db.execute(text("SELECT step FROM escalation ORDER BY at")).scalars().all()
    assert steps == ["remind", "town", "county"]


def test_a_reminder_does_not_outdate_the_form_in_the_coordinators_hand(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    (case_id,) = county.raise_cases(at=EAST, due_on=date(2026, 11, 23))
    route(platform)
    clock.advance(timedelta(days=3))

    assert escalate(platform) == Escalated(reminded=1)
    assert county.case(case_id).version == 2


def test_steps_missed_while_nothing_ran_are_caught_up_in_order_at_once(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    (case_id,) = county.raise_cases(at=EAST, due_on=date(2026, 11, 23))
    route(platform)
    clock.advance(timedelta(days=60))

    assert escalate(platform) == Escalated(reminded=1, raised_up=2)
    assert county.owner(case_id) == "c1"
    assert escalate(platform) == Escalated()


def test_owners_only_change_upwards(county: County, platform: Platform, clock: ManualClock) -> None:
    (nowhere,) = county.raise_cases(at="", due_on=date(2026, 11, 23))
    (firm,) = county.raise_cases(at=EAST, kind="organisation", due_on=date(2026, 11, 23))
    route(platform)
    clock.advance(timedelta(days=60))
    escalate(platform)

    assert county.owner(nowhere) == "c1"
    assert story(platform, nowhere) == ["note", "remind"]
    assert county.owner(firm) == "c1"
    assert story(platform, firm) == ["route", "remind", "escalate"]


def test_closed_and_put_off_cases_are_left_alone(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    (put_off,) = county.raise_cases(
        at=EAST, due_on=date(2026, 11, 23), snoozed_until=date(2027, 3, 1)
    )
    (closed,) = county.raise_cases(at=WEST, due_on=date(2026, 11, 23))
    route(platform)
    with platform.work(MACHINE) as work:
        work.db.execute(
            text('UPDATE "case" SET state = :state, closed_at = now() WHERE id = :id'),
            {"state": "closed", "id": closed},
        )
    clock.advance(timedelta(days=30))

    assert escalate(platform) == Escalated()
    assert county.owner(put_off) == "v1"


def test_the_due_day_itself_and_days_off_are_not_late(
    county: County, platform: Platform, clock: ManualClock
) -> None:
    county.raise_cases(at=EAST, due_on=TODAY)
    route(platform)
    for _ in range(2):  # Saturday and Sunday
        assert escalate(platform) == Escalated()
        clock.advance(timedelta(days=1))

    assert escalate(platform) == Escalated(reminded=1)


def test_a_region_sets_its_own_steps_and_mistakes_are_named(tmp_path: Path) -> None:
    assert [step.name for step in read_escalation(tmp_path).steps] == ["remind", "town", "county"]
    own = tmp_path / "escalation.yaml"
    own.write_text("steps: [{name: soon, overdue_working_days: 2, to: county_desk}]", "utf-8")
    assert [step.name for step in read_escalation(tmp_path).steps] == ["soon"]
    own.write_text("steps: [{name: soon, overdue_working_days: 0, to: mayor}]", "utf-8")

    with pytest.raises(Refused, match=r"overdue_working_days.*steps\.0\.to"):
        read_escalation(tmp_path)


@given(
    plan=st.lists(
        st.tuples(
            st.sampled_from([EAST, WEST, NORTH, EMPTY, ""]),
            st.integers(-20, 20),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    days=st.lists(st.integers(0, 9), min_size=1, max_size=4),
)
@settings(max_examples=12)
def test_whatever_happens_an_open_case_has_an_owner_a_due_date_and_a_next_step(
    county: County,
    platform: Platform,
    clock: ManualClock,
    plan: list[tuple[str, int, bool]],
    days: list[int],
) -> None:
    for at, due, organisation in plan:
        county.raise_cases(
            at=at,
            due_on=clock.now().date() + timedelta(days=due),
            kind="organisation" if organisation else "person",
        )
    for step in days:
        route(platform)
        escalate(platform)
        clock.advance(timedelta(days=step))
        with platform.work(MACHINE) as work:
            again = route_raised(work)
            assert (again.assigned, again.to_place) == (0, 0) or step
            lost = work.db.execute(
                text(
                    'SELECT count(*) FROM "case" AS c LEFT JOIN post AS p ON p.id ='
                    " c.owner_post_id AND p.active WHERE c.state <> 'closed' AND (p.id IS NULL"
                    " OR c.due_on IS NULL OR coalesce(c.next_step, '') = '')"
                )
            ).scalar()
            assert lost == 0
