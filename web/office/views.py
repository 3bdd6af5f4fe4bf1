"""Pages of an office's clerk: the work list, one item, and each thing to be done with it."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.bundles.desk import DeskFilter, drop_filter, save_filter
from proactive.bundles.requests import ask_for_more
from proactive.bundles.service import act_on_item, fill_form
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from web.access import Scope, policy, work
from web.certificates import attach_posted
from web.errors import UNPROCESSABLE, bad_request, not_found
from web.language import joined, say_refusal
from web.office.items import OFFERED, ItemPage, read_item
from web.office.parts import entitled
from web.office.queue import (
    ALL,
    Place,
    asked_filter,
    asked_page,
    filter_args,
    own_office,
    place_of,
    read_desk,
)
from web.reading import posted_day, posted_number, posted_text, posted_texts, undone_if_refused
from web.say import gettext
from web.uploads import takes_files
from web.words import DONE, RETURN_REASONS

blueprint = Blueprint("office", __name__, template_folder="templates")
CLERK = frozenset({Role.CLERK})
FIELD, RESULT = "field-", "result-"
STAYS = ("papers", "add_file")
LONGEST_VALUE = 500
LONGEST_REASON = 200
WITHOUT_DATA = frozenset({"accept", "accept_lenient", "resume", "take_back"})
KEYS = {
    "accept": "a",
    "accept_lenient": "a",
    "resume": "a",
    "grant": "g",
    "return": "r",
    "deliver": "d",
    "ask": "m",
}


@blueprint.get("/office")
@policy(roles=CLERK, scope=Scope.OFFICE)
def my_items() -> ResponseReturnValue:
    return desk_page(asked_filter() or ALL)


def desk_page(shown: DeskFilter, wrong: str = "") -> str:
    """Return the work list, with what was done last and what went wrong."""
    return render_template(
        "office/my_items.html",
        desk=read_desk(work(), shown, asked_page()),
        filter_args=filter_args,
        done=_done(),
        done_item=_of(),
        wrong=wrong,
        today=work().today,
    )


@blueprint.post("/office/views")
@policy(roles=CLERK, scope=Scope.OFFICE)
def keep_view() -> ResponseReturnValue:
    """Keep the way of looking that the address names, under a name."""
    shown = asked_filter() or ALL
    try:
        with undone_if_refused():
            save_filter(work(), posted_text("name"), shown)
    except Refused as refusal:
        return desk_page(shown, joined(say_refusal(refusal))), UNPROCESSABLE
    return redirect(url_for("office.my_items", **filter_args(shown)), 303)


@blueprint.post("/office/views/<uuid:filter_id>/delete")
@policy(roles=CLERK, scope=Scope.OFFICE)
def drop_view(filter_id: UUID) -> ResponseReturnValue:
    drop_filter(work(), filter_id)
    return redirect(url_for("office.my_items"), 303)


@blueprint.get("/office/items/<uuid:item_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
def item(item_id: UUID) -> ResponseReturnValue:
    return _item_page(read_item(work(), item_id), done=_done(), done_item=_of())


@blueprint.get("/office/items/<uuid:item_id>/receipt")
@policy(roles=CLERK, scope=Scope.OFFICE)
def receipt(item_id: UUID) -> ResponseReturnValue:
    """The receipt of an acceptance, to print and hand over."""
    page = read_item(work(), item_id)
    if not page.acceptance_no:
        raise not_found()
    return render_template("office/receipt.html", item=page, office=own_office(work()))


def _item_page(page: ItemPage, **more: object) -> str:
    shown = asked_filter()
    return render_template(
        "office/item.html",
        item=page,
        return_reasons=list(RETURN_REASONS.items()),
        today=work().today,
        args=filter_args(shown),
        place=place_of(work(), shown, page.item_id),
        keys=KEYS,
        ticked=lambda action, name: (
            request.form.getlist(name) if more.get("tried") == action else ()
        ),
        **{"tried": "", "done": "", "done_item": None, **more},
    )


def _of() -> UUID | None:
    try:
        return UUID(request.args.get("of", ""))
    except ValueError:
        return None


def _done() -> str:
    done = request.args.get("done", "")
    return done if done in DONE else ""


@blueprint.post("/office/items/<uuid:item_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
@takes_files
def act(item_id: UUID) -> ResponseReturnValue:
    """Do one thing with an item; what is refused is shown on the item's own page."""
    action = posted_text("action")
    if action not in OFFERED:
        raise bad_request()
    return tried(item_id, action, lambda page: _act(page, action))


