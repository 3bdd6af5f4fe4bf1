"""Raising: hits become cases, once, whatever happens in between."""

import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from proactive.bootstrap import Platform
from proactive.cases.cooling import start_cool_down
from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.raising import Raised, Raising, raise_hits
from proactive.cases.service import add_note, apply
from proactive.cases.signals import note_signals
from proactive.cases.store import case, case_event, case_evidence, case_hit
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period
from proactive.kernel.states import Role
from proactive.kernel.tables import audit
from proactive.kernel.work import Actor, Work
from proactive.people.store import subject
from proactive.rules.results import HitRow
from proactive.rules.store import trigger_version
from proactive.scans.recording import Recording, record_found
from proactive.scans.store import episode, hit, scan_run

DESK = new_id()
DESKS = {"": DESK}
DAY = date(2026, 11, 21)
TOWN = Actor(role=Role.TOWN, id="town", areas=("",), level=4)


def found(key: int, amount: int = 100, *, record: str = "") -> HitRow:
    evidence = [
        {
            "feed": "medical_bill",
            "record_id": f"bill-{key}-{record}",
            "version": 1,
            "event_on": "2026-11-01",
            "recorded_on": None,
            "facts": {"out_of_pocket": amount},
        }
    ]
    return HitRow(key, record, "other", "", "", {"own": amount}, {}, [], evidence)


def run(
    work: Work,
    hits: list[HitRow],
    *,
    trigger: str = "large_medical_bill",
    need: str = "medical_cost_relief",
    as_of: date = DAY,
    subjects: list[int] | None = None,
    **more: Any,
) -> tuple[UUID, dict[str, int]]:
    """Keep `hits` as a run that has just been done, and return its id and counts."""
    run_id, version_id = new_id(), _version(work, trigger)
    work.db.execute(
        scan_run.insert().values(
            id=run_id,
            trigger=trigger,
            trigger_version_id=version_id,
            slot=str(run_id),
            kind="full" if subjects is None else "arrival",
            as_of=as_of,
            known_at=work.now,
            state="done",
            finished_at=func.clock_timestamp(),
            subjects=subjects,
        )
    )
    recording = Recording(
        run_id=run_id,
        trigger=trigger,
        trigger_version_id=version_id,
        need=need,
        as_of=as_of,
        order_by="own",
        subjects=subjects,
        **more,
    )
    return run_id, record_found(work, recording, hits)


def _version(work: Work, trigger: str) -> UUID:
    values = {"id": new_id(), "trigger": trigger, "version": 1, "yaml": "", "checksum": ""}
    statement = insert(trigger_version).values(**values, loaded_by="x", loaded_at=work.now)
    work.db.execute(statement.on_conflict_do_nothing())
    query = select(trigger_version.c.id).where(trigger_version.c.trigger == trigger)
    found: UUID = work.db.execute(query).scalar_one()
    return found


def raising(run_id: UUID, **more: Any) -> Raising:
    given = {
        "trigger": "large_medical_bill",
        "need": "medical_cost_relief",
        "kind": "person",
        "due_on": DAY + timedelta(days=7),
        "due_provisional": False,
        **more,
    }
    return Raising(run_id=run_id, **given)


def people(work: Work, keys: range) -> None:
    for key in keys:
        work.db.execute(
            subject.insert().values(
                key=key,
                kind="person",
                scheme="opaque",
                id_cipher=b"x",
                id_blind=str(key).encode(),
                area_5="v1",
                household_key=key // 2,
                created_at=work.now,
            )
        )


def test_a_hit_becomes_one_case_with_owner_due_date_next_step_evidence_event_and_audit(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        run_id, _ = run(work, [found(1, 500)])
        raised = raise_hits(work, raising(run_id), DESKS)

        row = work.db.execute(select(case)).one()
        assert raised == Raised(new=1)
        assert (row.state, row.owner_post_id, row.next_step) == ("raised", DESK, "route")
        assert (row.due_on, row.area_5, row.order_value) == (DAY + timedelta(days=7), "v1", 500)
        assert work.db.execute(select(case_evidence.c.facts)).scalar_one() == {"out_of_pocket": 500}
        assert work.db.execute(select(case_event.c.action, case_event.c.seq)).all() == [
            ("raise", 1)
        ]
        assert (
            work.db.execute(
                select(func.count()).where(audit.c.entity == "case", audit.c.action == "raise")
            ).scalar_one()
            == 1
        )


def test_scanning_again_raises_nothing_new(platform: Platform, machine: Actor) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 4))
        first, _ = run(work, [found(1), found(2)])
        raise_hits(work, raising(first), DESKS)
        again = raise_hits(work, raising(first), DESKS)
        second, counts = run(work, [found(1), found(2), found(3)], as_of=DAY + timedelta(days=1))
        raised = raise_hits(work, raising(second), DESKS)

        assert again == Raised()
        assert counts["new"] == 1
        assert raised == Raised(new=1)
        assert work.db.execute(select(func.count()).select_from(case)).scalar_one() == 3


