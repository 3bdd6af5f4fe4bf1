"""How fast a burst of hits becomes cases, against copying as many bare rows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text

from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from bench.place import NOW, fresh_platform
from proactive.bootstrap import Platform
from proactive.cases.raising import Raising, raise_hits
from proactive.cases.store import case
from proactive.kernel.ids import new_id
from proactive.kernel.work import Actor, Work
from proactive.people.store import subject
from proactive.rules.results import HitRow
from proactive.rules.store import trigger_version
from proactive.scans.recording import Recording, record_found
from proactive.scans.store import scan_run

DAY = NOW.date()
COLUMNS = 24  # about as many as a case has
TRIGGER, NEED = "large_medical_bill", "medical_cost_relief"


def run(setting: Setting) -> Measured:
    """Raise as many cases as the county has people, each round in a fresh place."""
    return best_of(
        BENCHMARK,
        rows=setting.people,
        ours=lambda: raise_once(setting),
        yard=lambda: copy_once(setting),
        rounds=setting.rounds,
    )


def raise_once(setting: Setting) -> float:
    """Raise the cases of one run; only the raising and its commit are timed."""
    with fresh_platform(setting.servers, setting.folder) as platform:
        run_id = _hits(platform, setting.people)
        raising = Raising(
            run_id=run_id,
            trigger=TRIGGER,
            need=NEED,
            kind="person",
            due_on=DAY + timedelta(days=7),
            due_provisional=False,
        )

        def raise_all() -> None:
            with platform.work(Actor.machine("bench")) as work:
                raise_hits(work, raising, {"": new_id()})

        seconds = seconds_of(raise_all)
        with platform.work(Actor.machine("bench")) as work:
            raised = work.db.execute(select(func.count()).select_from(case)).scalar_one()
        if raised != setting.people:
            raise AssertionError(f"{raised} cases instead of {setting.people}")
        return seconds


def copy_once(setting: Setting) -> float:
    """COPY as many rows of the same width into a bare table."""
    with fresh_platform(setting.servers, setting.folder) as platform, platform.engine.begin() as db:
        columns = ", ".join(f"c{at} text" for at in range(COLUMNS))
        db.execute(text(f"CREATE TEMPORARY TABLE bare ({columns})"))
        row = tuple(f"value {at} of a row" for at in range(COLUMNS))
        return seconds_of(lambda: _copy(db, row, setting.people))


def _copy(db: Connection, row: tuple[str, ...], count: int) -> None:
    raw = db.connection.driver_connection
    if raw is None:
        raise AssertionError("there is no connection")
    with raw.cursor() as cursor, cursor.copy("COPY bare FROM STDIN") as copy:
        for _ in range(count):
            copy.write_row(row)


def _hits(platform: Platform, count: int) -> UUID:
    with platform.work(Actor.machine("bench")) as work:
        work.db.execute(insert(subject), [_subject(work, key) for key in range(1, count + 1)])
        run_id, version_id = new_id(), new_id()
        work.db.execute(
            insert(trigger_version).values(
                id=version_id,
                trigger=TRIGGER,
                version=1,
                yaml="",
                checksum="bench",
                loaded_by="bench",
                loaded_at=work.now,
            )
        )
        work.db.execute(
            insert(scan_run).values(
                id=run_id,
                trigger=TRIGGER,
                trigger_version_id=version_id,
                slot=str(run_id),
                kind="full",
                as_of=DAY,
                known_at=work.now,
                state="done",
            )
        )
        recording = Recording(
            run_id=run_id,
            trigger=TRIGGER,
            trigger_version_id=version_id,
            need=NEED,
            as_of=DAY,
            order_by="own",
            subjects=None,
        )
        record_found(work, recording, [_hit(key) for key in range(1, count + 1)])
    return run_id


def _subject(work: Work, key: int) -> dict[str, object]:
    return {
        "key": key,
        "kind": "person",
        "scheme": "opaque",
        "id_cipher": b"x",
        "id_blind": str(key).encode(),
        "area_5": f"v{key % 30}",
        "household_key": key // 2,
        "created_at": work.now,
    }


def _hit(key: int) -> HitRow:
    evidence = [
        {
            "feed": "medical_bill",
            "record_id": f"bill-{key}",
            "version": 1,
            "event_on": "2026-11-01",
            "recorded_on": None,
            "facts": {"out_of_pocket": 3_000_000 + key},
        }
    ]
    return HitRow(key, "", "other", "", "", {"own": 3_000_000 + key}, {}, [], evidence)


BENCHMARK = Benchmark(
    name="raising",
    what="raise a burst of cases with evidence, history and audit",
    yardstick="COPY of as many bare rows",
    at_most=60,
    run=run,
)