@blueprint.post("/office/items/<uuid:item_id>/papers")
@policy(roles=CLERK, scope=Scope.OFFICE)
def take_in(item_id: UUID) -> ResponseReturnValue:
    """Enter answers and papers that have come in; whoever waits for them goes on by itself."""
    return tried(item_id, "papers", _take_in)


def tried(item_id: UUID, action: str, do: Callable[[ItemPage], None]) -> ResponseReturnValue:
    """Do one thing with an item and go on; what is refused is shown on the item's page."""
    page = read_item(work(), item_id)
    shown = asked_filter()
    place = place_of(work(), shown, item_id)
    try:
        with undone_if_refused():
            do(page)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        page = read_item(work(), item_id)
        again = refusal.code == "changed_meanwhile" and _is_own_last_step(page, action)
        if not again or action not in WITHOUT_DATA:
            shown_errors = _errors(page, _done_already() if again else refusal)
            return _item_page(page, errors=shown_errors, tried=action), UNPROCESSABLE
    return redirect(_after(shown, place, item_id, action), 303)


def _is_own_last_step(page: ItemPage, action: str) -> bool:
    """Answer whether the same person has just done the same: a second tap, or the back button."""
    last = page.last
    return last is not None and (last.action, last.by) == (action, work().actor.id)


def _done_already() -> Refused:
    return Refused(
        "done_already",
        "You have done this already; it was not done a second time.",
        todo="Look at what stands there now.",
    )


def _after(shown: DeskFilter | None, place: Place | None, item_id: UUID, action: str) -> str:
    """Return where to go on: the next item of the work list, else the list or the item itself."""
    if shown is None or action in STAYS:
        return url_for("office.item", item_id=item_id, done=action, **filter_args(shown))
    more = {**filter_args(shown), "done": action, "of": str(item_id)}
    if place is not None and place.after is not None:
        return url_for("office.item", item_id=place.after, **more)
    return url_for("office.my_items", **more)


def _act(page: ItemPage, action: str) -> None:
    version = posted_number("base_version")
    if action == "ask":
        ask_for_more(
            work(),
            page.item_id,
            base_version=version,
            papers=posted_texts("papers"),
            fields=posted_texts("fields"),
            note=posted_text("note", LONGEST_VALUE),
        )
        return
    act_on_item(work(), page.item_id, action, base_version=version, **_data(page, action))
    if action == "deliver":
        attach_posted(work(), page.item_id)


def _data(page: ItemPage, action: str) -> Mapping[str, object]:
    """Return what this action takes from the form, and nothing else of it."""
    reason = posted_text("reason", LONGEST_REASON)
    data: dict[str, dict[str, object]] = {
        "grant": {"results": _prefixed(RESULT), "mode": posted_text("mode", 20)},
        "deliver": {
            "mode": posted_text("mode", 20),
            "pickup_code": posted_text("pickup_code", 20),
            "receipt_no": posted_text("receipt_no", LONGEST_REASON),
            "tracking_no": posted_text("tracking_no", LONGEST_REASON),
        },
        "return": {"reason": reason, "codes": posted_texts("codes")},
        "refuse": {
            "reason": reason,
            "legal_basis": posted_text("legal_basis", LONGEST_REASON)
            or page.legal_bases.get(reason, ""),
        },
        "extend": {"reason": reason, "until": posted_day("until")},
        "overturn": {"reason": reason},
        "withdraw": {"reason": reason},
    }
    return data.get(action, {})


def _take_in(page: ItemPage) -> None:
    values = {code: value for code, value in _prefixed(FIELD).items() if value}
    papers = posted_texts("papers")
    if not values and not papers:
        raise Refused(
            "nothing_given",
            "Nothing has been entered.",
            todo="Mark the papers that came in, or fill in a field.",
        )
    fill_form(work(), page.bundle_id, values=values, papers=papers)


def _prefixed(prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): posted_text(name, LONGEST_VALUE)
        for name in request.form
        if name.startswith(prefix)
    }


def _errors(page: ItemPage, refusal: Refused) -> dict[str, str]:
    """Return the refusal as one sentence, its codes replaced by the titles on the page."""
    titles = page.titles()
    said = say_refusal(entitled(refusal, titles))
    words = {"": " ".join(part for part in said if part)}
    for name in refusal.fields:
        prefix = RESULT if name in {field.code for field in page.gives} else FIELD
        words[f"{prefix}{name}"] = gettext(
            "Please fill in: %(title)s", title=titles.get(name, name)
        )
    return words
