"""What a trial may be asked: settings read from a form or a command, whole and ready to keep."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from proactive.kernel.errors import Refused
from proactive.rules.axes import Axis
from proactive.tuning.model import MOST_DAYS, MOST_MONTHS, TrialKind

AXES = 2


def checked_settings(kind: TrialKind, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return the settings as JSON-ready values, all of them filled in.

    dry_run: as_of. sweep: as_of, axes (parameter, values as texts, area, class). backtest:
    months. replay: first, last. Days are ISO texts. Raises Refused with what is wrong.
    """
    if kind is TrialKind.BACKTEST:
        return {"months": _months(given.get("months", 24))}
    if kind is TrialKind.REPLAY:
        return _span(_day(given.get("first"), today), _day(given.get("last"), today), today)
    day = _not_later(_day(given.get("as_of"), today), today)
    if kind is TrialKind.DRY_RUN:
        return {"as_of": day.isoformat()}
    axes = [_axis(axis) for axis in given.get("axes", ())]
    if not 1 <= len(axes) <= AXES:
        raise Refused(
            "bad_sweep",
            "A sweep varies one parameter, or two against each other.",
            todo="Choose one or two parameters and their values.",
        )
    return {"as_of": day.isoformat(), "axes": axes}


def _day(given: object, today: date) -> date:
    if given is None or given == "":
        return today
    try:
        return given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise Refused(
            "bad_day",
            "'{text}' is not a day.",
            todo="Write it like 2026-11-21.",
            text=str(given)[:20],
        ) from None


def _not_later(day: date, today: date) -> date:
    if day > today:
        raise Refused(
            "later_day",
            "{day} has not come yet.",
            why="Nobody knows the records of a day to come.",
            todo="Choose today or an earlier day.",
            day=day.isoformat(),
        )
    return day


def _months(given: object) -> int:
    text = str(given).strip()
    if not text.isdigit() or not 1 <= int(text) <= MOST_MONTHS:
        raise Refused(
            "bad_months",
            "'{text}' is not a number of months from 1 to {most}.",
            text=text[:20],
            most=MOST_MONTHS,
        )
    return int(text)


def _span(first: date, last: date, today: date) -> dict[str, Any]:
    _not_later(last, today)
    if first > last:
        raise Refused(
            "reversed_span",
            "The first day, {first}, comes after the last, {last}.",
            todo="Choose the earlier day first.",
            first=first.isoformat(),
            last=last.isoformat(),
        )
    days = (last - first).days + 1
    if days > MOST_DAYS:
        raise Refused(
            "long_span",
            "{days} days are more than can be replayed at once.",
            todo="Choose at most {most} days.",
            days=days,
            most=MOST_DAYS,
        )
    return {"first": first.isoformat(), "last": last.isoformat()}


def _axis(given: Mapping[str, Any]) -> dict[str, Any]:
    """One swept parameter; which values make sense is the engine's to say."""
    values = given.get("values", ())
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise Refused(
            "empty_range",
            "No values are given for '{parameter}'.",
            todo="Say from where to where, or list the values.",
            parameter=str(given.get("parameter", ""))[:60],
        )
    return {
        "parameter": str(given.get("parameter", "")),
        "values": [str(value) for value in values],
        "area": str(given.get("area", "")),
        "class": str(given.get("class", "")),
    }


def axes_of(settings: Mapping[str, Any]) -> list[Axis]:
    """Return the axes of a sweep's kept settings as the engine takes them."""
    return [
        Axis(one["parameter"], tuple(one["values"]), one["area"], one["class"])
        for one in settings["axes"]
    ]
