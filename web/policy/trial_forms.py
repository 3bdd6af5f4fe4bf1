"""The forms of "Try it": sensible values to begin with, and what a person has filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import request
from sqlalchemy import Row

from proactive.areas.queries import names
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.axes import evenly
from proactive.rules.grammar import Parameter, ParameterType, TriggerRule
from proactive.rules.nodes import Plan
from proactive.rules.variants import is_used, threshold_of
from proactive.tuning.coverage import bearing_feeds, coverage
from proactive.tuning.model import TrialKind
from web.access import work
from web.policy.trial_words import class_name, place_of, say_value
from web.reading import posted_text
from web.say import gettext
from web.words import word

POINTS, GRID_POINTS = 50, 8
MOST_MONTHS = 24
SHADOW_DAYS = 28


@dataclass(frozen=True, slots=True)
class Varied:
    """A parameter that can be varied: its name on the page and the value that holds now."""

    name: str
    title: str
    now: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the forms: first our own suggestions, then what the person sent."""

    parameters: tuple[Varied, ...]
    class_choices: tuple[tuple[str, str], ...]
    areas: Mapping[str, str]
    values: Mapping[str, str]


def filled(unit: Work, plan: Plan, language: str) -> Filled:
    """Return the forms of a version as they are first shown."""
    rule, today = plan.rule, unit.today
    varied = tuple(
        Varied(name, _title(name, one, language), say_value(one, _now(one, today)))
        for name, one in rule.parameters.items()
        if is_used(plan, name)
    )
    codes = {value.area for one in rule.parameters.values() for value in one.values} - {""}
    line = threshold_of(plan)
    first = line[1] if line else next((one.name for one in varied), "")
    parameter = rule.parameters.get(first)
    start, stop = _around(parameter, today) if parameter else ("", "")
    since = _known_since(unit, plan)
    defaults = {
        "as_of": today.isoformat(),
        "parameter": first,
        "start": start,
        "stop": stop,
        "points": str(POINTS),
        "other": "",
        "other_start": "",
        "other_stop": "",
        "other_points": str(GRID_POINTS),
        "klass": "",
        "area": "",
        "months": str(_months(since, today)),
        "first": max(since, today - timedelta(days=365)).isoformat(),
        "last": today.isoformat(),
        "until": (today + timedelta(days=SHADOW_DAYS)).isoformat(),
    }
    sent = {name: value for name, value in request.form.items() if name in defaults}
    classes = tuple((name, class_name(rule, name)) for name in rule.classes)
    return Filled(varied, classes, names(unit.db, codes), {**defaults, **sent})


def settings_sent(kind: TrialKind, rule: TriggerRule) -> dict[str, Any]:
    """Return the settings of the form that was sent; Refused for a range that is none."""
    if kind is TrialKind.DRY_RUN:
        return {"as_of": posted_text("as_of", 10)}
    if kind is TrialKind.BACKTEST:
        return {"months": posted_text("months", 3)}
    if kind is TrialKind.REPLAY:
        return {name: posted_text(name, 10) for name in ("first", "last")}
    first = _axis(rule, "parameter", "start", "stop", "points")
    first |= {"class": posted_text("klass", 64), "area": posted_text("area", 32)}
    axes = [first]
    if posted_text("other", 64):
        axes.append(_axis(rule, "other", "other_start", "other_stop", "other_points"))
    return {"as_of": posted_text("as_of", 10), "axes": axes}


def _axis(rule: TriggerRule, name: str, start: str, stop: str, points: str) -> dict[str, Any]:
    chosen, low, high = (posted_text(one, 64) for one in (name, start, stop))
    parameter = rule.parameters.get(chosen)
    count = posted_text(points, 3)
    if parameter is None or not low or not high:
        return {"parameter": chosen, "values": []}
    if parameter.type in (ParameterType.CODE, ParameterType.CODES):
        return {"parameter": chosen, "values": list(dict.fromkeys((low, high)))}
    if not count.isdigit() or int(count) < 2:
        raise Refused(
            "bad_points",
            "'{text}' is no number of points.",
            todo="Write a number of at least 2.",
            text=count,
        )
    ends = _as_in_file(parameter, low), _as_in_file(parameter, high)
    values = evenly(*ends, max(2, int(count) - 1), parameter.type)
    return {"parameter": chosen, "values": with_now(parameter, values, posted_text("klass", 64))}


def with_now(parameter: Parameter, values: Sequence[str], klass: str) -> list[str]:
    """Return the values with the one in force among them, so that it can be compared."""
    now = _now(parameter, work().today, klass) or _now(parameter, work().today)
    places = {text: place_of(parameter, text) for text in (*values, *([now] if now else []))}
    low, high, here = places[values[0]], places[values[-1]], places.get(now)
    between = low is not None and high is not None and here is not None and low < here < high
    if not between or here in (places[text] for text in values):
        return list(values)
    return sorted([*values, now], key=lambda text: places[text] or 0)


def _as_in_file(parameter: Parameter, text: str) -> str:
    """Return what a person wrote as the file would have it: 30% is 0.3, 5,000 is 5000."""
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    if parameter.type is ParameterType.RATIO and plain.endswith(("%", "％")):
        try:
            return format((Decimal(plain[:-1].strip()) / 100).normalize(), "f")
        except ArithmeticError:
            return plain
    return plain


def _title(name: str, parameter: Parameter, language: str) -> str:
    return parameter.title.in_language(language) if parameter.title else name


def _now(parameter: Parameter, today: date, klass: str = "") -> str:
    """The newest value that holds everywhere for a class, or for everybody; '' for none."""
    held = [
        value
        for value in parameter.values
        if value.from_ <= today and not value.area and value.class_ == klass
    ]
    newest = max(held, key=lambda value: value.from_, default=None)
    return ",".join(newest.value) if newest else ""


def _around(parameter: Parameter, today: date) -> tuple[str, str]:
    """A range around the value in force: from a fifth of it to a bit over twice as much."""
    text = _now(parameter, today)
    amounts = (ParameterType.MONEY, ParameterType.NUMBER, ParameterType.RATIO)
    if not text or parameter.type not in amounts:
        return "", ""
    value = Decimal(text)
    return _round(value * Decimal("0.2")), _round(value * Decimal("2.3"))


def _round(value: Decimal) -> str:
    """One figure and zeros: 5,200 becomes 5000."""
    return format(round(value, -value.adjusted()).normalize(), "f") if value else "0"


def _known_since(unit: Work, plan: Plan) -> date:
    """The first day that can be looked back to."""
    days = [one.since for one in coverage(unit, plan, bearing_feeds(plan)) if one.since]
    return max(days, default=unit.today)


def _months(since: date, today: date) -> int:
    whole = (today.year - since.year) * 12 + today.month - since.month
    return max(1, min(MOST_MONTHS, whole))


def version_words(row: Row[Any]) -> str:
    """Return a version as a choice: its number and where it stands."""
    state = word("trigger", row.state)
    return gettext("version %(number)s: %(state)s", number=row.version, state=state)
