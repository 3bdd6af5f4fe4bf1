"""The tables of one programme, made once for page, Excel file and command line."""

from dataclasses import replace

from proactive.outcomes.takeup import Programme, TakeUp, Tally, add_up
from proactive.outcomes.takeup_cells import (
    Cell,
    Count,
    Mean,
    Note,
    Row,
    Share,
    Table,
    hidden_alone,
    hidden_parts,
)
from proactive.outcomes.takeup_parts import (
    FOUND_BY,
    SERVED_BY,
    found_by,
    months_of,
    places_of,
)
from proactive.outcomes.takeup_words import (
    DEFINITIONS,
    RETURN_WHY,
    SAVED_NOTE,
    SAVINGS,
    Figure,
    Words,
)
from proactive.visits.definitions import Words as TitleWords

KINDS = ("working", "calendar")


def tables_of(found: TakeUp, programme: Programme) -> list[Table]:
    """Return the tables of a programme; those without a line are left out."""
    whole = [
        _indicators(programme),
        _joint(programme),
        _items(programme),
        _clocks(programme),
        _savings(programme),
        _returns(programme),
    ]
    months, places = months_of(programme), places_of(found, programme)
    if _beside_others_only(found):
        whole[0] = _without_sources(whole[0])
        months = [table for table in months if table.code == "months"]
    if found.hide_total:
        whole = [_hidden_whole(table) for table in whole]
        months = [hidden_parts(table) for table in months if table.rows]
    if found.hide_parts:
        # One part alone is the whole: it would say who stands behind a hidden figure.
        places = [hidden_parts(table) for table in places if len(table.rows) > 1]
    return [table for table in (*whole, *months, *places) if table.rows]


def _beside_others_only(found: TakeUp) -> bool:
    """Answer whether this is one town, asked for by who does not work there.

    Who found its households is told beside the other towns: what is hidden there could else be
    worked out from the towns asked for one by one.
    """
    return found.hide_total and not found.asked.public


def _without_sources(indicators: Table) -> Table:
    sources = {DEFINITIONS[figure].title["en"] for figure in (*FOUND_BY, *SERVED_BY)}
    rows = tuple(row for row in indicators.rows if row.name["en"] not in sources)
    return replace(indicators, rows=rows)


def _hidden_whole(table: Table) -> Table:
    """Hide small figures; those of parts whose sum stands among the indicators with one more."""
    parts = table.code in ("joint", "items", "returns") and table.rows
    return hidden_parts(table) if parts else hidden_alone(table)


_OVERVIEW = (
    Figure.HOUSEHOLDS_SERVED,
    Figure.OPENED,
    Figure.READY_FIRST,
    Figure.RETURNED,
    Figure.DONE_ONCE,
    Figure.IN_PROMISE,
)


def overview_of(found: TakeUp) -> Table:
    """Return a line for each programme that has figures."""
    rows = (
        Row(title_of(one), tuple(figures_of(one)[figure] for figure in _OVERVIEW), code=one.bundle)
        for one in found.programmes
        if one.total
    )
    heads = tuple(DEFINITIONS[figure].title for figure in _OVERVIEW)
    table = Table("overview", _w("All programmes", "全部“一件事”"), heads, tuple(rows))
    return hidden_alone(table) if found.hide_total else table


def title_of(programme: Programme) -> Words:
    return _both(programme.definition.title)


def _both(words: TitleWords) -> Words:
    return {"en": words.in_language("en"), "zh": words.in_language("zh")}


def _w(en: str, zh: str) -> Words:
    return {"en": en, "zh": zh}


def figures_of(programme: Programme) -> dict[Figure, Cell]:
    """Return every indicator of a programme as a whole."""
    total, items = programme.total, add_up(programme.items.values())
    n, relative = total.get, programme.relative
    joint = n("handed_in", 0) - n("items_1", 0)
    return {
        Figure.RELATIVE_VOLUME: Share(relative.inside, relative.in_all)
        if relative and relative.in_all
        else Note("no_office_count"),
        Figure.HOUSEHOLDS_FOUND: Count(n("households_found", 0)),
        **dict(zip(FOUND_BY, found_by(total, "found"), strict=True)),
        Figure.HOUSEHOLDS_SERVED: Count(n("households_served", 0)),
        **dict(zip(SERVED_BY, found_by(total, "served"), strict=True)),
        Figure.OPENED: Count(n("opened", 0)),
        Figure.ITEMS: Count(items.get("handed_in", 0)),
        Figure.JOINT: Share(joint, n("handed_in", 0)),
        Figure.READY_FIRST: Share(n("ready_first", 0), n("looked_at", 0)),
        Figure.RETURNED: Share(items.get("returned", 0), items.get("handed_in", 0)),
        Figure.DONE_ONCE: Share(n("done_once", 0), n("ended", 0)),
        Figure.IN_PROMISE: Share(n("in_promise", 0), n("ended", 0)),
        Figure.IN_LEGAL: Share(n("in_legal", 0), n("ended_legal", 0))
        if programme.definition.limits.legal or n("ended_legal")
        else Note("no_limit"),
        Figure.WHOLE_DAYS: Mean(n("whole_days", 0), n("ended", 0), "days"),
    }


def _indicators(programme: Programme) -> Table:
    rows = (
        Row(DEFINITIONS[figure].title, (cell,), DEFINITIONS[figure].says)
        for figure, cell in figures_of(programme).items()
    )
    return Table("indicators", _w("Indicators", "指标"), (_w("Value", "数值"),), tuple(rows))


