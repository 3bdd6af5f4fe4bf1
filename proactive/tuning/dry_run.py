"""A dry run: whom a day would find, how many are new, where, and how busy the posts would get."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select, text

from proactive.kernel.db import AREA_COLUMNS, AreaPath
from proactive.kernel.work import Work
from proactive.people.store import subject
from proactive.rules.duck import evaluate
from proactive.rules.grammar import TriggerRule
from proactive.rules.results import Evaluation, HitRow, hit_rows
from proactive.rules.words import is_money, render_explain
from proactive.tuning.ground import Ground
from proactive.tuning.load import forecast, read_crew
from proactive.tuning.model import MOST_SAMPLES, Standing
from proactive.tuning.places import TOWN, by_town, by_village
from proactive.tuning.standing import Place, judge, path_in

ROUNDED_FEN = 100_00


@dataclass(frozen=True, slots=True)
class _Told:
    """A hit as an explanation needs it, its figures coarse enough to be nobody's own."""

    as_of: date
    measures: Mapping[str, Any]
    parameters: Mapping[str, Any]


def look(ground: Ground, as_of: date, known_at: datetime) -> Evaluation:
    """Evaluate the rule as of a day; no transaction is open here."""
    return evaluate(
        ground.plan,
        ground.views,
        as_of=as_of,
        known_at=known_at,
        areas=ground.areas,
        aliases=ground.aliases,
    )


def told(work: Work, ground: Ground, found: Evaluation, as_of: date, seed: UUID) -> dict[str, Any]:
    """Return the figures of a dry run as JSON without a person; `seed` chooses the sample."""
    rule = ground.plan.rule
    places = judge(work, ground.plan, found, as_of)
    everybody, fresh = _people(places), _people(places, Standing.NEW)
    crew = read_crew(work, rule, ground.areas)
    known = text("SELECT count(*) FROM subject WHERE kind = :kind")
    standing = Counter(dict.fromkeys(Standing, 0))
    for place in places:
        standing[place.standing] += place.people
    return {
        "as_of": as_of.isoformat(),
        "population": work.db.execute(known, {"kind": rule.subject}).scalar_one(),
        "subjects": sum(everybody.values()),
        **found.counts,
        "unknown": dict(found.unknown_counts),
        "classes": {row["values"]: row["counts"] for row in _classes(found)},
        "standing": dict(standing),
        "pending": sum(place.pending for place in places),
        "stale": list(ground.stale),
        "never": list(ground.never),
        "stops_scan": list(ground.stops_scan),
        "towns": _side_by_side(by_town(everybody), by_town(fresh)),
        "villages": _villages(everybody, fresh),
        "sample": _sample(work, ground, found, as_of, seed, by_town(everybody)),
        "load": forecast(crew, fresh),
        "capacity": crew.capacity,
        "due_weeks": crew.weeks,
        "over": crew.over(fresh),
        "posts": len(crew.field),
    }


def _people(places: list[Place], standing: Standing | None = None) -> dict[AreaPath, int]:
    counts: dict[AreaPath, int] = defaultdict(int)
    for place in places:
        if standing in (None, place.standing):
            counts[place.path] += place.people
    return dict(counts)


def _classes(found: Evaluation) -> list[dict[str, Any]]:
    counted: list[dict[str, Any]] = pc.value_counts(found.hits["class"]).to_pylist()
    return sorted(counted, key=lambda row: str(row["values"]))


def _villages(
    everybody: Mapping[AreaPath, int], fresh: Mapping[AreaPath, int]
) -> list[dict[str, Any]]:
    whole, new = by_village(everybody), by_village(fresh)
    return [
        {"town": town, **row}
        for town in sorted(whole)
        for row in _side_by_side(whole[town], new.get(town, {}))
    ]


def _side_by_side(
    whole: Mapping[str, int | None], new: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    """Rows of a table: area code, people found, new ones; None stands for one to four."""
    return [{"area": code, "found": whole[code], "new": new.get(code, 0)} for code in sorted(whole)]


# examples with explanations


def _sample(
    work: Work,
    ground: Ground,
    found: Evaluation,
    as_of: date,
    seed: UUID,
    towns: Mapping[str, int | None],
) -> list[dict[str, Any]]:
    """Return up to ten explanations, drawn by the trial's id so that a second run draws the same.

    A town is named only where so many were found that it points at nobody.
    """
    rows = _drawn(found, seed)
    homes = _homes(work, [row.subject_key for row in rows])
    return [
        {
            "town": town if towns.get(town := homes.get(row.subject_key, "")) else "",
            "class": row.klass,
            "unknowns": row.unknowns,
            **_sentences(ground, row, as_of),
        }
        for row in rows
    ]


def _drawn(found: Evaluation, seed: UUID) -> list[HitRow]:
    keys = zip(
        found.hits["subject_key"].to_pylist(), found.hits["episode"].to_pylist(), strict=True
    )
    marks = [sha256(f"{seed}:{key}:{episode}".encode()).digest() for key, episode in keys]
    chosen = sorted(range(len(marks)), key=marks.__getitem__)[:MOST_SAMPLES]
    taken = found.hits.take(pa.array(chosen, pa.int64()))
    return list(hit_rows(replace(found, hits=taken)))


def _homes(work: Work, keys: list[int]) -> dict[int, str]:
    columns = [subject.c[name] for name in AREA_COLUMNS]
    rows = work.db.execute(select(subject.c.key, *columns).where(subject.c.key.in_(keys)))
    return {row["key"]: path_in(row)[TOWN - 1] for row in rows.mappings()}


def _sentences(ground: Ground, row: HitRow, as_of: date) -> dict[str, str]:
    rule = ground.plan.rule
    coarse = _Told(as_of, _coarse(rule, row.measures), row.parameters)
    feed = ground.plan.episodes.feed if ground.plan.episodes else ""
    records = [record for record in row.evidence if record["feed"] == feed] or row.evidence
    facts = {
        name: _by_month(value) for name, value in (records[0]["facts"] if records else {}).items()
    }
    return {
        language: render_explain(rule, coarse, code, facts=facts)
        for language, code in (("zh", "zh-CN"), ("en", "en"))
    }


def _coarse(rule: TriggerRule, measures: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts rounded down to a hundred yuan."""
    return {
        name: value // ROUNDED_FEN * ROUNDED_FEN
        if isinstance(value, int) and is_money(rule, name)
        else value
        for name, value in measures.items()
    }


def _by_month(value: object) -> object:
    """A day of a record as its month; anything else as it is."""
    if isinstance(value, str):
        try:
            return f"{date.fromisoformat(value[:10]):%Y-%m}"
        except ValueError:
            return value
    return value
