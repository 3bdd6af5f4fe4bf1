"""What a finished trial looks like on its page: charts and the rows of the tables beside them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.rules.words import describe_unknown
from proactive.tuning.queries import Trial
from web.access import platform
from web.language import chosen_language
from web.policy.busy_view import busiest, town_bars
from web.policy.curve_view import sweep_view
from web.policy.lookback_view import backtest_view, replay_view
from web.policy.trial_words import class_name, feed_titles, place_names

View = dict[str, Any]
MOST_ON_PAGE = 60


def view_of(work: Work, trial: Trial, rule: TriggerRule, asked: Mapping[str, str]) -> View:
    """Return what the template of the trial's kind shows; `asked` are the page's own choices."""
    result = trial.result or {}
    make = VIEWS[trial.kind]
    return {**make(work, result, rule, asked), **_silence(result), "r": result}


def _silence(result: Mapping[str, Any]) -> View:
    return {name: feed_titles(result.get(name, ())) for name in ("stale", "never", "stops_scan")}


def _dry_run(
    work: Work, result: Mapping[str, Any], rule: TriggerRule, _asked: Mapping[str, str]
) -> View:
    language = chosen_language()
    codes = {row["area"] for part in ("towns", "villages", "load") for row in result[part]}
    places = place_names(work, codes | {row["town"] for row in result["villages"]})
    contracts = platform().contracts
    return {
        "as_of": date.fromisoformat(result["as_of"]),
        "judged_since": date.fromisoformat(result["judged"]["since"])
        if result.get("judged")
        else None,
        "places": places,
        "unknown": [
            (describe_unknown(rule, fact, language, contracts), count)
            for fact, count in result["unknown"].items()
        ],
        "gaps": [
            [describe_unknown(rule, fact, language, contracts) for fact in one["unknowns"]]
            for one in result["sample"]
        ],
        "classes": [
            (class_name(rule, name), count)
            for name, count in result["classes"].items()
            if name and len(result["classes"]) > 1
        ],
        "words": [one[language] for one in result["sample"]],
        "busy": busiest(result),
        "town_bars": town_bars(result, places),
        "load": result["load"][:MOST_ON_PAGE],
        "more_load": max(0, len(result["load"]) - MOST_ON_PAGE),
    }


Make = Callable[[Work, Mapping[str, Any], TriggerRule, Mapping[str, str]], View]
VIEWS: Mapping[str, Make] = {
    "dry_run": _dry_run,
    "sweep": sweep_view,
    "backtest": backtest_view,
    "replay": replay_view,
}
