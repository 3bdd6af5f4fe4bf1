"""Take-up: how many get what, in how much time, by definitions beside the numbers."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from proactive.outcomes.takeup import (
    READERS,
    Asked,
    last_months,
    places_of,
    programmes_of,
    take_up,
)
from proactive.outcomes.takeup_book import book_of
from proactive.outcomes.takeup_cells import Cell, Table, counted, number, shown
from proactive.outcomes.takeup_tables import overview_of, tables_of, title_of
from proactive.outcomes.takeup_words import DEFINITIONS
from web.access import Scope, policy, work
from web.charts import Frame, Series, bar_chart
from web.errors import bad_request
from web.language import chosen_language
from web.say import gettext
from web.words import in_language
from web.workbook import send_workbook

blueprint = Blueprint("takeup", __name__, template_folder="templates")
# Which columns of a table become bars; shares and counts do not share an axis.
DRAWN = {"joint": (0,), "items": (0,), "months": (1, 2), "places": (2,)}


@blueprint.get("/policy/take-up")
@policy(roles=READERS, scope=Scope.SYSTEM)
def page() -> ResponseReturnValue:
    unit, asked = work(), _asked()
    found = take_up(unit, asked)
    chosen = found.programmes[0] if asked.programme else None
    tables = tables_of(found, chosen) if chosen else []
    return render_template(
        "policy/takeup.html",
        asked=asked,
        found=found,
        title=in_language(title_of(chosen)) if chosen else "",
        tables=[(table, _chart(table)) for table in tables],
        overview=overview_of(found),
        definitions=list(DEFINITIONS.values()),
        programmes={
            code: one.title.in_language(chosen_language())
            for code, one in programmes_of(unit).items()
        },
        areas=places_of(unit),
        say_cell=_say_cell,
        rests_on=_rests_on,
    )


@blueprint.get("/policy/take-up.xlsx")
@policy(roles=READERS, scope=Scope.SYSTEM)
def book() -> ResponseReturnValue:
    asked = _asked()
    made = book_of(take_up(work(), asked), chosen_language())
    work().audit("export", "takeup", f"{asked.first:%Y-%m}", to=f"{asked.last:%Y-%m}")
    return send_workbook(made, f"take-up-{asked.first:%Y-%m}-{asked.last:%Y-%m}.xlsx")


def _asked() -> Asked:
    """Return what the address asks for: a year up to now where it says nothing."""
    oldest, newest = last_months(work().today)
    return Asked(
        _month("from") or oldest,
        _month("to") or newest,
        area=request.args.get("area", "")[:60],
        programme=request.args.get("programme", "")[:60],
        public=request.args.get("public") == "yes",
    )


def _month(name: str) -> date | None:
    given = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(f"{given}-01") if given else None
    except ValueError:
        raise bad_request() from None


def _say_cell(cell: Cell) -> str:
    return shown(cell, chosen_language())


def _rests_on(cell: Cell) -> str:
    return counted(cell, chosen_language())


def _chart(table: Table) -> str:
    """Return the bars of a table, nothing for a table that is read better alone."""
    columns = DRAWN.get(table.code, ())
    if not columns or len(table.rows) < 2:
        return ""
    names = [in_language(table.heads[column]) for column in columns]
    series = [
        Series(name, [number(row.cells[column]) for row in table.rows])
        for name, column in zip(names, columns, strict=True)
    ]
    title = in_language(table.title)
    about = gettext("The same figures stand in the table below.")
    frame = Frame(f"chart-{table.code}", title, about, "", gettext(", ").join(names))
    return bar_chart(frame, [in_language(row.name) for row in table.rows], series)
