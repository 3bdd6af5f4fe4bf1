"""What people found, held against a version: of the visits already made, which would it ask for?

Each judged case is looked at again on the day it was found: a confirmed one that the version does
not find is somebody it would miss; one without need that it still finds is a visit for nothing.
Sample visits speak for the people under the line among whom they were drawn by lot.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil, floor
from typing import Any

from sqlalchemy import text

from proactive.kernel.work import Work
from proactive.outcomes.model import share_of
from proactive.rules.duck import evaluate
from proactive.tuning.ground import Ground

# Every day is a look of its own; the newest say most about the rule as it is lived today.
MOST_DAYS_JUDGED = 30

CASES = """
SELECT c.subject_key, first.as_of, o.result = 'confirmed' AS confirmed, o.sample
FROM outcome AS o JOIN "case" AS c ON c.id = o.case_id
JOIN LATERAL (SELECT min(as_of) AS as_of FROM case_hit WHERE case_id = o.case_id
  AND trigger_version_id = o.trigger_version_id) AS first ON first.as_of IS NOT NULL
WHERE o.trigger = :trigger AND o.result IN ('confirmed', 'not_confirmed')
ORDER BY first.as_of DESC, c.subject_key
"""

# How many people each sample visit stands for: those counted under the line, over those visited.
WEIGHT = """
SELECT (SELECT just_under FROM sample_round WHERE trigger = :trigger ORDER BY at DESC LIMIT 1)
  AS under,
  (SELECT count(*) FROM outcome WHERE trigger = :trigger AND sample
    AND result IN ('confirmed', 'not_confirmed')) AS visited
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged case; `sample` when it was drawn from under the line."""

    subject_key: int
    as_of: date
    confirmed: bool
    sample: bool


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits a version is held against; `stands_for`: people for each sample visit."""

    cases: Sequence[Judged]
    stands_for: Decimal


def read_visits(work: Work, trigger: str) -> Visits:
    """Return the judged cases of the newest days on which any was found."""
    rows = work.db.execute(text(CASES), {"trigger": trigger}).all()
    days = sorted({row.as_of for row in rows}, reverse=True)[:MOST_DAYS_JUDGED]
    cases = [Judged(*row) for row in rows if row.as_of in days]
    weight = work.db.execute(text(WEIGHT), {"trigger": trigger}).one()
    under, visited = weight.under or 0, weight.visited or 0
    return Visits(cases, max(Decimal(1), Decimal(under) / visited) if visited else Decimal(1))


def hold_against(
    ground: Ground, visits: Visits, known_at: datetime, check: Callable[[], None]
) -> dict[str, Any] | None:
    """Return the counts as JSON, None without judged visits; no transaction is open here.

    confirmed, no_need: `found` of `of`; the same for sample_confirmed, sample_no_need.
    need, needless: people it would find in need and visits for nothing, sample visits counted for
    those they stand for (`about`, with `low` and `high` of a 95 % interval); `missed`: people in
    need among them whom it would not find.
    """
    if not visits.cases:
        return None
    by_day: dict[date, list[Judged]] = defaultdict(list)
    for one in visits.cases:
        by_day[one.as_of].append(one)
    counts = {name: [0, 0] for name in KINDS.values()}
    for day, cases in sorted(by_day.items()):
        check()
        asked = {one.subject_key for one in cases}
        hits = evaluate(
            ground.plan,
            ground.views,
            as_of=day,
            known_at=known_at,
            subjects=asked,
            areas=ground.areas,
            aliases=ground.aliases,
        ).hits
        found = set(hits["subject_key"].to_pylist())
        for one in cases:
            count = counts[KINDS[one.sample, one.confirmed]]
            count[0] += one.subject_key in found
            count[1] += 1
    told = {name: {"found": found, "of": of} for name, (found, of) in counts.items()}
    return {**told, **_weighed(counts, visits.stands_for), "since": min(by_day).isoformat()}


KINDS = {
    (False, True): "confirmed",
    (False, False): "no_need",
    (True, True): "sample_confirmed",
    (True, False): "sample_no_need",
}


def _weighed(counts: dict[str, list[int]], stands_for: Decimal) -> dict[str, Any]:
    """Sample visits counted for those they stand for, with the bounds of a 95 % interval."""
    drawn = sum(of for name, (_, of) in counts.items() if name.startswith("sample_"))

    def about(name: str) -> dict[str, int]:
        seen, sampled = counts[name][0], counts[f"sample_{name}"][0]
        share = share_of(sampled, drawn)
        people = float(drawn * stands_for)
        low, high = (share.low * people, share.high * people) if share else (0.0, 0.0)
        return {
            "about": round(seen + sampled * stands_for),
            "low": floor(seen + low),
            "high": ceil(seen + high),
        }

    whole = counts["confirmed"][1] + counts["sample_confirmed"][1] * stands_for
    need = about("confirmed")
    return {
        "need": need,
        "needless": about("no_need"),
        "missed": round(whole) - need["about"],
        "stands_for": round(stands_for),
    }
