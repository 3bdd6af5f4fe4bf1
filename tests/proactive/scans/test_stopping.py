"""Pilots record in their areas only; a wrong number stops a run before anything is raised."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text

from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.cases.raising import raise_hits
from proactive.cases.signals import note_signals
from proactive.cases.store import case
from proactive.handlers.finding import raise_run, raising_of
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.people.store import subject
from proactive.rules.nodes import Plan
from proactive.rules.results import Evaluation, Found, assemble, columns_of
from proactive.rules.service import live_triggers, plan_of
from proactive.rules.switching import retire_trigger, roll_back_trigger
from proactive.scans.keeping import keep
from proactive.scans.service import Ready, plan_arrival_run, plan_full_run, plan_manual_run
from proactive.scans.stopping import accept_stopped, stopped_runs
from proactive.scans.store import episode, hit, scan_run
from tests.proactive.cases.test_raising import DESKS, raising
from tests.proactive.rules.test_switching import AREAS, OTHER_TOWN, TOWN
from tests.switching import switch_on

NAME = "own_payments"
RULE = """
trigger: own_payments
title: {en: Own payments, zh-CN: 个人负担}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: An order, citation: § 1, grade: A}]
schedule: {cron: "0 6 * * *", on_feed: [medical_bill]}
parameters:
  limit: {type: money, unit: CNY, values: [{from: 2020-01-01, value: 10000, legal_basis: § 1}]}
