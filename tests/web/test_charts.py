"""Charts: well-formed pictures with a title, within their frame, whatever the figures."""

from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from web.charts import Frame, Mark, Series, bar_chart, grid_chart, line_chart

FIGURES = st.lists(st.integers(0, 2_000_000), min_size=1, max_size=40)
SVG = "{http://www.w3.org/2000/svg}"


def frame() -> Frame:
    return Frame("one", "Found <b>", "What & why", "yuan", "people")


def read(markup: str) -> Element:
    """Read a picture of our own making."""
    named = str(markup).replace("<figure", '<figure xmlns="http://www.w3.org/2000/svg"', 1)
    return fromstring(named)  # noqa: S314 - we wrote it ourselves


def check(markup: str) -> Element:
    """Return the picture: it says what it is, holds no style and stays within its frame."""
    figure = read(markup)
    picture = figure.find(f"{SVG}svg")
    assert picture is not None
    assert picture.get("role") == "img"
    ids = {one.get("id") for one in picture.iter()} - {None}
    assert set(picture.get("aria-labelledby", "").split()) == ids
    assert picture.findtext(f"{SVG}title") == "Found <b>"
    assert "style=" not in markup
    for one in picture.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -1 <= float(one.get(name, 0)) <= 401
        for name in ("y", "y1", "y2", "cy"):
            assert -1 <= float(one.get(name, 0)) <= 281
    return picture


@given(FIGURES, st.integers(0, 3_000_000), st.booleans())
def test_a_curve_stays_in_its_frame(values: list[int], limit: int, whole: bool) -> None:
    places = [float(n) for n in range(len(values))]
    series = [Series("found", values), Series("new", [None, *values[1:]])]
    mark = Mark("limit", limit) if whole else None

    picture = check(line_chart(frame(), places, series, limit=mark, now=Mark("now", 0.5)))

    assert len(picture.findall(f"{SVG}line")) >= 2


@given(FIGURES)
def test_bars_are_as_many_as_figures_above_zero(values: list[int]) -> None:
    labels = [f"2026-{n:02d}" for n in range(len(values))]

    picture = check(bar_chart(frame(), labels, [Series("a", values), Series("b", values)]))

    bars = [one for one in picture.iter(f"{SVG}rect") if "bar" in one.get("class", "")]
    assert len(bars) == 2 * sum(value > 0 for value in values)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 9999))
def test_a_grid_has_a_field_for_every_pair(columns: int, rows: int, most: int) -> None:
    cells = [[(most * (n + 1)) // (m + 1) for m in range(columns)] for n in range(rows)]
    crossed = [[(n + m) % 2 == 0 for m in range(columns)] for n in range(rows)]

    picture = check(
        grid_chart(
            frame(),
            [str(n) for n in range(columns)],
            [str(n) for n in range(rows)],
            cells,
            now=(0, 0),
            crossed=crossed,
        )
    )

    fields = [one for one in picture.iter(f"{SVG}rect") if "cell" in one.get("class", "")]
    assert len(fields) == columns * rows


def test_series_are_told_apart_without_colour() -> None:
    """Each line has its own kind of dot, a second bar is hatched, and a legend names them."""
    lines = line_chart(frame(), [0, 1], [Series(name, [1, 2]) for name in ("a", "b", "c")])
    bars = bar_chart(frame(), ["x"], [Series("a", [3]), Series("b", [3])])

    shapes = {one.tag for one in read(lines).iter() if "dot" in one.get("class", "")}
    assert shapes == {f"{SVG}circle", f"{SVG}rect", f"{SVG}polygon"}
    assert "hatch" in bars
    assert read(bars).find(f"{SVG}ul") is not None


def test_nothing_at_all_is_still_a_picture() -> None:
    check(bar_chart(frame(), [], [Series("a", [])]))
    check(line_chart(frame(), [5], [Series("a", [0])]))
