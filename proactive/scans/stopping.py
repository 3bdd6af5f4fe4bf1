"""Why a run stops itself before anything is raised, and what a person may do about it.

A reason is kept as a code with its figures; screens and the command line make the words. A stopped
run is an alarm until a later full run of the version is kept, or a person takes the number on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.rules.life import need_person
from proactive.rules.service import live_triggers
from proactive.scans.store import scan_run
from proactive.scans.territory import known_subjects

# Fewer hits than these say nothing about a share: in a hamlet one case is a third of everybody.
FEWEST_FOR_BAND = 20
# Who accepts a number has seen one; a little more by the time of the next run is still that number.
TOLERATED = 0.1
ACCEPTABLE = frozenset({"outside_band", "over_cap_run", "over_cap_day", "more_than_accepted"})
Why = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoppedRun:
    """An alarm: a run of a version in use that raised nothing; `found` hits it would have kept."""

    id: UUID
    trigger: str
    version_id: UUID
    version: int
    as_of: date
    at: datetime
    kind: str
    found: int
    why: Why

    @property
    def can_be_accepted(self) -> bool:
        return self.why.get("code") in ACCEPTABLE


STOPPED = """
SELECT r.id, r.trigger, v.id AS version_id, v.version, r.as_of, r.finished_at AS at, r.kind,
  coalesce((r.counts ->> 'found')::int, 0) AS found, r.counts -> 'why_stopped' AS why
FROM scan_run AS r JOIN trigger_version AS v ON v.id = r.trigger_version_id
  AND v.state IN ('live', 'pilot')
WHERE r.state = 'stopped' AND r.counts -> 'why_stopped' ->> 'code' <> 'not_in_use'
  AND (CAST(:trigger AS text) IS NULL OR r.trigger = :trigger)
  AND NOT EXISTS (SELECT FROM scan_run AS later
    WHERE later.trigger_version_id = r.trigger_version_id AND later.created_at > r.created_at
      AND (later.slot = 'accepted:' || r.id
        OR (later.kind = 'full' AND later.state IN ('done', 'stopped'))))
ORDER BY r.created_at DESC, r.id
"""
# A business day is that of the planning; what somebody has vouched for is not counted again.
NEW_TODAY = """
SELECT coalesce(sum((counts ->> 'new')::int), 0) FROM scan_run
WHERE trigger = :trigger AND state = 'done' AND accepted_by IS NULL AND id <> :run
  AND (known_at AT TIME ZONE :zone)::date = :day
"""


def stopped_runs(work: Work, trigger: str | None = None) -> list[StoppedRun]:
    """Return the alarms, the newest first; of one trigger or of all."""
    rows = work.db.execute(text(STOPPED), {"trigger": trigger}).mappings()
    return [StoppedRun(**row) for row in rows]


def why_stale(stale: Sequence[str], exclusion_feeds: frozenset[str]) -> Why | None:
    """Return why a run with old records may not decide whom to leave in peace."""
    feeds = sorted(set(stale) & exclusion_feeds)
    return {"code": "stale_exclusion", "feeds": feeds} if feeds else None


def why_found(work: Work, run: Row[Any], rule: TriggerRule, found: int) -> Why | None:
    """Return why `found` hits of a run are a number to stop at, before anything is kept."""
    if run.accepted_by is not None:
        most = run.accepted_most + max(FEWEST_FOR_BAND, int(run.accepted_most * TOLERATED))
        return {"code": "more_than_accepted", "hits": found, "most": most} if found > most else None
    band = rule.hit.band
    if run.kind != "full" or band is None:
        return None
    known = known_subjects(work, run.id, rule.subject)
    least, most = (float(share) * known / 1000 for share in (band.at_least, band.at_most))
    too_few = found < least and least >= FEWEST_FOR_BAND
    too_many = found > most and found >= FEWEST_FOR_BAND
    if not (too_few or too_many):
        return None
    return {
        "code": "outside_band",
        "hits": found,
        "known": known,
        "at_least": float(band.at_least),
        "at_most": float(band.at_most),
    }


def why_new(work: Work, run: Row[Any], rule: TriggerRule, new: int) -> Why | None:
    """Return why `new` hits are more than one run, or one day, may record; rolled back if so."""
    cap = rule.hit.cap
    if cap is None or run.accepted_by is not None:
        return None
    if cap.per_run is not None and new > cap.per_run:
        return {"code": "over_cap_run", "new": new, "most": cap.per_run}
    if cap.per_day is None:
        return None
    day = local_date(run.known_at, work.zone)
    values = {"trigger": run.trigger, "run": run.id, "zone": str(work.zone), "day": day}
    before = int(work.db.execute(text(NEW_TODAY), values).scalar_one())
    if new and before + new > cap.per_day:
        return {"code": "over_cap_day", "new": new, "before": before, "most": cap.per_day}
    return None


def accept_stopped(work: Work, run_id: UUID, *, reason: str) -> UUID:
    """Run once more what stopped itself: a named person vouches that its number is right.

    The new run may keep as many hits as were found, and a tenth more. A second call changes
    nothing. Returns the id of the new run. Raises Refused `no_named_person`, `no_reason`,
    `nothing_to_accept`.
    """
    need_person(work)
    again = _accepted(work, run_id)
    if again is not None:
        return again
    stopped = next((one for one in stopped_runs(work) if one.id == run_id), None)
    if stopped is None or not stopped.can_be_accepted:
        raise Refused(
            "nothing_to_accept",
            "No number of this run waits for anybody's word.",
            todo="Look at the newest runs: a later one may have answered it.",
        )
    if not reason.strip():
        raise Refused(
            "no_reason",
            "The reason is missing.",
            todo="Write in a few words how you know that the number is right.",
            fields={"reason": "Write how you know it."},
        )
    return _run_again(work, stopped, reason.strip())


def _accepted(work: Work, run_id: UUID) -> UUID | None:
    query = select(scan_run.c.id).where(scan_run.c.slot == f"accepted:{run_id}")
    found: UUID | None = work.db.execute(query).scalar_one_or_none()
    return found


def _run_again(work: Work, stopped: StoppedRun, reason: str) -> UUID:
    old = work.db.execute(select(scan_run).where(scan_run.c.id == stopped.id)).one()
    zone = next(
        one.zone
        for one in live_triggers(work, work.today)
        if one.version_id == old.trigger_version_id
    )
    new = new_id()
    statement = insert(scan_run).values(
        id=new,
        trigger=old.trigger,
        trigger_version_id=old.trigger_version_id,
        slot=f"accepted:{old.id}",
        kind=old.kind,
        as_of=local_date(work.now, zone),
        known_at=work.now,
        late=False,
        subjects=old.subjects,
        accepted_by=work.actor.id,
        accepted_why=reason,
        accepted_most=stopped.found,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["trigger_version_id", "slot"])
    if work.db.execute(statement.returning(scan_run.c.id)).one_or_none() is None:
        taken = _accepted(work, stopped.id)
        return taken or new
    work.audit("accept_number", "scan_run", old.id, trigger=old.trigger, found=stopped.found)
    work.step("scan", str(new))
    return new
