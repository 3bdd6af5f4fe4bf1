"""From signal to help in numbers, and the cases behind each number, as a page and as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.areas.queries import names, paths_of
from proactive.kernel.clock import local_date
from proactive.kernel.needs import Need
from proactive.kernel.states import DESKS, Role
from proactive.outcomes.funnel import WAY, By, Line, Stage, Wanted, cases_at, funnel
from proactive.routing.queries import list_posts
from web.access import Scope, policy, work
from web.coordinator.lists import place_names, place_of
from web.errors import UNPROCESSABLE, bad_request
from web.reading import page_number, posted_text
from web.say import gettext
from web.supervisor.asking import asked, parts
from web.supervisor.door import blueprint
from web.supervisor.words import BY_WORDS, PURPOSES, STAGE_WORDS
from web.town.lists import case_lines
from web.words import word
from web.workbook import Value, frame_of, send_workbook, workbook_of

A_PAGE = 50
MOST_EXPORTED = 10_000
MONTHS = 12
TOWN = 4  # the level of towns


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of all: count, share of the cases, median days, and where its list is."""

    name: str
    count: int
    share: int
    days: float | None
    url: str


@blueprint.get("/desk/way")
@policy(roles=DESKS, scope=Scope.AREA)
def way() -> ResponseReturnValue:
    """The funnel: all together, then by town, village, need or month; numbers lead to lists."""
    wanted = asked()
    if not request.args:
        wanted = replace(wanted, first=_months_ago(work().today), last=work().today.replace(day=1))
    usual = By.TOWN if work().actor.role is Role.COUNTY else By.PLACE
    by = request.args.get("by") or usual
    if by not in set(By):
        raise bad_request()
    whole, lines = funnel(work(), wanted, By(by))
    page = page_number()
    shown = lines[(page - 1) * A_PAGE : page * A_PAGE]
    return render_template(
        "supervisor/way.html",
        wanted=parts(wanted),
        by=by,
        stages=_stages(whole, wanted),
        rows=_rows(shown, wanted, By(by)),
        page=page,
        more=page * A_PAGE < len(lines),
        heads=[(stage, STAGE_WORDS[stage]) for stage in WAY],
        bys=list(BY_WORDS.items()),
        needs=[(need, word("need", need)) for need in Need],
        areas=_areas(),
    )


def _months_ago(day: date) -> date:
    months = day.year * 12 + day.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _areas() -> list[tuple[str, str]]:
    """Return the towns and villages that the reader's posts cover, for the choice of a place."""
    codes = {
        post.area_code
        for code in work().actor.areas
        for post in list_posts(work().db, work().today, within=code)
    }
    called = {**names(work().db, codes), **_full_names(sorted(codes - set(work().actor.areas)))}
    return sorted(called.items())


def _stages(whole: Line, wanted: Wanted) -> list[StageLine]:
    cases = whole.counts[Stage.CASES]
    return [
        StageLine(
            str(STAGE_WORDS[stage]),
            whole.counts[stage],
            round(100 * whole.counts[stage] / cases) if cases else 0,
            whole.days.get(stage),
            url_for("supervisor.cases", stage=stage, **parts(wanted)),
        )
        for stage in WAY
    ]


def _rows(
    lines: Sequence[Line], wanted: Wanted, by: By
) -> list[tuple[str, list[tuple[int, str, float | None]]]]:
    """Return name and, per stage, count, address of the list and median days."""
    places = _full_names([line.key for line in lines]) if by in (By.TOWN, By.PLACE) else {}
    rows = []
    for line in lines:
        inner = _inner(wanted, by, line.key)
        cells = [
            (
                line.counts[stage],
                url_for("supervisor.cases", stage=stage, **parts(inner)),
                line.days.get(stage),
            )
            for stage in WAY
        ]
        name = word("need", line.key) if by is By.NEED else places.get(line.key, line.key)
        rows.append((name, cells))
    return rows


def _full_names(codes: Sequence[str]) -> dict[str, str]:
    """Return code → name; a village with its town, as names repeat."""
    paths = paths_of(work().db, codes)
    inner = {code: [part for part in paths.get(code, ())[TOWN - 1 :] if part] for code in codes}
    known = names(work().db, {*codes, *(part for parts in inner.values() for part in parts)})
    return {
        code: " ".join(known.get(part, part) for part in parts)
        or gettext("%(area)s, place unknown", area=known.get(code, code))
        for code, parts in inner.items()
    }


