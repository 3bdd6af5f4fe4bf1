"""The parts that charts are drawn from: scales, lines, dots, bars, letters, the figure around."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, floor, log10

from markupsafe import Markup

WIDTH, HEIGHT = 400, 280
LEFT, RIGHT, TOP, BOTTOM = 50, 388, 30, 228
MOST_MARKS = 60
MOST_LETTERS = 6  # columns of a grid whose cells have room for their number

Say = Callable[[float], str]


def plain(value: float) -> str:
    """Return a number with its thousands apart, without empty decimals."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")


@dataclass(frozen=True, slots=True)
class Series:
    """Figures of one name, one for each place on the other axis; None leaves a gap.

    `low` and `high`, where given, are drawn as a band around the line.
    """

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the picture with its name: a capacity, or the value in force."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Frame:
    """What every picture has: its name on the page, what it shows, and what the axes mean."""

    key: str
    title: str
    about: str
    across: str
    up: str
    say_up: Say = plain
    parts: list[Markup] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        whole = self.high - self.low
        part = (value - self.low) / whole if whole else 0.5
        return self.start + part * (self.end - self.start)


def units(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Return points as an SVG list."""
    return " ".join(f"{units(x)},{units(y)}" for x, y in points)


def write(
    frame: Frame, x: float, y: float, words: str, anchor: str = "start", kind: str = ""
) -> None:
    frame.parts.append(
        Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            kind, units(x), units(y), anchor, words
        )
    )


def line(frame: Frame, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
    frame.parts.append(
        Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            kind, units(x1), units(y1), units(x2), units(y2)
        )
    )


def heights(frame: Frame, y: Scale) -> None:
    for value in round_steps(y.low, y.high, 4):
        line(frame, "axis" if value == 0 else "guide", LEFT, y(value), RIGHT, y(value))
        write(frame, LEFT - 5, y(value) + 4, frame.say_up(value), "end")


def below(frame: Frame, x: float, words: str) -> None:
    anchor = "end" if x > RIGHT - 12 else "middle"
    write(frame, min(x, RIGHT + 8), BOTTOM + 17, words, anchor)


def across(frame: Frame, y: float, words: str) -> None:
    line(frame, "limit", LEFT, y, RIGHT, y)
    write(frame, RIGHT, y - 5 if y > TOP + 14 else y + 14, words, "end", "limit-name")


def upright(frame: Frame, x: float, words: str, *, lower: bool = False) -> None:
    """Draw a line from top to bottom with its name; `lower` leaves the top to another name."""
    line(frame, "now", x, TOP, x, BOTTOM)
    late = x > (LEFT + RIGHT) / 2
    height = TOP + 46 if lower else TOP + 12
    write(frame, x - 4 if late else x + 4, height, words, "end" if late else "start", "now-name")


def curve(
    frame: Frame, number: int, one: Series, places: Sequence[float], x: Scale, y: Scale
) -> None:
    points = [
        (x(place), y(value)) if value is not None else None
        for place, value in zip(places, one.values, strict=True)
    ]
    for stretch in _stretches(points):
        shape = Markup('<polyline class="line s{}" points="{}"/>')
        frame.parts.append(shape.format(number, path_of(stretch)))
    if len(points) <= MOST_MARKS:
        for point in points:
            if point is not None:
                _dot(frame, number, *point)


def _stretches(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [stretch for stretch in found if len(stretch) > 1]


def _dot(frame: Frame, number: int, x: float, y: float) -> None:
    """Round for the first series, square for the second, pointed for the third."""
    shapes = (
        Markup('<circle class="dot s{}" cx="{}" cy="{}" r="2.6"/>').format(
            number, units(x), units(y)
        ),
        Markup('<rect class="dot s{}" x="{}" y="{}" width="5" height="5"/>').format(
            number, units(x - 2.5), units(y - 2.5)
        ),
        Markup('<polygon class="dot s{}" points="{}"/>').format(
            number, path_of([(x, y - 3.5), (x - 3.2, y + 2.5), (x + 3.2, y + 2.5)])
        ),
    )
    frame.parts.append(shapes[(number - 1) % len(shapes)])


def band(
    frame: Frame, number: int, one: Series, places: Sequence[float], x: Scale, y: Scale
) -> None:
    if not one.low or not one.high:
        return
    known = [
        (x(place), low, high)
        for place, low, high in zip(places, one.low, one.high, strict=True)
        if low is not None and high is not None
    ]
    edge = [(px, y(high)) for px, _, high in known] + [(px, y(low)) for px, low, _ in known[::-1]]
    if len(known) > 1:
        shape = Markup('<polygon class="band s{}" points="{}"/>')
        frame.parts.append(shape.format(number, path_of(edge)))


def bar(frame: Frame, number: int, x: float, wide: float, high: float) -> None:
    shape = Markup('<rect class="bar s{}" x="{}" y="{}" width="{}" height="{}"/>')
    sides = [units(one) for one in (x, BOTTOM - high, wide, high)]
    frame.parts.append(shape.format(number, *sides))
    if number > 1:  # hatched, so that it is told from the first without its colour
        steps = range(int(BOTTOM - high), BOTTOM, 6)
        for top, end in pairwise([*steps, BOTTOM]) if wide > 2 else ():
            low, high_ = (end, top) if number == 2 else (top, end)
            line(frame, "hatch", x, low, x + wide, high_)


def cross(frame: Frame, x: float, y: float) -> None:
    ground = Markup('<circle class="cross-ground" cx="{}" cy="{}" r="6"/>')
    frame.parts.append(ground.format(units(x), units(y)))
    line(frame, "cross", x - 3, y - 3, x + 3, y + 3)
    line(frame, "cross", x - 3, y + 3, x + 3, y - 3)


def top_of(highest: float) -> float:
    """A round number at or above the highest figure, at least 4 so that steps are whole."""
    highest = max(highest, 1e-9)
    if highest < 1:
        return 1
    size = float(10 ** floor(log10(highest)))
    whole = next(size * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * step >= highest)
    return max(4.0, whole)


def round_steps(low: float, high: float, count: int) -> list[float]:
    """Round numbers from `low` to `high`, about `count` + 1 of them."""
    if high <= low:
        return [low]
    raw = (high - low) / count
    size = float(10 ** floor(log10(raw)))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= raw * 0.99)
    first = ceil(low / step - 1e-9)
    return [round(n * step, 6) for n in range(first, floor(high / step + 1e-9) + 1)]


def figure(frame: Frame, names: Sequence[str], *, bars: bool = False) -> Markup:
    """The picture in its figure; the words of a legend stand outside, where they can wrap."""
    write(frame, 4, 14, frame.up, "start", "axis-name")
    write(frame, RIGHT, HEIGHT - 14, frame.across, "end", "axis-name")
    kind = "bar" if bars else "line"
    sample = Markup('<li><svg viewBox="0 0 28 12" aria-hidden="true">{}</svg> {}</li>')
    legend = Markup("").join(
        sample.format(_sample(kind, number), name) for number, name in enumerate(names, 1)
    )
    below = Markup('<ul class="legend">{}</ul>').format(legend) if names else Markup("")
    return Markup(
        '<figure class="chart"><figcaption><strong>{}</strong> {}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>{}</figure>'
    ).format(
        frame.title,
        frame.about,
        WIDTH,
        HEIGHT,
        *(frame.key,) * 3,
        frame.title,
        frame.key,
        frame.about,
        Markup("").join(frame.parts),
        below,
    )


def _sample(kind: str, number: int) -> Markup:
    small = Frame("", "", "", "", "")
    if kind == "line":
        line(small, f"line s{number}", 1, 6, 27, 6)
        _dot(small, number, 14, 6)
    else:
        small.parts.append(
            Markup('<rect class="bar s{}" x="2" y="1" width="24" height="10"/>').format(number)
        )
        if number > 1:
            for at in (2, 10, 18):
                line(small, "hatch", at, 11, at + 8, 1)
    return Markup("").join(small.parts)
