"""Pages of an office's clerk: my items, one item, and each thing that can be done with it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.bundles.requests import ask_for_more
from proactive.bundles.service import act_on_item, fill_form
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, bad_request
from web.language import say_refusal
from web.office.items import OFFERED, ItemPage, read_desk, read_item
from web.reading import posted_day, posted_number, posted_text, posted_texts, undone_if_refused
from web.say import gettext
from web.words import RETURN_REASONS

blueprint = Blueprint("office", __name__, template_folder="templates")
CLERK = frozenset({Role.CLERK})
FIELD, RESULT = "field-", "result-"
LONGEST_VALUE = 500
LONGEST_REASON = 200


@blueprint.get("/office")
@policy(roles=CLERK, scope=Scope.OFFICE)
def my_items() -> ResponseReturnValue:
    return render_template("office/my_items.html", desk=read_desk(work()), today=work().today)


@blueprint.get("/office/items/<uuid:item_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
def item(item_id: UUID) -> ResponseReturnValue:
    return _item_page(read_item(work(), item_id), done=request.args.get("done", ""))


def _item_page(page: ItemPage, **more: object) -> str:
    return render_template(
        "office/item.html",
        item=page,
        return_reasons=list(RETURN_REASONS.items()),
        today=work().today,
        **{"tried": "", "done": "", **more},
    )


@blueprint.post("/office/items/<uuid:item_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
def act(item_id: UUID) -> ResponseReturnValue:
    """Do one thing with an item; what is refused is shown on the item's own page."""
    action = posted_text("action")
    if action not in OFFERED:
        raise bad_request()
    return _tried(item_id, action, lambda page: _act(page, action))


@blueprint.post("/office/items/<uuid:item_id>/papers")
@policy(roles=CLERK, scope=Scope.OFFICE)
def take_in(item_id: UUID) -> ResponseReturnValue:
    """Enter answers and papers that have come in; whoever waits for them goes on by itself."""
    return _tried(item_id, "papers", _take_in)


def _tried(item_id: UUID, action: str, do: Callable[[ItemPage], None]) -> ResponseReturnValue:
    page = read_item(work(), item_id)
    try:
        with undone_if_refused():
            do(page)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        errors = _errors(page, refusal)
        shown = _item_page(read_item(work(), item_id), errors=errors, tried=action)
        return shown, UNPROCESSABLE
    return redirect(url_for("office.item", item_id=item_id, done=action), 303)


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


def _data(page: ItemPage, action: str) -> Mapping[str, object]:
    """Return what this action takes from the form, and nothing else of it."""
    reason = posted_text("reason", LONGEST_REASON)
    data: dict[str, dict[str, object]] = {
        "grant": {"results": _prefixed(RESULT), "mode": posted_text("mode", 20)},
        "deliver": {
            "mode": posted_text("mode", 20),
            "pickup_code": posted_text("pickup_code", 20),
            "receipt_no": posted_text("receipt_no", LONGEST_REASON),
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
    facts: dict[str, Any] = {
        name: ", ".join(titles.get(code, code) for code in str(value).split(", "))
        for name, value in refusal.facts.items()
    }
    said = Refused(refusal.code, refusal.what, why=refusal.why, todo=refusal.todo, **facts)
    words = {"": " ".join(part for part in say_refusal(said) if part)}
    for name in refusal.fields:
        prefix = RESULT if name in {field.code for field in page.gives} else FIELD
        words[f"{prefix}{name}"] = gettext(
            "Please fill in: %(title)s", title=titles.get(name, name)
        )
    return words
