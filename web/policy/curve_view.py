"""What a sweep looks like: a curve or a grid, the posts' capacity, how often people agreed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import current_app
from markupsafe import Markup

from proactive.kernel.work import Work
from proactive.rules.grammar import Parameter, TriggerRule
from proactive.rules.speaking import say_parameter
from web.charts import Frame, Mark, Series, grid_chart, line_chart
from web.language import chosen_language
from web.policy.trial_words import class_name, place_of, say_value, unit_of
from web.say import gettext

View = dict[str, Any]


def sweep_view(
    _work: Work, result: Mapping[str, Any], rule: TriggerRule, _asked: Mapping[str, str]
) -> View:
    """Return charts and rows of a sweep over one parameter or two."""
    axes = [(axis, rule.parameters[axis["parameter"]]) for axis in result["axes"]]
    in_force = [axis["in_force"] for axis, _ in axes]
    rows = [
        {
            **point,
            "said": [
                say_value(p, text) for (_, p), text in zip(axes, point["values"], strict=True)
            ],
            "now": _same(axes, point["values"], in_force),
        }
        for point in result["points"]
    ]
    view: View = {
        "as_of": date.fromisoformat(result["as_of"]),
        "names": [axis_title(axis, parameter, rule) for axis, parameter in axes],
        "now_said": _said(axes, in_force),
        "rows": rows,
        "judged": any(point["precision"] for point in result["points"]),
        "can_change": "changing.begin" in current_app.view_functions,
    }
    if len(axes) == 1:
        return view | _curves(result, rule, *axes[0])
    return view | _grid(result, rule, axes)


def _said(axes: Sequence[tuple[Mapping[str, Any], Parameter]], texts: Sequence[str]) -> list[str]:
    return [say_value(parameter, text) for (_, parameter), text in zip(axes, texts, strict=True)]


def axis_title(axis: Mapping[str, Any], parameter: Parameter, rule: TriggerRule) -> str:
    """Return what an axis varies: the parameter, and the class of people it holds for."""
    name = str(axis["parameter"])
    title = parameter.title.in_language(chosen_language()) if parameter.title else name
    return f"{title} ({class_name(rule, axis['class'])})" if axis["class"] else title


def _with_unit(axis: Mapping[str, Any], parameter: Parameter, rule: TriggerRule) -> str:
    unit, title = unit_of(parameter, axis["values"][0]), axis_title(axis, parameter, rule)
    return f"{title} ({unit})" if unit else title


def _same(
    axes: Sequence[tuple[Mapping[str, Any], Parameter]], one: Sequence[str], other: Sequence[str]
) -> bool:
    places = zip(axes, one, other, strict=True)
    return all(a == b or (place_of(p, a) or a) == (place_of(p, b) or b) for (_, p), a, b in places)


def _curves(
    result: Mapping[str, Any], rule: TriggerRule, axis: Mapping[str, Any], parameter: Parameter
) -> View:
    points = result["points"]
    places = [place_of(parameter, point["values"][0]) for point in points]
    known = [place for place in places if place is not None]
    if len(known) < 2 or len(known) < len(places):
        return {"charts": []}
    across = _with_unit(axis, parameter, rule)
    now_at = place_of(parameter, axis["in_force"])
    now = Mark(gettext("in force"), now_at) if now_at is not None else None
    charts = [_found(result, across, known, now)]
    if result["posts"]:
        charts.append(_over(result, across, known, now))
    if any(point["precision"] for point in points):
        charts.append(_agreed(points, across, known, now))
    return {"charts": charts}


def _found(result: Mapping[str, Any], across: str, places: list[float], now: Mark | None) -> Markup:
    points = result["points"]
    first, last = points[0], points[-1]
    frame = Frame(
        "found",
        gettext("People found at each value"),
        gettext(
            "From %(first)s people at the lowest value to %(last)s at the highest.",
            first=first["subjects"],
            last=last["subjects"],
        ),
        across,
        gettext("people"),
    )
    weekly = result["capacity"]
    most = max(point["subjects"] for point in points)
    limit = None
    if weekly and weekly <= max(most * 3, 10):
        limit = Mark(gettext("all posts together, a week"), weekly)
    series = [
        Series(gettext("found"), [point["subjects"] for point in points]),
        Series(gettext("new"), [point["new"] for point in points]),
    ]
    return line_chart(frame, places, series, limit=limit, now=now)


def _over(result: Mapping[str, Any], across: str, places: list[float], now: Mark | None) -> Markup:
    posts = result["posts"]
    shares = [point["over"] / posts * 100 for point in result["points"]]
    frame = Frame(
        "over",
        gettext("Share of posts with more than they can do in time"),
        gettext("Highest %(share)s percent.", share=f"{max(shares):.0f}"),
        across,
        gettext("percent of posts"),
    )
    return line_chart(frame, places, [Series(gettext("over capacity"), shares)], now=now, whole=100)


def _agreed(
    points: Sequence[Mapping[str, Any]], across: str, places: list[float], now: Mark | None
) -> Markup:
    frame = Frame(
        "agreed",
        gettext("How often people confirmed those at or above each value"),
        gettext("The band is where the true share lies, 19 times out of 20."),
        across,
        gettext("percent confirmed"),
    )

    def part(name: str) -> list[float | None]:
        values = [(point["precision"] or {}).get(name) for point in points]
        return [None if value is None else value * 100 for value in values]

    series = Series(gettext("confirmed"), part("share"), part("low"), part("high"))
    return line_chart(frame, places, [series], now=now, whole=100)


def _grid(
    result: Mapping[str, Any],
    rule: TriggerRule,
    axes: Sequence[tuple[Mapping[str, Any], Parameter]],
) -> View:
    (first, one), (second, other) = axes
    cells = {tuple(point["values"]): point for point in result["points"]}
    columns, lines = first["values"], second["values"]
    table = [[cells[column, line] for column in columns] for line in lines]
    frame = Frame(
        "grid",
        gettext("People found at each pair of values"),
        gettext("The darker a field, the more people; a cross: some posts cannot do it in time."),
        _with_unit(first, one, rule),
        _with_unit(second, other, rule),
    )
    now = _place_now(axes)
    chart = grid_chart(
        frame,
        [_short(one, text) for text in columns],
        [_short(other, text) for text in lines],
        [[point["subjects"] for point in row] for row in table],
        now=now,
        crossed=[[point["over"] > 0 for point in row] for row in table],
    )
    heads = [say_value(one, text) for text in columns]
    body = [(say_value(other, text), row) for text, row in zip(lines, table, strict=True)]
    return {"charts": [chart], "grid": (heads, body), "now": now}


def _short(parameter: Parameter, text: str) -> str:
    """A value as the edge of a grid has room for it, without its unit."""
    return say_parameter(parameter.type, text, chosen_language())


def _place_now(
    axes: Sequence[tuple[Mapping[str, Any], Parameter]],
) -> tuple[int, int] | None:
    found = []
    for axis, parameter in axes:
        now = place_of(parameter, axis["in_force"])
        places = [place_of(parameter, text) for text in axis["values"]]
        if now is None or now not in places:
            return None
        found.append(places.index(now))
    return found[0], found[1]
