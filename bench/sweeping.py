"""How long fifty thresholds take together, against one scan with its threshold, in the same run."""

from __future__ import annotations

from bench.lakes import AS_OF, KNOWN_AT, THREADS, Files, beside_a_scan, lake_of, views_of
from bench.measuring import Benchmark, Measured, Setting
from proactive.rules.axes import Axis, evenly
from proactive.rules.duck import EngineLimits
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import Plan
from proactive.rules.sweeping import sweep

POINTS = 50
FROM, TO = "5000", "60000"


def try_thresholds(plan: Plan, files: Files) -> int:
    """Sweep the threshold for everybody who has no low income; return the hits of all points."""
    values = evenly(FROM, TO, POINTS, ParameterType.MONEY)
    found = sweep(
        plan,
        views_of(plan, files),
        axes=[Axis("oop_threshold", values)],
        as_of=AS_OF,
        known_at=KNOWN_AT,
        limits=EngineLimits(memory="4GB", threads=THREADS),
    )
    return sum(total.hits for total in found.totals())


def run(setting: Setting) -> Measured:
    """Sweep the threshold of large medical bills."""
    return beside_a_scan(BENCHMARK, setting, lake_of(setting), try_thresholds)


BENCHMARK = Benchmark(
    name="sweep",
    what="fifty thresholds for large medical bills in one pass",
    yardstick="one scan with one threshold",
    at_most=1.5,
    run=run,
)
