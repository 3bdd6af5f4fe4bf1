"""What back-tests and replays look like: bars by month, week or day, and the same as rows."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.tuning.model import week_of
from web.charts import Frame, Series, bar_chart
from web.policy.trial_words import feed_titles, place_names
from web.say import gettext
from web.say import lazy as _l

View = dict[str, Any]
MOST_DAYS, MOST_WEEKS = 45, 60
UNITS = {"day": _l("by day"), "week": _l("by week"), "month": _l("by month")}
PERIODS: Mapping[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": week_of,
    "month": lambda day: day.replace(day=1),
}


def backtest_view(
    work: Work, result: Mapping[str, Any], _rule: TriggerRule, _asked: Mapping[str, str]
) -> View:
    """Return bars of each month end: standing and new."""
    moments = result["moments"]
    codes = sorted({code for one in moments for code in one["towns"]})
    frame = Frame(
        "months",
        gettext("Who would have been found at each month end"),
        gettext(
            "%(first)s people at the first month end, %(last)s at the last.",
            first=moments[0]["subjects"],
            last=moments[-1]["subjects"],
        ),
        gettext("month"),
        gettext("people"),
    )
    series = [
        Series(gettext("found that day"), [one["subjects"] for one in moments]),
        Series(gettext("for the first time"), [one["new"] for one in moments]),
    ]
    return {
        "chart": bar_chart(frame, [one["as_of"][:7] for one in moments], series),
        "codes": codes,
        "places": place_names(work, codes),
        "assumed": feed_titles(result["assumed"]),
        "moments": [{**one, "silent": feed_titles(one["silent"])} for one in moments],
        "whole_from": _day(result["whole_from"]),
    }


def replay_view(
    work: Work, result: Mapping[str, Any], _rule: TriggerRule, asked: Mapping[str, str]
) -> View:
    """Return bars of who was found for the first time, by the unit that is asked for."""
    first, last = date.fromisoformat(result["first"]), date.fromisoformat(result["last"])
    days = (last - first).days + 1
    units = [unit for unit in UNITS if _fits(unit, days)]
    unit = asked.get("by", "")
    unit = unit if unit in units else units[-1]
    found, really = (_sums(result[name], unit) for name in ("days", "really"))
    starts = _starts(first, last, unit)
    live = result["scanned"] > 0
    frame = Frame(
        "firsts",
        gettext("Found for the first time"),
        gettext(
            "%(hits)s in all, %(standing)s of them on the first day already.",
            hits=result["hits"],
            standing=result["standing"],
        ),
        {"day": gettext("day"), "week": gettext("week from"), "month": gettext("month")}[unit],
        gettext("hits"),
    )
    series = [Series(gettext("replayed"), [found[start] for start in starts])]
    if live:
        series.append(Series(gettext("really found by scans"), [really[day] for day in starts]))
    labels = [f"{day:%Y-%m}" if unit == "month" else f"{day:%m-%d}" for day in starts]
    return {
        "chart": bar_chart(frame, labels, series),
        "unit": unit,
        "units": [(one, UNITS[one]) for one in units],
        "rows": [
            (f"{day:%Y-%m}" if unit == "month" else day.isoformat(), found[day], really[day])
            for day in starts
        ],
        "live": live,
        "really": sum(really.values()),
        "places": place_names(work, result["towns"]),
        "first": first,
        "last": last,
        "whole_from": _day(result["whole_from"]),
    }


def _fits(unit: str, days: int) -> bool:
    if unit == "day":
        return days <= MOST_DAYS
    return unit == "month" or days <= MOST_WEEKS * 7


def _sums(days: list[tuple[str, int]], unit: str) -> Counter[date]:
    sums: Counter[date] = Counter()
    for day, count in days:
        sums[PERIODS[unit](date.fromisoformat(day))] += count
    return sums


def _starts(first: date, last: date, unit: str) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sorted({PERIODS[unit](day) for day in days})


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