measures: {own: {feed: medical_bill, sum: out_of_pocket, per: person, window: P365D}}
when: {measure: own, at_least: limit}
hit: {due_in: {working_days: 5}, explain: {en: "{own} yuan.", zh-CN: "{own}元。"}}
"""
WITH_CAP = RULE.replace("hit: {", "hit: {cap: {per_run: 3, per_day: 4}, ")
WITH_BAND = RULE.replace("hit: {", "hit: {band: {at_least: 1, at_most: 100}, ")
IN_TOWN, IN_OTHER, NOWHERE = range(100, 200), range(200, 300), range(300, 310)
POLICY = Actor(role=Role.POLICY, id="zhao")


@pytest.fixture(autouse=True)
def people(platform: Platform, machine: Actor, tmp_path: Path) -> None:
    """A hundred persons in each of two towns, ten in no known place."""
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    with platform.work(Actor.operator_on_server("setup")) as work:
        load_areas(work, tmp_path / "areas.csv", "cn_stats_long")
    with platform.work(machine) as work:
        places = ((IN_TOWN, TOWN), (IN_OTHER, OTHER_TOWN), (NOWHERE, ""))
        rows = [_subject(work, key, town) for keys, town in places for key in keys]
        work.db.execute(insert(subject), rows)


def _subject(work: Work, key: int, town: str) -> dict[str, Any]:
    codes = ("990000000000", "990100000000", "990101000000", town) if town else ("",) * 4
    return {
        "key": key,
        "kind": "person",
        "scheme": "test",
        "id_cipher": b"",
        "id_blind": str(key).encode(),
        "created_at": work.now,
        **{f"area_{n}": code for n, code in enumerate(codes, 1)},
    }


def version(platform: Platform, rule: str = RULE, areas: Iterable[str] = ()) -> int:
    return switch_on(platform, rule, areas=list(areas)).version


def run(
    platform: Platform, keys: Iterable[int], *, number: int, arrival: bool = False
) -> tuple[str, dict[str, Any]]:
    """Let the version `number` look and find `keys`; return how its run ended and its counts."""
    return finish(platform, plan(platform, number, keys if arrival else None), keys)


def plan(platform: Platform, number: int, touched: Iterable[int] | None = None) -> UUID:
    with platform.work(Actor.machine("scanner")) as work:
        one = next(t for t in live_triggers(work, work.today) if t.version == number)
        if touched is None:
            return plan_manual_run(work, one)
        planned = plan_arrival_run(work, one, datetime.now(UTC), sorted(touched))
        assert planned is not None
        return planned


def finish(platform: Platform, run_id: UUID, keys: Iterable[int]) -> tuple[str, dict[str, Any]]:
    with platform.work(Actor.machine("scanner")) as work:
        row = work.db.execute(select(scan_run).where(scan_run.c.id == run_id)).one()
        plan = plan_of(work, row.trigger_version_id, platform.contracts)
        ready = Ready(run=row, plan=plan, views={}, areas={}, aliases=None, stale=(), heads={})
        state = keep(work, ready, found(plan, keys))
        counts = work.db.execute(
            select(scan_run.c.counts).where(scan_run.c.id == run_id)
        ).scalar_one()
    return state, counts


def found(plan: Plan, keys: Iterable[int]) -> Evaluation:
    """Return what the engine hands over when it finds these persons."""
    answers = [
        Found(
            subject_key=key,
            episode="",
            klass="other",
            area="",
            measures={"own": 1_500_000},
            choices={"limit": 0},
            unknowns=(),
            evidence=(),
        )
        for key in keys
    ]
    return assemble(plan, columns_of(plan, answers), {}, 0)


def hits(platform: Platform, machine: Actor) -> list[int]:
    with platform.work(machine) as work:
        return list(
            work.db.execute(select(hit.c.subject_key).order_by(hit.c.subject_key)).scalars()
        )


def open_episodes(platform: Platform, machine: Actor) -> list[int]:
    query = select(episode.c.subject_key).where(episode.c.closed_on.is_(None))
    with platform.work(machine) as work:
        return sorted(work.db.execute(query).scalars())


def test_a_pilot_records_in_its_areas_and_the_live_version_everywhere_else(
    platform: Platform, machine: Actor
) -> None:
    live, pilot = version(platform), version(platform, RULE + "# pilot\n", [TOWN])
    everybody = [100, 101, 200, 201, 300]

    state, counts = run(platform, everybody, number=live)
    assert (state, counts["found"], counts["new"]) == ("done", 3, 3)
    assert hits(platform, machine) == [200, 201, 300]

    state, counts = run(platform, everybody, number=pilot)
    assert (state, counts["found"], counts["new"]) == ("done", 2, 2)
    assert hits(platform, machine) == everybody


def test_a_run_closes_no_episode_outside_its_territory(platform: Platform, machine: Actor) -> None:
    live, pilot = version(platform), version(platform, RULE + "# pilot\n", [TOWN])
    run(platform, [100, 200], number=live)
    run(platform, [100, 200], number=pilot)

    run(platform, [], number=pilot)
    assert open_episodes(platform, machine) == [200]
    run(platform, [], number=live)
    assert open_episodes(platform, machine) == []


def test_a_run_says_nothing_of_signals_outside_its_territory(
    platform: Platform, machine: Actor
) -> None:
    live, pilot = version(platform), version(platform, RULE + "# pilot\n", [TOWN])
    for number in (live, pilot):
        run_id = plan(platform, number)
        finish(platform, run_id, [100, 200])
        with platform.work(machine) as work:
            # The rule names no evidence: the first feed that its conditions read leads.
            assert raising_of(platform, work, run_id).lead_feed == "medical_bill"
            assert raise_hits(work, raising(run_id, trigger=NAME), DESKS).new == 1

    for number, gone in ((live, [200]), (pilot, [100, 200])):
        run_id = plan(platform, number)
        finish(platform, run_id, [])
        with platform.work(machine) as work:
            assert note_signals(work, run_id) == 1
            query = select(case.c.subject_key).where(case.c.signal_gone_at.is_not(None))
            assert sorted(work.db.execute(query).scalars()) == gone


def test_a_trigger_with_only_a_pilot_raises_only_there(platform: Platform, machine: Actor) -> None:
    pilot = version(platform, RULE, [TOWN])

    run(platform, [100, 200, 300], number=pilot)

    assert hits(platform, machine) == [100]


def test_a_later_look_at_other_places_leaves_an_earlier_one_its_own(
    platform: Platform, machine: Actor, clock: ManualClock
) -> None:
    live, pilot = version(platform), version(platform, RULE + "# pilot\n", [TOWN])
    early, both = plan(platform, pilot), [100, 200]
    clock.move_to(clock.now() + timedelta(hours=1))
    run(platform, both, number=live)
    newer = plan(platform, pilot)

    finish(platform, early, both)
    assert hits(platform, machine) == both

    clock.move_to(clock.now() + timedelta(hours=1))
    overtaken = plan(platform, live)
    clock.move_to(clock.now() + timedelta(hours=1))
    finish(platform, plan(platform, live), [])
    _, counts = finish(platform, overtaken, [201])
    assert counts["overtaken"]
    assert finish(platform, newer, [101])[1]["new"] == 1


def test_what_was_raised_by_one_version_is_not_raised_again_by_the_next(
    platform: Platform, machine: Actor
) -> None:
    first = version(platform)
    run(platform, [100, 200], number=first)
    with platform.work(machine) as work:
        work.db.execute(text("UPDATE hit SET fate = 'raised'"))
    second = version(platform, RULE + "# second\n")

    _, counts = run(platform, [100, 200, 201], number=second)

    assert (counts["found"], counts["new"], counts["waiting"]) == (3, 1, 1)
    query = text(
        "SELECT h.subject_key, h.fate, v.version FROM hit AS h JOIN trigger_version AS v"
        " ON v.id = h.trigger_version_id ORDER BY h.subject_key"
    )
    with platform.work(machine) as work:
        assert [tuple(row) for row in work.db.execute(query)] == [
            (100, "raised", first),
            (200, "raised", first),
            (201, "waiting", second),
        ]


@pytest.mark.parametrize("arrival", [False, True])
def test_more_new_hits_than_the_cap_of_a_run_stop_it_and_nothing_is_kept(
    platform: Platform, machine: Actor, arrival: bool
) -> None:
    number = version(platform, WITH_CAP)
    run(platform, [100, 101], number=number, arrival=arrival)

    state, counts = run(platform, range(100, 106), number=number, arrival=arrival)

    assert state == "stopped"
    assert counts["why_stopped"] == {"code": "over_cap_run", "new": 4, "most": 3}
    assert hits(platform, machine) == [100, 101]
    assert open_episodes(platform, machine) == [100, 101]
    with platform.work(machine) as work:
        assert [one.why["code"] for one in stopped_runs(work)] == ["over_cap_run"]


def test_many_small_runs_do_not_pass_the_cap_of_a_day(
    platform: Platform, machine: Actor, clock: ManualClock
) -> None:
    number = version(platform, WITH_CAP)
    run(platform, [100, 101, 102], number=number, arrival=True)

    state, counts = run(platform, [103, 104], number=number, arrival=True)
    assert state == "stopped"
    assert counts["why_stopped"] == {"code": "over_cap_day", "new": 2, "before": 3, "most": 4}

    clock.move_to(clock.now() + timedelta(days=1))
    assert run(platform, [103, 104], number=number, arrival=True)[0] == "done"
    assert hits(platform, machine) == [100, 101, 102, 103, 104]


def test_a_full_scan_outside_its_band_stops_and_counts_only_its_own_places(
    platform: Platform, machine: Actor
) -> None:
    live = version(platform, WITH_BAND)
    state, counts = run(platform, range(100, 122), number=live)
    assert state == "stopped"
    assert counts["why_stopped"] == {
        "code": "outside_band",
        "hits": 22,
        "known": 210,
        "at_least": 1.0,
        "at_most": 100.0,
    }

    pilot = version(platform, WITH_BAND + "# pilot\n", [TOWN])
    state, counts = run(platform, range(100, 122), number=pilot)
    assert (state, counts["why_stopped"]["known"]) == ("stopped", 100)
    assert run(platform, range(100, 122), number=live)[0] == "done"  # not its places any more
    assert hits(platform, machine) == []


def test_a_named_person_accepts_the_number_that_was_seen_and_no_greater_one(
    platform: Platform, machine: Actor
) -> None:
    number = version(platform, WITH_BAND)
    run(platform, range(100, 130), number=number)
    with platform.work(POLICY) as work:
        [stopped] = stopped_runs(work, NAME)
        for reason, code in ((" ", "no_reason"),):
            with pytest.raises(Refused) as refused:
                accept_stopped(work, stopped.id, reason=reason)
            assert refused.value.code == code
        again = accept_stopped(work, stopped.id, reason="The first list of the insurer.")
        assert accept_stopped(work, stopped.id, reason="Twice.") == again
        assert stopped_runs(work) == []

    state, counts = finish(platform, again, range(100, 160))
    assert state == "stopped"
    assert counts["why_stopped"] == {"code": "more_than_accepted", "hits": 60, "most": 50}
    assert hits(platform, machine) == []

    with platform.work(POLICY) as work:
        [stopped] = stopped_runs(work)
        second = accept_stopped(work, stopped.id, reason="All of these are on it.")
    assert finish(platform, second, range(100, 160))[0] == "done"
    assert len(hits(platform, machine)) == 60
    with platform.work(machine) as work:
        audited = work.db.execute(
            text("SELECT actor_id, detail->>'found' FROM audit WHERE action = 'accept_number'")
        ).all()
        assert [tuple(row) for row in audited] == [("zhao", "30"), ("zhao", "60")]
        assert stopped_runs(work) == []


def test_the_machine_accepts_no_number(platform: Platform, machine: Actor) -> None:
    number = version(platform, WITH_BAND)
    run(platform, range(100, 130), number=number)

    with platform.work(machine) as work:
        [stopped] = stopped_runs(work)
        with pytest.raises(Refused, match="named person"):
            accept_stopped(work, stopped.id, reason="It looks right.")
        assert len(stopped_runs(work)) == 1


def test_a_version_taken_back_keeps_nothing_and_the_one_in_use_looks_instead(
    platform: Platform, machine: Actor
) -> None:
    first = version(platform)
    second = version(platform, RULE + "# second\n")
    waiting = plan(platform, second, [100, 200])
    with platform.work(POLICY) as work:
        roll_back_trigger(work, NAME)

    state, counts = finish(platform, waiting, [100, 200])

    assert (state, counts["why_stopped"]) == ("stopped", {"code": "not_in_use"})
    assert hits(platform, machine) == []
    query = text(
        "SELECT v.version, r.kind, r.subjects FROM scan_run AS r JOIN trigger_version AS v"
        " ON v.id = r.trigger_version_id WHERE r.state = 'waiting'"
    )
    with platform.work(machine) as work:
        assert [tuple(row) for row in work.db.execute(query)] == [(first, "arrival", [100, 200])]
        assert stopped_runs(work) == []


def test_an_alarm_ends_with_the_next_full_run_or_with_the_version(
    platform: Platform, machine: Actor
) -> None:
    number = version(platform, WITH_BAND)
    run(platform, range(100, 130), number=number)
    run(platform, range(100, 131), number=number)
    with platform.work(machine) as work:
        assert [one.found for one in stopped_runs(work)] == [31]

    run(platform, range(100, 105), number=number)
    with platform.work(machine) as work:
        assert stopped_runs(work) == []

    run(platform, range(100, 130), number=number)
    with platform.work(POLICY) as work:
        assert len(stopped_runs(work)) == 1
        retire_trigger(work, NAME)
        assert stopped_runs(work) == []


def test_both_versions_are_planned_at_a_slot_of_the_schedule(
    platform: Platform, machine: Actor
) -> None:
    live, pilot = version(platform), version(platform, RULE + "# pilot\n", [TOWN])
    with platform.work(machine) as work:
        slot = datetime(2026, 11, 30, 22, tzinfo=UTC)
        planned = [
            plan_full_run(work, one, slot, late=False) for one in live_triggers(work, work.today)
        ]
        assert len(planned) == 2
        assert None not in planned
        assert {one.version for one in live_triggers(work, work.today)} == {live, pilot}


def test_a_hit_that_waits_is_not_raised_by_a_version_that_was_taken_back(
    platform: Platform, machine: Actor
) -> None:
    version(platform)
    second = version(platform, RULE + "# second\n")
    run_id = plan(platform, second)
    finish(platform, run_id, [100])
    with platform.work(POLICY) as work:
        roll_back_trigger(work, NAME)

    raise_run(platform, str(run_id))

    with platform.work(machine) as work:
        assert work.db.execute(select(func.count()).select_from(case)).scalar_one() == 0
        assert work.db.execute(select(hit.c.fate)).scalars().all() == ["waiting"]
