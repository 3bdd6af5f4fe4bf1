"""Many items at once: the work list out as Excel, back in with a preview, then each by itself."""

import json
import tempfile
from pathlib import Path

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.people.vault import cards
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request
from web.language import joined, say_refusal
from web.naming import name_of
from web.office.book import MOST_ROWS, list_book, result_book
from web.office.book_reading import Outcome, done, missing_places, pack, read_book, tried, unpack
from web.office.queue import ALL, asked_filter, filter_args
from web.office.views import blueprint
from web.say import gettext
from web.uploads import keep_upload, takes_files

CLERK = frozenset({Role.CLERK})
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_ROWS = 200_000


@blueprint.get("/office/book.xlsx")
@policy(roles=CLERK, scope=Scope.OFFICE)
def book() -> ResponseReturnValue:
    return _file(list_book(work(), asked_filter() or ALL), f"items-{work().today:%Y%m%d}.xlsx")


@blueprint.get("/office/book")
@policy(roles=CLERK, scope=Scope.OFFICE)
def book_form() -> ResponseReturnValue:
    return _form()


@blueprint.post("/office/book")
@policy(roles=CLERK, scope=Scope.OFFICE)
@takes_files
def preview() -> ResponseReturnValue:
    """Say for each row what would happen; nothing is done yet."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _form(gettext("Choose a file.")), UNPROCESSABLE
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = read_book(keep_upload(Path(folder), upload))
    except Refused as refusal:
        return _form(joined(say_refusal(refusal))), UNPROCESSABLE
    outcomes = tried(rows, work())
    good = {outcome.line for outcome in outcomes if outcome.good}
    return render_template(
        "office/book_preview.html",
        outcomes=sorted(outcomes, key=lambda each: each.good),  # what is not done comes first
        names=_names(outcomes),
        ready=len(good),
        silent=sum(1 for row in rows if not row.decision and row.item),
        missing=missing_places(rows),
        rows=pack([row for row in rows if row.line in good]),
    )


@blueprint.post("/office/book/done")
@policy(roles=CLERK, scope=Scope.OFFICE)
def do_book() -> ResponseReturnValue:
    """Do what the preview showed, each row by itself; a row that changed meanwhile says so."""
    outcomes = done(unpack(_posted_rows()), work())
    results = [[each.ref, each.title, each.words, each.receipt] for each in outcomes]
    return render_template(
        "office/book_done.html",
        outcomes=sorted(outcomes, key=lambda each: each.good),  # what is not done comes first
        names=_names(outcomes),
        done=sum(outcome.good for outcome in outcomes),
        results=json.dumps(results, ensure_ascii=False),
    )


@blueprint.post("/office/book/results.xlsx")
@policy(roles=CLERK, scope=Scope.OFFICE)
def book_results() -> ResponseReturnValue:
    """Give the page of results as an Excel file."""
    try:
        rows = [[str(cell) for cell in row][:4] for row in json.loads(_posted_rows())]
    except (ValueError, TypeError):
        raise bad_request() from None
    return _file(result_book(rows[:MOST_ROWS]), f"results-{work().today:%Y%m%d}.xlsx")


def _names(outcomes: list[Outcome]) -> dict[int | None, str]:
    """Return who the rows are about, by subject; the look is audited, also of a preview."""
    keys = sorted({each.subject for each in outcomes if each.subject is not None})
    people = cards(work(), keys, purpose="office_book")
    return {key: name_of(card, work().today) for key, card in people.items()}


def _form(wrong: str = "") -> str:
    return render_template(
        "office/book.html", wrong=wrong, args=filter_args(asked_filter()), most=MOST_ROWS
    )


def _posted_rows() -> str:
    text = request.form.get("rows", "")
    if not text or len(text) > LONGEST_ROWS:
        raise bad_request()
    return text


def _file(data: bytes, name: str) -> Response:
    return Response(
        data, mimetype=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
