"""Charts drawn on the server as SVG: a curve, bars, a grid. No script, no inline style.

Each has a title and a sentence for those who cannot see it, colours that follow the theme, and a
shape or pattern of its own for every series, so that colour is never alone. The page puts a table
with the same figures beside it. Lengths are in units of a picture 400 wide, so that on a narrow
phone its letters are still 11 pixels high.
"""

from collections.abc import Sequence
from math import ceil, floor

from markupsafe import Markup

from web.drawing import (
    BOTTOM,
    LEFT,
    MOST_LETTERS,
    RIGHT,
    TOP,
    Frame,
    Mark,
    Scale,
    Series,
    across,
    band,
    bar,
    below,
    cross,
    curve,
    figure,
    heights,
    plain,
    round_steps,
    top_of,
    units,
    upright,
    write,
)

CROWDED = 32  # nearer than this to the top, a limit's name needs the room of another

__all__ = ("Frame", "Mark", "Series", "bar_chart", "grid_chart", "line_chart", "plain")


def line_chart(
    frame: Frame,
    places: Sequence[float],
    series: Sequence[Series],
    *,
    limit: Mark | None = None,
    now: Mark | None = None,
    whole: float = 0,
) -> Markup:
    """Return curves over `places`; `limit` lies across at a height, `now` stands at a place.

    The picture reaches up to `whole`, 100 for percents, or as high as the figures do.
    """
    every = [value for one in series for value in (*one.values, *one.high) if value is not None]
    highest = max([*every, limit.at if limit else 0, 0])
    x = Scale(min(places), max(places), LEFT, RIGHT)
    y = Scale(0, whole or top_of(highest), BOTTOM, TOP)
    heights(frame, y)
    for value in round_steps(x.low, x.high, 4):
        below(frame, x(value), plain(value))
    for number, one in enumerate(series, 1):
        band(frame, number, one, places, x, y)
        curve(frame, number, one, places, x, y)
    if limit is not None:
        across(frame, y(limit.at), limit.name)
    if now is not None and x.low <= now.at <= x.high:
        crowded = limit is not None and abs(y(limit.at) - TOP) < CROWDED
        upright(frame, x(now.at), now.name, lower=crowded)
    return figure(frame, [one.name for one in series] if len(series) > 1 else [])


def bar_chart(
    frame: Frame, labels: Sequence[str], series: Sequence[Series], *, limit: Mark | None = None
) -> Markup:
    """Return bars, one group for each of `labels`; where they are many only some are written."""
    every = [value for one in series for value in one.values if value is not None]
    y = Scale(0, top_of(max([*every, limit.at if limit else 0, 0])), BOTTOM, TOP)
    heights(frame, y)
    room = (RIGHT - LEFT) / max(1, len(labels))
    wide = room * 0.8 / max(1, len(series))
    skip = max(1, ceil(len(labels) / max(1, 330 // (8 * max(map(len, labels), default=1) + 8))))
    for place, label in enumerate(labels):
        start = LEFT + place * room + room * 0.1
        if place % skip == 0:
            below(frame, start + room * 0.4, label)
        for number, one in enumerate(series, 1):
            value = one.values[place]
            if value:
                at, height = start + (number - 1) * wide, BOTTOM - y(value)
                bar(frame, number, at, wide, height)
    if limit is not None:
        across(frame, y(limit.at), limit.name)
    return figure(frame, [one.name for one in series] if len(series) > 1 else [], bars=True)


def grid_chart(
    frame: Frame,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Sequence[Sequence[float]],
    *,
    now: tuple[int, int] | None = None,
    crossed: Sequence[Sequence[bool]] = (),
) -> Markup:
    """Return a grid, rows upwards; the fuller a cell, the darker, in five steps.

    `now` (column, row) is framed; `crossed` cells bear a cross, whose meaning the page tells.
    """
    most = max((value for row in cells for value in row), default=0) or 1
    wide, high = (RIGHT - LEFT) / len(columns), (BOTTOM - TOP) / len(rows)
    skip_x = max(1, ceil(len(columns) * (8 * max(map(len, columns)) + 8) / (RIGHT - LEFT)))
    skip_y = max(1, ceil(len(rows) * 16 / (BOTTOM - TOP)))
    for n, row in enumerate(cells):
        top = BOTTOM - (n + 1) * high
        if n % skip_y == 0:
            write(frame, LEFT - 5, top + high / 2 + 4, rows[n], "end")
        for m, value in enumerate(row):
            left, step = LEFT + m * wide, min(4, floor(value / most * 5))
            frame.parts.append(
                Markup('<rect class="cell step-{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    step, units(left), units(top), units(wide), units(high)
                )
            )
            if len(columns) <= MOST_LETTERS:
                write(
                    frame,
                    left + wide / 2,
                    top + high / 2 + 4,
                    frame.say_up(value),
                    "middle",
                    "dark" if step > 2 else "",
                )
            if crossed and crossed[n][m]:
                cross(frame, left + wide - 7, top + 7)
    for m, label in enumerate(columns):
        if m % skip_x == 0:
            below(frame, LEFT + (m + 0.5) * wide, label)
    if now is not None:
        left, top = LEFT + now[0] * wide, BOTTOM - (now[1] + 1) * high
        frame.parts.append(
            Markup('<rect class="chosen" x="{}" y="{}" width="{}" height="{}"/>').format(
                units(left), units(top), units(wide), units(high)
            )
        )
    return figure(frame, [])
