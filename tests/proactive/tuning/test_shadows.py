"""Shadows: a candidate beside every full run, counted against the live one, raising nothing."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from proactive.handlers.trying import try_now
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.path import plan_scans
from proactive.rules.service import load_trigger
from proactive.stepping import run_due_steps
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import get_shadow, list_shadows, shadow_runs
from proactive.tuning.shadows import start_shadow, stop_shadow
from tests.proactive.tuning.conftest import NOW, OFFICER, RULE, SETUP, TRIGGER, County

UNTIL = date(2026, 12, 21)
MACHINE = Actor.machine("scheduler")


def start(county: County, version: int = 2, until: date = UNTIL) -> UUID:
    with county.platform.work(OFFICER) as work:
        return start_shadow(work, TRIGGER, version, until)


def subjects(county: County, version: int) -> int:
    result = try_now(county.platform, OFFICER, TrialKind.DRY_RUN, TRIGGER, version, {}).result
    assert result
    return int(result["subjects"])


def looks(county: County, shadow_id: UUID) -> list[Any]:
    with county.platform.work(OFFICER) as work:
        return shadow_runs(work, shadow_id)


def test_a_full_run_is_accompanied_and_the_counts_are_those_of_both(county: County) -> None:
    shadow_id = start(county)
    live, wider = subjects(county, 1), subjects(county, 2)
    county.scan()

    [look] = looks(county, shadow_id)

    assert look.beside
    assert look.as_of == NOW.date()
    assert (look.only_live, look.both) == (0, live)
    assert look.only_candidate == wider - live > 0
    assert set(look.by_area) == {"only_live", "only_candidate", "both"}
    for towns in look.by_area.values():
        assert all(count is None or count >= 5 for count in towns.values())


def test_only_the_run_itself_changes_what_is_raised(county: County) -> None:
    """The same scan with and without a shadow leaves the same hits, cases and episodes."""
    county.scan()
    tables = ("hit", '"case"', "episode", "pending")
    query = "SELECT count(*) FROM {}"

    def counted() -> list[int]:
        with county.platform.work(SETUP) as work:
            return [work.db.execute(text(query.format(name))).scalar_one() for name in tables]

    before = counted()
    shadow_id = start(county)
    county.scan()

    assert counted() == before
    assert looks(county, shadow_id)[0].only_candidate > 0
    with county.platform.work(SETUP) as work:
        versions = (
            work.db.execute(
                text(
                    "SELECT DISTINCT v.version FROM hit JOIN trigger_version v"
                    " ON v.id = trigger_version_id"
                )
            )
            .scalars()
            .all()
        )
    assert versions == [1]


def test_without_a_version_in_use_the_candidate_looks_alone_at_its_own_slot(
    county: County,
) -> None:
    with county.platform.work(OFFICER) as work:
        text_of = RULE.replace("trigger: large_medical_bill", "trigger: new_idea")
        load_trigger(work, text_of, county.platform.contracts)
        shadow_id = start_shadow(work, "new_idea", 1, UNTIL)
    before = county.raised()
    for hours in (1, 25, 25, 49):
        county.clock.move_to(NOW + timedelta(hours=hours))
        with county.platform.work(MACHINE) as work:
            plan_scans(county.platform, work)
            work.db.execute(text("DELETE FROM step WHERE name = 'scan'"))
            work.db.execute(text("DELETE FROM scan_run WHERE state = 'waiting'"))
        run_due_steps(county.platform)

    found = looks(county, shadow_id)

    assert [look.as_of for look in found] == [date(2026, 11, 22), date(2026, 11, 23)]
    assert all(look.only_candidate > 0 for look in found)
    assert all(look.only_live is None and look.both is None for look in found)
    assert not any(look.beside for look in found)
    assert county.raised() == before


def test_a_shadow_ends_by_its_day_or_by_a_person(county: County) -> None:
    first = start(county, until=NOW.date())
    county.clock.move_to(NOW + timedelta(days=1))
    county.scan()
    with county.platform.work(MACHINE) as work:
        plan_scans(county.platform, work)
    assert looks(county, first) == []

    second = start(county)
    with county.platform.work(OFFICER) as work:
        assert stop_shadow(work, second)
        assert not stop_shadow(work, second)
    county.scan()

    assert looks(county, second) == []
    with county.platform.work(OFFICER) as work:
        assert not get_shadow(work, first).running(NOW.date() + timedelta(days=1))
        assert [one.id for one in list_shadows(work, TRIGGER)] == [second, first]


def test_starting_again_only_moves_the_last_day(county: County) -> None:
    first = start(county, until=date(2026, 12, 1))
    again = start(county, until=UNTIL)

    assert first == again
    with county.platform.work(OFFICER) as work:
        assert get_shadow(work, first).until == UNTIL


def test_a_refused_look_is_kept_with_its_reason(county: County) -> None:
    with county.platform.work(OFFICER) as work:
        later = RULE.replace("from: 2020-01-01", "from: 2030-01-01").replace(
            "from: 2024-01-01", "from: 2030-01-02"
        )
        version = load_trigger(work, later, county.platform.contracts).version
    shadow_id = start(county, version)
    county.scan()

    [look] = looks(county, shadow_id)

    assert look.why["code"] == "not_in_force"
    assert look.only_candidate is None


@pytest.mark.parametrize(
    ("version", "until", "code"),
    [
        (1, UNTIL, "already_in_use"),
        (9, UNTIL, "no_such_version"),
        (2, date(2026, 11, 1), "bad_until"),
        (2, date(2029, 11, 1), "bad_until"),
    ],
)
def test_a_shadow_that_makes_no_sense_is_refused(
    county: County, version: int, until: date, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        start(county, version, until)

    assert refused.value.code == code


def test_the_machine_starts_and_stops_none(county: County) -> None:
    shadow_id = start(county)
    with county.platform.work(MACHINE) as work:
        with pytest.raises(Refused):
            start_shadow(work, TRIGGER, 2, UNTIL)
        with pytest.raises(Refused):
            stop_shadow(work, shadow_id)
