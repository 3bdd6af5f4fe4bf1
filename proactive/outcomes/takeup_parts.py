"""The tables of a programme's parts, by month and by place, and who found its households."""

from collections.abc import Iterable

from proactive.outcomes.takeup import Programme, TakeUp, Tally
from proactive.outcomes.takeup_cells import Cell, Count, Row, Share, Table
from proactive.outcomes.takeup_words import DEFINITIONS, Figure, Words

NO_PLACE: Words = {"en": "place not known", "zh": "所在地不详"}
FOUND_BY = (Figure.FOUND_BY_TRIGGER, Figure.FOUND_BY_PEOPLE)
SERVED_BY = (Figure.SERVED_BY_TRIGGER, Figure.SERVED_BY_PEOPLE)
Part = tuple[Words, Tally]


def _w(en: str, zh: str) -> Words:
    return {"en": en, "zh": zh}


_HEADS = (
    _w("Households found", "发现户量"),
    _w("Households served", "办理户量"),
    _w("Opened", "联办件量"),
    _w("Ready at the first time", "一次性备齐率"),
    _w("Done at once", "一次性办理率"),
    _w("Within the promise", "承诺时限内"),
)
_BOUND = ((4, 5),)  # both among those that ended
_BY_WHOM = (Figure.HOUSEHOLDS_FOUND, *FOUND_BY, Figure.HOUSEHOLDS_SERVED, *SERVED_BY)
_BY_WHOM_BOUND = ((0, 1, 2), (3, 4, 5))
_NOTE = _w(
    "Found by a trigger, or reported by people first; a household with both counts once.",
    "按首次来源分为规则发现和人工上报；两种来源都有的家庭只计一次，以先者为准。",
)


def found_by(tally: Tally, what: str) -> tuple[Share, Share]:
    """Return how many households, `found` or `served`, a trigger found and people reported."""
    whole, people = tally.get(f"households_{what}", 0), tally.get(f"{what}_by_people", 0)
    return Share(whole - people, whole), Share(people, whole)


def months_of(programme: Programme) -> list[Table]:
    """Return the figures by month, and who found the households of each."""
    parts = [
        (_w(f"{month:%Y-%m}", f"{month.year}年{month.month}月"), tally)
        for month, tally in programme.months.items()
    ]
    return _tables("months", _w("By month", "分月"), parts)


def places_of(found: TakeUp, programme: Programme) -> list[Table]:
    """Return the figures by place, and who found the households of each."""
    parts = [
        (_w(name, name) if (name := found.place_names.get(code, code)) else NO_PLACE, tally)
        for code, tally in programme.places.items()
    ]
    return _tables("places", _w("By place", "分地区"), parts)


def _tables(code: str, title: Words, parts: Iterable[Part]) -> list[Table]:
    kept = list(parts)
    rows = tuple(Row(name, _figures(tally)) for name, tally in kept)
    by_whom = tuple(Row(name, _by_whom(tally)) for name, tally in kept)
    heads = tuple(DEFINITIONS[figure].title for figure in _BY_WHOM)
    by = title["en"][0].lower() + title["en"][1:]
    own = _w(f"Who found them, {by}", f"发现来源（{title['zh']}）")
    return [
        Table(code, title, _HEADS, rows, bound=_BOUND),
        Table(f"{code}_by_whom", own, heads, by_whom, _NOTE, bound=_BY_WHOM_BOUND),
    ]


def _figures(tally: Tally) -> tuple[Cell, ...]:
    n = tally.get
    return (
        Count(n("households_found", 0)),
        Count(n("households_served", 0)),
        Count(n("opened", 0)),
        Share(n("ready_first", 0), n("looked_at", 0)),
        Share(n("done_once", 0), n("ended", 0)),
        Share(n("in_promise", 0), n("ended", 0)),
    )


def _by_whom(tally: Tally) -> tuple[Cell, ...]:
    found, served = Count(tally.get("households_found", 0)), tally.get("households_served", 0)
    return (found, *found_by(tally, "found"), Count(served), *found_by(tally, "served"))
