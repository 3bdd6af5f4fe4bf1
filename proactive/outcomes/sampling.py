"""Sample visits: a few people just under a rule's line, to see whom the rule leaves out.

After a full scan everybody between `down_to` times the line and the line who meets everything else
is counted, and a small share is drawn by lot and raised as a case marked as such.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.queries import all_paths
from proactive.feeds.contracts import Contracts
from proactive.feeds.lake import FeedView, Lake
from proactive.feeds.views import feed_views
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.outcomes.drawing import Below, bands_of, drawn, quarter
from proactive.outcomes.room import with_room
from proactive.outcomes.store import sample_round
from proactive.people.vault import aliases_table
from proactive.rules.duck import evaluate
from proactive.rules.grammar import Sample
from proactive.rules.lines import Line, line_of
from proactive.rules.nodes import Plan
from proactive.rules.results import Evaluation, HitRow, hit_rows
from proactive.rules.service import is_in_use, plan_of
from proactive.rules.variants import scaled
from proactive.scans.service import need_run
from proactive.scans.store import hit

A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a look under the line needs, read in one transaction and used outside of it."""

    run: Row[Any]
    plan: Plan
    line: Line
    sample: Sample
    views: Mapping[str, FeedView]
    areas: Mapping[str, Sequence[str]]
    aliases: Any


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a round came to: counted just under the line, drawn by lot, and put down as hits."""

    just_under: int
    drawn: int
    hits: int


def get_look(work: Work, run_id: UUID, lake: Lake, contracts: Contracts) -> Look | None:
    """Read what a look needs; None where the run asks for none or has had its own.

    Only full scans of a version that is live everywhere, that were not stopped.
    """
    run = need_run(work, run_id)
    if run.state != "done" or run.kind != "full" or run.inside or run.counts.get("overtaken"):
        return None
    if not is_in_use(work, run.trigger_version_id):
        return None
    plan = plan_of(work, run.trigger_version_id, contracts)
    line, sample = line_of(plan), plan.rule.hit.sample
    done = text("SELECT EXISTS (SELECT FROM sample_round WHERE run_id = :run)")
    if line is None or sample is None or work.db.execute(done, {"run": run_id}).scalar_one():
        return None
    return Look(
        run=run,
        plan=plan,
        line=line,
        sample=sample,
        views=feed_views(work, lake, sorted(plan.feeds), contracts),
        areas=all_paths(work.db, on=run.as_of) if plan.needs_area else {},
        aliases=aliases_table(work),
    )


def look_below(look: Look) -> Evaluation:
    """Evaluate the rule with its line lowered, over what the run knew; no transaction is open."""
    return evaluate(
        scaled(look.plan, look.line.parameter, look.sample.down_to),
        look.views,
        as_of=look.run.as_of,
        known_at=look.run.known_at,
        areas=look.areas,
        aliases=look.aliases,
    )


def keep_round(work: Work, look: Look, evaluation: Evaluation) -> Chosen | None:
    """Count who stands under the line, draw the lots and put the drawn down as waiting hits.

    The caller raises them with the run. None where the round was kept before.
    """
    lock = text("SELECT pg_advisory_xact_lock(7203010, hashtext(:trigger))")
    work.db.execute(lock, {"trigger": look.run.trigger})
    below = _below(work, look, evaluation)
    lots = _lots(work, look, list(below))
    barred = _barred(work, look, lots)
    free = [key for key in lots if key not in barred]
    placed = with_room(work, look.plan.rule, free)
    chosen = [key for key in free if key in placed][: _most(work, look)]
    kept_back = Counter(barred.values()) + Counter(no_room=len(free) - len(placed))
    values = {
        "run_id": look.run.id,
        "trigger": look.run.trigger,
        "trigger_version_id": look.run.trigger_version_id,
        "as_of": look.run.as_of,
        "at": work.now,
        "just_under": len(below),
        "bands": bands_of(
            (Below(key, margin) for key, (_, margin) in below.items()), look.sample.down_to
        ),
        "chosen": len(lots),
        "raised": len(chosen),
        "kept_back": dict(kept_back),
    }
    statement = insert(sample_round).values(values).on_conflict_do_nothing()
    if work.db.execute(statement).rowcount == 0:
        return None
    for key in chosen:
        work.db.execute(hit.insert().values(_hit(look, below[key][0])))
    work.audit("draw_sample", "scan_run", look.run.id, raised=len(chosen))
    return Chosen(len(below), len(lots), len(chosen))


def _below(work: Work, look: Look, evaluation: Evaluation) -> dict[int, tuple[HitRow, Decimal]]:
    """Return subject → its row and margin, of those who are no hits and are not waiting to be."""
    query = text(
        "SELECT subject_key FROM hit WHERE trigger = :trigger AND seen_run_id = :run AND NOT sample"
        " UNION SELECT subject_key FROM pending WHERE trigger = :trigger"
    )
    values = {"trigger": look.run.trigger, "run": look.run.id}
    found = set(work.db.execute(query, values).scalars())
    texts = {
        (value.start.isoformat(), value.area, value.klass): value
        for value in look.plan.params[look.line.parameter].values
    }
    below: dict[int, tuple[HitRow, Decimal]] = {}
    for row in hit_rows(evaluation):
        used = row.parameters.get(look.line.parameter)
        amount = row.measures.get(look.line.measure)
        if row.subject_key in found or used is None or amount is None:
            continue
        own = texts[used["from"], used["area"], used["class"]]
        margin = Decimal(amount) / (Decimal(own.text) * look.line.unit)
        if margin < 1:
            restored = {**row.parameters, look.line.parameter: {**used, "value": own.text}}
            below.setdefault(row.subject_key, (replace(row, parameters=restored), margin))
    return below


def _lots(work: Work, look: Look, subjects: Sequence[int]) -> list[int]:
    """Return who is drawn, in the order of the lots."""
    season = f"{look.run.trigger}\x00{quarter(look.run.as_of)}"
    tickets = {key: work.keys.blind(f"{season}\x00{key}", column="sample") for key in subjects}
    return drawn(tickets, look.sample.share)


# Why somebody who was drawn is left alone, most telling reason first.
BARRED = """
SELECT wanted.key, CASE
  WHEN EXISTS (SELECT FROM "case" AS c WHERE c.subject_key = wanted.key AND c.need = :need
    AND c.state <> 'closed') THEN 'open_case'
  WHEN EXISTS (SELECT FROM hit AS h WHERE h.subject_key = wanted.key AND h.trigger = :trigger
    AND h.sample AND h.as_of > :year_ago) THEN 'drawn_before'
  WHEN EXISTS (SELECT FROM cool_down AS q WHERE q.subject_key = wanted.key
    AND q.trigger = :trigger AND (q.until IS NULL OR q.until > :today)) THEN 'cool_down'
  WHEN EXISTS (SELECT FROM "case" AS z WHERE z.subject_key = wanted.key AND z.trigger = :trigger
    AND z.state = 'snoozed' AND z.snoozed_until > :today) THEN 'snoozed'
  WHEN s.key IS NULL OR s.area_1 = '' THEN 'no_place'
  WHEN s.died_on IS NOT NULL THEN 'died'
  WHEN ARRAY[s.area_1, s.area_2, s.area_3, s.area_4, s.area_5]
    && CAST(:outside AS text[]) THEN 'pilot_area'
