"""How long fifty thresholds take together, against one scan with its threshold, in the same run."""

from __future__ import annotations

from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from bench.rules import AS_OF, KNOWN_AT, THREADS, make_lake, planned, scan
from proactive.feeds.lake import FeedView
from proactive.rules.axes import Axis, evenly
from proactive.rules.duck import EngineLimits
from proactive.rules.grammar import ParameterType
from proactive.rules.memory import SUPERSEDED
from proactive.rules.nodes import Plan
from proactive.rules.sweeping import sweep

POINTS = 50
FROM, TO = "5000", "60000"


def try_thresholds(plan: Plan, files: dict[str, list[str]]) -> int:
    """Sweep the threshold for everybody who has no low income; return the hits of all points."""
    empty = SUPERSEDED.empty_table()
    feeds = plan.feeds | {plan.home_feed}
    views = {feed: FeedView(plan.contracts[feed], files[feed], empty) for feed in feeds}
    values = evenly(FROM, TO, POINTS, ParameterType.MONEY)
    found = sweep(
        plan,
        views,
        axes=[Axis("oop_threshold", values)],
        as_of=AS_OF,
        known_at=KNOWN_AT,
        limits=EngineLimits(memory="4GB", threads=THREADS),
    )
    return sum(total.hits for total in found.totals())


def run(setting: Setting) -> Measured:
    """Sweep the threshold of large medical bills."""
    bills = setting.people * 9 // 2
    folder = setting.folder / f"sweep_{setting.people}"
    folder.mkdir()
    files = make_lake(folder, persons=setting.people, bills=bills)
    plan = planned("large_medical_bill")
    return best_of(
        BENCHMARK,
        rows=bills,
        ours=lambda: seconds_of(lambda: try_thresholds(plan, files)),
        yard=lambda: seconds_of(lambda: scan(plan, files)),
        rounds=setting.rounds,
    )


BENCHMARK = Benchmark(
    name="sweep",
    what="fifty thresholds for large medical bills in one pass",
    yardstick="one scan with one threshold",
    at_most=1.5,
    run=run,
)