def _joint(programme: Programme) -> Table:
    """Return how many programmes were handled with 1, 2, 3 … items."""
    numbers = sorted(
        (int(counter.removeprefix("items_")), count)
        for counter, count in programme.total.items()
        if counter.startswith("items_") and counter != "items_0"
    )
    rows = (
        Row(_w(f"{items} item{'s' if items > 1 else ''}", f"{items}项"), (Count(count),))
        for items, count in numbers
    )
    return Table(
        "joint",
        _w("By number of items", "联办量（按事项数）"),
        (_w("Programmes", "件数"),),
        tuple(rows),
    )


def _titles(programme: Programme) -> dict[str, Words]:
    return {item.code: _both(item.title) for item in programme.definition.items}


def _items(programme: Programme) -> Table:
    titles = _titles(programme)
    rows = (
        Row(
            titles[code],
            (
                Count(tally.get("handed_in", 0)),
                Share(tally.get("ready_first", 0), tally.get("looked_at", 0)),
                Share(tally.get("returned", 0), tally.get("handed_in", 0)),
                Share(tally.get("done_once", 0), tally.get("decided", 0)),
                Count(tally.get("granted", 0)),
                Count(tally.get("refused", 0)),
            ),
        )
        for code, tally in programme.items.items()
        if tally.get("handed_in")
    )
    heads = (
        _w("Handled", "单事项办件量"),
        _w("Ready at the first time", "一次性备齐率"),
        _w("Return rate", "退件率"),
        _w("Done at once", "一次性办理率"),
        _w("Granted", "准予"),
        _w("Refused", "不予办理"),
    )
    bound = ((0, 2), (3, 4, 5))
    return Table("items", _w("By item", "分事项"), heads, tuple(rows), bound=bound)


def _clocks(programme: Programme) -> Table:
    """Return the three clocks of each decided item, each in the kind of days of its limit."""
    titles = _titles(programme)
    rows = (
        Row(
            titles[code],
            (
                _limit(tally, "legal", "limit"),
                _limit(tally, "promised", "limit"),
                _limit(tally, "promised", "used"),
                Mean(tally.get("whole_days", 0), tally["decided"], "calendar"),
                _kept(tally, "promised"),
                _kept(tally, "legal"),
            ),
        )
        for code, tally in programme.items.items()
        if tally.get("decided")
    )
    heads = (
        _w("Legal limit", "法定时限"),
        _w("Promised", "承诺时限"),
        _w("Actual: used of the promise", "实际用时（承诺口径）"),
        _w("Actual: whole time", "实际全程"),
        _w("Within the promise", "承诺时限内"),
        _w("Within the law", "法定时限内"),
    )
    note = _w(
        "Means over decided items. Used: days the office's clock ran; it stands still while the"
        " person is asked for more and begins anew after a return. Whole time: from the first"
        " handing in to the decision, waiting included.",
        "已作出决定事项的平均值。用时仅计部门时钟运行的天数，补正期间停止计时，退回重新提交后重新计时；"
        "全程为首次提交至作出决定，含等待。",
    )
    return Table("clocks", _w("Three clocks", "三个时限"), heads, tuple(rows), note)


def _limit(tally: Tally, clock: str, what: str) -> Cell:
    kinds = [kind for kind in KINDS if tally.get(f"{clock}_n_{kind}")]
    if not kinds:
        return Note("no_limit")
    kind = max(kinds, key=lambda each: tally[f"{clock}_n_{each}"])
    return Mean(tally.get(f"{clock}_{what}_{kind}", 0), tally[f"{clock}_n_{kind}"], kind)


def _kept(tally: Tally, clock: str) -> Cell:
    counts = [
        (tally.get(f"{clock}_kept_{kind}", 0), tally.get(f"{clock}_n_{kind}", 0)) for kind in KINDS
    ]
    kept, of = (sum(column) for column in zip(*counts, strict=True))
    return Share(kept, of) if of else Note("no_limit")


def _savings(programme: Programme) -> Table:
    total, items = programme.total, add_up(programme.items.values())
    helped = total.get("helped", 0)
    lines: list[tuple[str, int, int, int]] = [
        (what, total.get(f"before_{what}", 0), total.get(f"now_{what}", 0), helped)
        for what in ("trips", "steps", "materials")
    ]
    granted = items.get("granted", 0)
    lines.append(("days", items.get("before_days", 0), items.get("granted_days", 0), granted))
    rows = tuple(
        Row(
            SAVINGS[what].title,
            (Mean(before, of), Mean(now, of), Mean(before - now, of), Count(before - now)),
            SAVINGS[what].says,
        )
        for what, before, now, of in lines
        if of
    )
    heads = (
        _w("Before, each", "以前（平均）"),
        _w("Now, each", "现在（平均）"),
        _w("Saved, each", "节省（平均）"),
        _w("Saved in all", "合计节省"),
    )
    sources = sorted({item.before.source for item in programme.definition.items})
    note = {
        "en": f"{SAVED_NOTE['en']} Sources: {'; '.join(sources)}.",
        "zh": f"{SAVED_NOTE['zh']}来源：{'；'.join(sources)}。",
    }
    return Table("savings", _w("Savings", "节省"), heads, rows, note)


def _returns(programme: Programme) -> Table:
    counts = add_up(programme.items.values())
    rows = (
        Row(words, (Count(counts[f"why_{code}"]),))
        for code, words in RETURN_WHY.items()
        if counts.get(f"why_{code}")
    )
    heads = (_w("Returns", "退件次数"),)
    return Table("returns", _w("Why items were returned", "退件原因"), heads, tuple(rows))