def test_a_second_triggers_hit_joins_the_open_case_of_the_same_need(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        first, _ = run(work, [found(1)])
        raise_hits(work, raising(first), DESKS)
        second, _ = run(work, [found(1, record="x")], trigger="other_trigger")
        raised = raise_hits(work, raising(second, trigger="other_trigger"), DESKS)

        assert raised == Raised(joined=1)
        assert work.db.execute(select(func.count()).select_from(case)).scalar_one() == 1
        assert work.db.execute(select(func.count()).select_from(case_hit)).scalar_one() == 2
        assert work.db.execute(
            select(case_event.c.action).order_by(case_event.c.seq)
        ).scalars().all() == ["raise", "join"]
        assert work.db.execute(select(case.c.version)).scalar_one() == 1


def test_without_a_county_desk_nothing_is_raised_and_the_hits_wait(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        run_id, _ = run(work, [found(1)])
    with pytest.raises(Refused, match="no county desk"), platform.work(machine) as work:
        raise_hits(work, raising(run_id), {})

    with platform.work(machine) as work:
        assert raise_hits(work, raising(run_id), DESKS) == Raised(new=1)


def test_many_scanners_at_once_raise_each_subject_once(platform: Platform, machine: Actor) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 301))
        runs = [
            run(work, [found(key, record=f"r{n}") for key in range(1, 301)])[0] for n in range(6)
        ]
    results: list[Raised] = []

    def go(run_id: UUID) -> None:
        with platform.work(machine) as work:
            results.append(raise_hits(work, raising(run_id), DESKS))

    threads = [threading.Thread(target=go, args=(run_id,)) for run_id in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with platform.work(machine) as work:
        assert work.db.execute(select(func.count()).select_from(case)).scalar_one() == 300
        assert work.db.execute(select(func.count()).select_from(case_evidence)).scalar_one() == 1800
    assert sum(result.new for result in results) == 300


def test_an_open_case_without_owner_due_date_or_next_step_is_refused_by_the_database(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        run_id, _ = run(work, [found(1)])
        raise_hits(work, raising(run_id), DESKS)
    for column in ("owner_post_id", "due_on", "next_step"):
        with (
            pytest.raises(IntegrityError, match="nothing_vanishes"),
            platform.work(machine) as work,
        ):
            work.db.execute(case.update().values({column: None}))


def test_a_vanished_signal_leaves_a_note_and_the_case_open_and_a_returned_one_clears_it(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 3))
        first, _ = run(work, [found(1), found(2)])
        raise_hits(work, raising(first), DESKS)
        gone, _ = run(work, [found(1)], as_of=DAY + timedelta(days=1))
        assert note_signals(work, gone) == 1
        assert note_signals(work, gone) == 0
        row = work.db.execute(select(case).where(case.c.subject_key == 2)).one()
        assert row.signal_gone_at is not None
        assert row.state == "raised"
        assert work.db.execute(
            select(episode.c.closed_on).where(episode.c.subject_key == 2)
        ).scalar_one() == DAY + timedelta(days=1)


def test_a_run_over_a_few_subjects_says_nothing_about_the_others(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 3))
        first, _ = run(work, [found(1), found(2)])
        raise_hits(work, raising(first), DESKS)
        second, _ = run(work, [], subjects=[1], as_of=DAY + timedelta(days=1))

        assert note_signals(work, second) == 1
        assert work.db.execute(
            select(case.c.subject_key).where(case.c.signal_gone_at.is_not(None))
        ).scalars().all() == [1]


def test_a_pending_condition_becomes_a_hit_when_it_is_still_true_after_its_period(
    platform: Platform, machine: Actor
) -> None:
    waiting = HitRow(1, "", "other", "", "P3D", {"own": 5}, {}, [], [])
    with platform.work(machine) as work:
        people(work, range(1, 2))
        counts = [
            run(work, [waiting], as_of=DAY + timedelta(days=days))[1]["new"] for days in range(5)
        ]
        assert counts == [0, 0, 0, 1, 0]


def test_a_pending_condition_that_goes_away_starts_anew(platform: Platform, machine: Actor) -> None:
    waiting = HitRow(1, "", "other", "", "P3D", {"own": 5}, {}, [], [])
    days = [[waiting], [waiting], [], [waiting], [waiting], [waiting], [waiting]]
    with platform.work(machine) as work:
        people(work, range(1, 2))
        counts = [
            run(work, hits, as_of=DAY + timedelta(days=n))[1]["new"] for n, hits in enumerate(days)
        ]
    assert counts == [0, 0, 0, 0, 0, 0, 1]


