"""What a shadow looks like: bars for each run beside the version in use, and the newest by town."""

from collections.abc import Sequence
from typing import Any

from proactive.kernel.work import Work
from proactive.tuning.queries import ShadowRun
from web.charts import Frame, Series, bar_chart
from web.language import say_sentence
from web.policy.trial_words import place_names
from web.say import gettext

MOST_RUNS = 20
PARTS = ("only_live", "only_candidate", "both")


def shadow_view(work: Work, runs: Sequence[ShadowRun]) -> dict[str, Any]:
    """Return chart and rows of the looks that have been finished."""
    done = [run for run in runs if run.finished_at is not None]
    counted = [run for run in done if run.why is None]
    shown = counted[-MOST_RUNS:]
    beside = any(run.beside for run in shown)
    newest = counted[-1] if counted else None
    towns = newest.by_area if newest else {}
    codes = sorted({code for counts in towns.values() for code in counts})
    chart = None
    if shown:
        frame = Frame(
            "shadow",
            gettext("Whom the two versions found, run by run"),
            gettext("Only counts: the candidate raises nothing."),
            gettext("day of the run"),
            gettext("people"),
        )
        series = [Series(gettext("only the candidate"), [one.only_candidate for one in shown])]
        if beside:
            series += [
                Series(gettext("only the version in use"), [one.only_live for one in shown]),
                Series(gettext("both"), [one.both for one in shown]),
            ]
        chart = bar_chart(frame, [f"{one.as_of:%m-%d}" for one in shown], series)
    return {
        "chart": chart,
        "beside": beside,
        "runs": [(run, _why(run)) for run in reversed(done)],
        "codes": codes,
        "places": place_names(work, codes),
        "towns": {part: towns.get(part, {}) for part in PARTS},
        "waiting": len(runs) - len(done),
    }


def _why(run: ShadowRun) -> str:
    if run.why is None:
        return ""
    return say_sentence(str(run.why["what"]), dict(run.why.get("facts", {})))
