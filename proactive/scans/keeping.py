"""A run is kept: what was found in its territory becomes hits, or the run stops itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select, update

from proactive.kernel.work import Work
from proactive.rules.results import Evaluation, hit_rows
from proactive.rules.service import live_triggers, lock_trigger
from proactive.scans.recording import Recording, keep_found, take_found
from proactive.scans.service import Ready, plan_run
from proactive.scans.stopping import Why, why_found, why_new, why_stale
from proactive.scans.store import scan_run
from proactive.scans.territory import looked_at_later, mark_territory


def keep(work: Work, ready: Ready, evaluation: Evaluation) -> str:
    """Keep what was found and close the run; return its state: done or stopped.

    A stale exclusion, a full scan outside the trigger's band, or more new hits than its cap stop
    the run: nothing of it is kept or raised. So does a version that is not in use any more; the
    look is handed to the version that is.
    """
    lock_trigger(work, ready.run.trigger)
    state: str = work.db.execute(
        select(scan_run.c.state).where(scan_run.c.id == ready.run.id).with_for_update()
    ).scalar_one()
    if state != "waiting":
        return state
    counts: dict[str, Any] = {**evaluation.counts, "unknown": dict(evaluation.unknown_counts)}
    run = ready.run
    if not mark_territory(work, run.id, run.trigger, run.trigger_version_id):
        _hand_over(work, run)
        return _stop(work, ready, counts, {"code": "not_in_use"})
    why = why_stale(ready.stale, ready.plan.exclusion_feeds)
    if why:
        return _stop(work, ready, counts, why)
    later = looked_at_later(work, run.id)
    if later is None:
        _close(work, ready, "done", counts | {"overtaken": True})
        return "done"
    kept, why = _record(work, ready, evaluation, later)
    if why:
        return _stop(work, ready, counts | kept, why)
    _close(work, ready, "done", counts | kept)
    work.step("raise_hits", str(run.id))
    return "done"


def _record(
    work: Work, ready: Ready, evaluation: Evaluation, later: frozenset[int]
) -> tuple[dict[str, int], Why | None]:
    """Record what was found; a number to stop at takes all of it back."""
    recording, rule = _recording(ready, later), ready.plan.rule
    with work.db.begin_nested() as whole:
        counts = {"found": take_found(work, recording, hit_rows(evaluation))}
        why = why_found(work, ready.run, rule, counts["found"])
        if not why:
            counts |= keep_found(work, recording)
            why = why_new(work, ready.run, rule, counts["new"])
        if why:
            whole.rollback()
    return counts, why


def _recording(ready: Ready, later: frozenset[int]) -> Recording:
    hit, run = ready.plan.rule.hit, ready.run
    grows = hit.cool_down.unless_grows if hit.cool_down else None
    return Recording(
        run_id=run.id,
        trigger=run.trigger,
        trigger_version_id=run.trigger_version_id,
        need=ready.plan.rule.need,
        as_of=run.as_of,
        order_by=hit.priority.order_by if hit.priority else "",
        descending=hit.priority.descending if hit.priority else True,
        grows_measure=grows.measure if grows else "",
        grows_by=float(grows.by) if grows else 0.0,
        subjects=run.subjects,
        skipped=later,
        fresh=not ready.stale,
    )


def _hand_over(work: Work, run: Row[Any]) -> None:
    """Let what is in use now look instead, so that no slot and no delivery is lost."""
    for trigger in live_triggers(work, work.today):
        if trigger.trigger == run.trigger:
            plan_run(
                work,
                trigger,
                slot=run.slot,
                kind=run.kind,
                as_of=run.as_of,
                late=run.late,
                subjects=run.subjects,
            )


def _stop(work: Work, ready: Ready, counts: Mapping[str, Any], why: Why) -> str:
    _close(work, ready, "stopped", {**counts, "why_stopped": dict(why)})
    return "stopped"


def _close(work: Work, ready: Ready, state: str, counts: Mapping[str, Any]) -> None:
    work.db.execute(
        update(scan_run)
        .where(scan_run.c.id == ready.run.id)
        .values(
            state=state,
            finished_at=func.clock_timestamp(),
            counts=dict(counts),
            stale=list(ready.stale),
            heads=dict(ready.heads),
        )
    )
    work.audit("close_run", "scan_run", ready.run.id, state=state)