def test_a_cool_down_holds_hits_back_until_the_measure_grows(
    platform: Platform, machine: Actor
) -> None:
    grows: dict[str, Any] = {"grows_measure": "own", "grows_by": 0.5}
    with platform.work(machine) as work:
        people(work, range(1, 2))
        first, _ = run(work, [found(1, 100, record="a")], **grows)
        raise_hits(work, raising(first), DESKS)
        case_id = work.db.execute(select(case.c.id)).scalar_one()
        spans: dict[str, Period | None] = {"large_medical_bill": Period(months=6)}
        start_cool_down(work, case_id, "not_confirmed", spans, work.today)
        work.db.execute(case.update().values(state="closed", closed_at=work.now, next_step=None))

        small, _ = run(work, [found(1, 149, record="b")], **grows)
        assert raise_hits(work, raising(small), DESKS) == Raised(held_back=1)
        large, _ = run(work, [found(1, 150, record="b")], **grows)
        assert raise_hits(work, raising(large), DESKS) == Raised(new=1)


def test_a_cool_down_ends_on_its_day(platform: Platform, machine: Actor) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        first, _ = run(work, [found(1, record="a")])
        raise_hits(work, raising(first), DESKS)
        case_id = work.db.execute(select(case.c.id)).scalar_one()
        start_cool_down(
            work, case_id, "not_confirmed", {"large_medical_bill": Period(days=10)}, work.today
        )
        work.db.execute(case.update().values(state="closed", closed_at=work.now, next_step=None))
        run_id, _ = run(work, [found(1, record="b")])
        assert raise_hits(work, raising(run_id), DESKS).held_back == 1
    with platform.work(machine, now=platform.clock.now() + timedelta(days=10)) as work:
        run_id, _ = run(work, [found(1, record="b")])
        assert raise_hits(work, raising(run_id), DESKS) == Raised(new=1)


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(1, 6), max_size=6, unique=True), max_size=5))
def test_however_runs_repeat_and_overlap_there_is_one_open_case_per_subject(
    platform: Platform, machine: Actor, scans: list[list[int]]
) -> None:
    with platform.work(machine) as work:
        for table in (case_hit, case_evidence, case_event, case, hit, episode, subject):
            work.db.execute(table.delete())
        people(work, range(1, 7))
        for day, keys in enumerate(scans):
            for _ in range(2):
                run_id, _ = run(work, [found(k) for k in keys], as_of=DAY + timedelta(days=day))
                raise_hits(work, raising(run_id), DESKS)
                note_signals(work, run_id)

        seen = {key for keys in scans for key in keys}
        assert set(work.db.execute(select(case.c.subject_key)).scalars()) == seen
        gone = set(
            work.db.execute(
                select(case.c.subject_key).where(case.c.signal_gone_at.is_not(None))
            ).scalars()
        )
        assert gone == seen - set(scans[-1] if scans else [])


def test_a_case_moves_only_from_the_version_that_was_seen(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        run_id, _ = run(work, [found(1)])
        raise_hits(work, raising(run_id), DESKS)
        case_id = work.db.execute(select(case.c.id)).scalar_one()
        apply(work, case_id, "route", base_version=1)
        add_note(work, case_id, "a note changes no version")

        with pytest.raises(Refused, match="since you opened"):
            apply(work, case_id, "route", base_version=1)
        with pytest.raises(Refused, match="not possible now"):
            apply(work, case_id, "route", base_version=2)
        assert work.db.execute(
            select(case_event.c.seq).order_by(case_event.c.seq)
        ).scalars().all() == [1, 2, 3]


def test_the_machine_can_confirm_close_refuse_or_decline_nothing() -> None:
    for state in CaseState:
        actions = {row.action for row in CASE_TABLE.actions(state, Role.MACHINE)}
        assert not actions & {"confirm", "not_confirm", "close", "decline", "approve", "accept"}


def test_the_newest_run_has_the_word_about_a_signal_in_whatever_order_runs_are_raised(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        first, _ = run(work, [found(1)])
        raise_hits(work, raising(first), DESKS)
        older, _ = run(work, [found(1)])
        newer, _ = run(work, [])

        assert note_signals(work, newer) == 1
        assert note_signals(work, older) == 0
        assert work.db.execute(select(case.c.signal_gone_at)).scalar_one() is not None
        newest, _ = run(work, [found(1)])
        raise_hits(work, raising(newest), DESKS)
        for one in (newest, older, newer):
            note_signals(work, one)
        assert work.db.execute(select(case.c.signal_gone_at)).scalar_one() is None


def test_an_older_run_leaves_alone_whom_a_newer_one_has_looked_at(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 3))
        run(work, [found(1)], subjects=[1])
        run(work, [found(2)], skipped=frozenset({1}))

        episodes = work.db.execute(select(episode.c.subject_key, episode.c.closed_on)).all()
        assert sorted(episodes) == [(1, None), (2, None)]
