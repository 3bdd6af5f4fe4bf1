"""Pages of who hands in for all offices of a place: one queue, one item, its receipt."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.bundles.service import act_on_item, fill_form
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from web.access import Scope, policy, work
from web.errors import UNPROCESSABLE, not_found
from web.hall.reading import HallItem, first_of, next_to, read_hall_item, read_queue
from web.language import joined, say_refusal
from web.office.queue import asked_page
from web.reading import posted_number, posted_text, posted_texts, undone_if_refused

blueprint = Blueprint("hall", __name__, template_folder="templates")
GENERALIST = frozenset({Role.GENERALIST})
FIELD = "field-"
LONGEST_VALUE = 500


@blueprint.get("/hall")
@policy(roles=GENERALIST, scope=Scope.AREA)
def queue() -> ResponseReturnValue:
    return render_template(
        "hall/queue.html",
        queue=read_queue(work(), request.args.get("part", ""), asked_page()),
        done=request.args.get("done", ""),
        today=work().today,
    )


@blueprint.get("/hall/items/<uuid:item_id>")
@policy(roles=GENERALIST, scope=Scope.AREA)
def item(item_id: UUID) -> ResponseReturnValue:
    return _page(read_hall_item(work(), item_id))


@blueprint.get("/hall/items/<uuid:item_id>/receipt")
@policy(roles=GENERALIST, scope=Scope.AREA)
def receipt(item_id: UUID) -> ResponseReturnValue:
    """What was handed in, by whom and where to, to print and hand over."""
    page = read_hall_item(work(), item_id)
    if page.handed_in_at is None:
        raise not_found()
    return render_template("hall/receipt.html", item=page, after=first_of(work(), _part()))


@blueprint.post("/hall/items/<uuid:item_id>")
@policy(roles=GENERALIST, scope=Scope.AREA)
def hand_in(item_id: UUID) -> ResponseReturnValue:
    """Hand one item in to its office; the receipt is next."""
    version = posted_number("base_version")
    return _tried(
        item_id,
        lambda page: act_on_item(work(), page.item_id, "submit", base_version=version),
        url_for("hall.receipt", item_id=item_id, part=_part()),
    )


@blueprint.post("/hall/items/<uuid:item_id>/papers")
@policy(roles=GENERALIST, scope=Scope.AREA)
def take_in(item_id: UUID) -> ResponseReturnValue:
    """Enter answers and papers that have come in, for all offices at once."""
    return _tried(item_id, _take_in, url_for("hall.item", item_id=item_id, part=_part()))


def _take_in(page: HallItem) -> None:
    values = {
        name.removeprefix(FIELD): posted_text(name, LONGEST_VALUE)
        for name in request.form
        if name.startswith(FIELD) and posted_text(name, LONGEST_VALUE)
    }
    papers = posted_texts("papers")
    if not values and not papers:
        raise Refused(
            "nothing_given",
            "Nothing has been entered.",
            todo="Mark the papers that came in, or fill in a field.",
        )
    fill_form(work(), page.bundle_id, values=values, papers=papers)


def _tried(item_id: UUID, do: Callable[[HallItem], object], after: str) -> ResponseReturnValue:
    page = read_hall_item(work(), item_id)
    try:
        with undone_if_refused():
            do(page)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise
        errors = {"": joined(say_refusal(refusal))}
        return _page(read_hall_item(work(), item_id), errors), UNPROCESSABLE
    return redirect(after, 303)


def _page(page: HallItem, errors: dict[str, str] | None = None) -> str:
    before, after = next_to(work(), _part(), page.item_id)
    return render_template(
        "hall/item.html",
        item=page,
        today=work().today,
        part=_part(),
        before=before,
        after=after,
        **({"errors": errors} if errors else {}),
    )


def _part() -> str:
    return request.args.get("part", "hand_in")[:20]
