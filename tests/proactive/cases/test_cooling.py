"""After a reported need was looked at: how long it is quiet, and what lets somebody by."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pyarrow as pa
from sqlalchemy import select

from proactive.bootstrap import Platform
from proactive.cases.cooling import cool_down_reported, end_cool_down
from proactive.cases.raising import Raised, raise_hits
from proactive.cases.store import case, case_hit, cool_down
from proactive.feeds.contracts import load_contract
from proactive.feeds.store import delivery, superseded
from proactive.kernel.ids import new_id
from proactive.kernel.work import Actor, Work
from proactive.rules.results import HitRow
from proactive.scans.store import hit
from proactive.tuning.standing import judge
from tests.proactive.cases.test_raising import DESKS, found, people, raising, run

DEFINITIONS = Path(__file__).parents[3] / "triggers"
TRIGGER = "large_medical_bill"
SEEN = date(2026, 11, 15)
SOON, LATE = date(2027, 1, 1), date(2027, 6, 1)


def closed(work: Work, key: int, **more: Any) -> UUID:
    """Raise a case for a person and close it; return its id."""
    run_id, _ = run(work, [found(key)], **more)
    raise_hits(work, raising(run_id, **more), DESKS)
    work.db.execute(case.update().values(state="closed", closed_at=work.now, next_step=None))
    query = select(case_hit.c.case_id).join(hit, hit.c.id == case_hit.c.hit_id)
    return UUID(str(work.db.execute(query.where(hit.c.run_id == run_id)).scalar_one()))


def test_a_later_answer_does_not_cut_a_longer_quiet_time_short(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        people(work, range(1, 2))
        first = closed(work, 1)
        other = closed(work, 1, trigger="disability_record", need="disability_assistance")

        def say(case_id: UUID, until: date | None, seen_on: date | None) -> tuple[Any, ...]:
            cool_down_reported(work, case_id, "not_confirmed", {TRIGGER: until}, seen_on)
            columns = (cool_down.c.until, cool_down.c.seen_on, cool_down.c.case_id)
            return tuple(work.db.execute(select(*columns)).one())

        assert say(first, SOON, None) == (SOON, None, first)
        assert say(other, LATE, SEEN) == (LATE, SEEN, other)
        assert say(first, SOON, None) == (LATE, SEEN, other)
        assert say(first, None, None) == (None, None, first)
        assert say(other, LATE, SEEN) == (None, None, first)
        end_cool_down(work, other)
        assert work.db.execute(select(cool_down.c.case_id)).scalars().all() == [first]


def record(key: int, recorded_on: str, feed: str = "medical_bill", version: int = 1) -> HitRow:
    """A hit on one record whose event was before the visit."""
    one = found(key, record="b")
    (evidence,) = one.evidence
    evidence.update(feed=feed, recorded_on=recorded_on, version=version)
    return one


def give_way(work: Work, hits: list[HitRow]) -> None:
    """Put down that the records of these hits have taken the place of earlier versions."""
    delivery_id = new_id()
    brought = {"feed": "any", "file_name": "f", "sha256": "x", "reading": "y", "received_by": "t"}
    work.db.execute(delivery.insert().values(id=delivery_id, received_at=work.now, **brought))
    for one in hits:
        (evidence,) = one.evidence
        names = {"feed": evidence["feed"], "record_id": evidence["record_id"]}
        versions = {"version": evidence["version"] - 1, "by_version": evidence["version"]}
        more = {"since": work.now, "delivery_id": delivery_id}
        work.db.execute(superseded.insert().values(**names, **versions, **more))


def foretold(work: Work, hits: list[HitRow]) -> dict[str, int]:
    """Return what a dry run says of these hits: standing → people."""
    rows = [
        {
            "subject_key": one.subject_key,
            "episode": one.episode,
            "pending": "",
            "measures": one.measures,
            "evidence": one.evidence,
        }
        for one in hits
    ]
    rule = SimpleNamespace(need="medical_cost_relief", hit=SimpleNamespace(cool_down=None))
    names = ("medical_bill", "low_income_register")
    contracts = {name: load_contract(DEFINITIONS / f"feeds/{name}.yaml") for name in names}
    plan = SimpleNamespace(rule=rule, trigger=TRIGGER, evidence=names, contracts=contracts)
    found_now = SimpleNamespace(hits=pa.Table.from_pylist(rows))
    places = judge(work, cast(Any, plan), cast(Any, found_now), work.today)
    return {place.standing: place.people for place in places}


def test_what_was_entered_after_the_visit_is_new_but_not_what_is_entered_anew_each_month(
    platform: Platform, machine: Actor
) -> None:
    monthly = "low_income_register"
    with platform.work(machine) as work:
        people(work, range(1, 6))
        for key in range(1, 6):
            cool_down_reported(work, closed(work, key), "not_confirmed", {TRIGGER: LATE}, SEEN)
        hits = [
            record(1, "2026-11-14"),
            record(2, "2026-11-18"),
            record(3, "2026-11-18", version=2),
            record(4, "2026-11-18", monthly),
            record(5, "2026-11-18", monthly, version=2),
        ]
        give_way(work, [hits[2], hits[4]])
        assert foretold(work, hits) == {"new": 3, "cool_down": 2}
        run_id, _ = run(work, hits)
        raised = raise_hits(work, raising(run_id, restated=(monthly,)), DESKS)

        query = select(case.c.subject_key).where(case.c.state != "closed")
        assert raised == Raised(new=3, held_back=2)
        assert set(work.db.execute(query).scalars()) == {2, 3, 4}