END AS why
FROM unnest(CAST(:keys AS bigint[])) AS wanted (key) LEFT JOIN subject AS s ON s.key = wanted.key
"""


def _barred(work: Work, look: Look, keys: Sequence[int]) -> dict[int, str]:
    """Return who of the drawn may not be visited now, and why."""
    values = {
        "keys": list(keys),
        "need": look.plan.rule.need,
        "trigger": look.run.trigger,
        "today": work.today,
        "year_ago": look.run.as_of - A_YEAR,
        "outside": list(look.run.outside),
    }
    return {row.key: row.why for row in work.db.execute(text(BARRED), values) if row.why}


def _most(work: Work, look: Look) -> int:
    """Return how many may be raised: the sample's own limit, inside the rule's caps."""
    cap = look.plan.rule.hit.cap
    most = look.sample.per_run
    if cap is None:
        return most
    new = text(
        "SELECT count(*) FILTER (WHERE run_id = :run) AS run, count(*) AS day FROM hit"
        " WHERE trigger = :trigger AND run_id IN (SELECT id FROM scan_run"
        " WHERE trigger = :trigger AND as_of = :as_of)"
    )
    values = {"run": look.run.id, "trigger": look.run.trigger, "as_of": look.run.as_of}
    row = work.db.execute(new, values).one()
    for limit, used in ((cap.per_run, row.run), (cap.per_day, row.day)):
        most = most if limit is None else min(most, limit - used)
    return max(0, int(most))


def _hit(look: Look, row: HitRow) -> dict[str, Any]:
    order = look.plan.rule.hit.priority
    value = row.measures.get(order.order_by) if order else None
    sign = 1 if order is None or order.descending else -1
    return {
        "id": new_id(),
        "run_id": look.run.id,
        "seen_run_id": look.run.id,
        "trigger": look.run.trigger,
        "trigger_version_id": look.run.trigger_version_id,
        "subject_key": row.subject_key,
        "episode": f"sample:{quarter(look.run.as_of)}",
        "as_of": look.run.as_of,
        "measures": row.measures,
        "parameters": row.parameters,
        "unknowns": row.unknowns,
        "evidence": row.evidence,
        "order_value": None if value is None else int(value) * sign,
        "sample": True,
    }