def _inner(wanted: Wanted, by: By, key: str) -> Wanted:
    if by is By.MONTH:
        month = date.fromisoformat(f"{key}-01")
        return replace(wanted, first=month, last=month)
    if by is By.NEED:
        return replace(wanted, need=key)
    return replace(wanted, town=key) if by is By.TOWN else replace(wanted, place=key)


@blueprint.get("/desk/cases")
@policy(roles=DESKS, scope=Scope.AREA)
def cases() -> ResponseReturnValue:
    return _cases_page({})


def _stage() -> Stage:
    stage = request.values.get("stage") or Stage.OPEN
    if stage not in set(Stage):
        raise bad_request()
    return Stage(stage)


def _cases_page(errors: dict[str, str]) -> str:
    """Return the cases behind a number, a page at a time, with the form for the file."""
    wanted, stage = asked(), _stage()
    page = page_number()
    found, rows = cases_at(work(), wanted, stage, limit=A_PAGE, offset=(page - 1) * A_PAGE)
    if not rows and page > 1:  # it has run empty meanwhile
        page = 1
        found, rows = cases_at(work(), wanted, stage, limit=A_PAGE)
    posts = _posts()
    reached = {row.id: row for row in rows}
    return render_template(
        "supervisor/cases.html",
        stage=stage,
        title=STAGE_WORDS[stage],
        wanted=parts(wanted),
        about=_about(wanted, posts),
        found=found,
        cases=[(line, reached[line.case_id]) for line in case_lines(work(), rows, posts)],
        page=page,
        more=page * A_PAGE < found,
        purposes=list(PURPOSES.items()),
        errors=errors,
        today=work().today,
    )


def _about(wanted: Wanted, posts: Mapping[UUID, str]) -> str:
    """Return in words which cases these are."""
    codes = [code for code in (wanted.area, wanted.town, wanted.place) if code]
    places = names(work().db, codes)
    said = [places.get(code, code) for code in codes]
    if wanted.post:
        said.append(gettext("with %(post)s", post=posts.get(wanted.post, "–")))
    if wanted.need:
        said.append(word("need", wanted.need))
    if wanted.first or wanted.last:
        months = [f"{month:%Y-%m}" if month else "…" for month in (wanted.first, wanted.last)]
        said.append(gettext("raised %(first)s to %(last)s", first=months[0], last=months[1]))
    return gettext(", ").join(said) or gettext("all of your area")


@blueprint.post("/desk/cases")
@policy(roles=DESKS, scope=Scope.AREA)
def export() -> ResponseReturnValue:
    """The same cases as a file without names; who took it, what for and how many is kept."""
    purpose = posted_text("purpose", 40)
    if purpose not in PURPOSES:
        return _cases_page({"purpose": gettext("Say what the file is for.")}), UNPROCESSABLE
    wanted, stage = asked(), _stage()
    found, rows = cases_at(work(), wanted, stage, limit=MOST_EXPORTED)
    work().audit("export", "case", stage, purpose=purpose, rows=len(rows), **parts(wanted))
    about = [
        (gettext("Cases"), f"{STAGE_WORDS[stage]}{gettext(', ')}{_about(wanted, _posts())}"),
        (gettext("How many"), f"{len(rows)} / {found}"),
        (gettext("Day"), work().today.isoformat()),
        (gettext("What for"), str(PURPOSES[purpose])),
    ]
    made = workbook_of({"cases": frame_of(_cells(rows), _heads())}, about)
    return send_workbook(made, f"cases-{stage}-{work().today}.xlsx")


def _posts() -> dict[UUID, str]:
    return {post.id: post.name for post in list_posts(work().db, work().today)}


def _heads() -> list[str]:
    return [
        gettext("Number"),
        gettext("Need"),
        gettext("Place"),
        gettext("Signals in records"),
        gettext("Where it stands"),
        gettext("Post"),
        gettext("Raised on"),
        gettext("Due on"),
        gettext("Reached this stage on"),
    ]


def _cells(rows: Sequence[Row[Any]]) -> list[list[Value]]:
    zone = work().zone
    places = place_names(work(), rows)
    posts = _posts()
    return [
        [
            row.ref,
            word("need", row.need),
            place_of(row, places),
            row.signals,
            word("case", row.state),
            posts.get(row.owner_post_id, ""),
            local_date(row.raised_at, zone),
            row.due_on,
            local_date(row.reached_at, zone),
        ]
        for row in rows
    ]
