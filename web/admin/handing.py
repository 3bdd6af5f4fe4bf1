"""Handing a file in by page: check it first, read what taking it in would do, then take it in."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from proactive.feeds.handing import How, mappings_for
from proactive.feeds.parcels import PAGE, hand_in, list_parcels, order, parcel_of
from proactive.handlers.taking import rooms_of
from proactive.kernel.ids import new_id
from web.access import Scope, platform, policy, work
from web.admin.views import OPERATOR, blueprint
from web.admin.words import DOORS, PARCEL_BUSY, PARCEL_STATES
from web.errors import not_found
from web.language import chosen_language
from web.reading import posted_text
from web.reasons import feed_title, field_titles
from web.say import gettext
from web.uploads import keep_upload, takes_files

ENCODINGS = ("utf-8", "gb18030")
LOOK_AGAIN_SECONDS = "3"
TONES = {"taken": "good", "checked": "wait", "refused": "late", "gone": "info"}


@blueprint.get("/operator/hand-in")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def hand_in_form() -> ResponseReturnValue:
    return _form({})


@blueprint.post("/operator/hand-in")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
@takes_files
def hand_in_file() -> ResponseReturnValue:
    """Keep the file and have it checked; nothing of it counts yet."""
    upload = request.files.get("file")
    errors = {}
    if posted_text("feed", 60) not in platform().contracts:
        errors["feed"] = gettext("Choose what the file is.")
    if upload is None or not upload.filename:
        errors["file"] = gettext("Choose a file.")
    how = _how()
    if how.mapping and how.mapping not in _mappings():
        errors["mapping"] = gettext("Choose one of the mappings of this feed.")
    if errors or upload is None:
        return _form(errors), 422
    parcel_id = new_id()
    folder = rooms_of(platform()).inbox / str(parcel_id)
    folder.mkdir(mode=0o700, parents=True)
    path = keep_upload(folder, upload)
    hand_in(work(), parcel_id, request.form["feed"], path.name, how)
    return redirect(url_for("admin.parcel", parcel_id=parcel_id), 303)


@blueprint.get("/operator/hand-in/<uuid:parcel_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def parcel(parcel_id: UUID) -> ResponseReturnValue:
    """Show what is happening to a file; the page looks again by itself while it is busy."""
    one = parcel_of(work(), parcel_id)
    told = (
        one.summary.as_text(chosen_language(), field_titles(one.feed)).split("\n")
        if one.summary
        else []
    )
    answer = make_response(
        render_template(
            "admin/parcel.html",
            parcel=one,
            title=feed_title(one.feed),
            told=told,
            why=one.refusal.get(chosen_language()) or one.refusal.get("sentence", ""),
            states=PARCEL_STATES,
            doing=PARCEL_BUSY,
            tone=TONES.get(one.state, "info"),
        )
    )
    if one.busy:
        answer.headers["Refresh"] = LOOK_AGAIN_SECONDS
    return answer


@blueprint.post("/operator/hand-in/<uuid:parcel_id>")
@policy(roles=OPERATOR, scope=Scope.SYSTEM)
def take_in(parcel_id: UUID) -> ResponseReturnValue:
    if parcel_of(work(), parcel_id).door != PAGE:
        raise not_found()
    order(work(), parcel_id)
    return redirect(url_for("admin.parcel", parcel_id=parcel_id), 303)


def _how() -> How:
    encoding = posted_text("encoding", 20)
    return How(
        mapping=posted_text("mapping", 60),
        encoding=encoding if encoding in ENCODINGS else "",
        history=bool(posted_text("history", 5)),
        override_unit=bool(posted_text("override_unit", 5)),
    )


def _mappings() -> list[str]:
    contract = platform().contracts.get(posted_text("feed", 60))
    return mappings_for(contract, platform().settings.definitions) if contract else []


def _form(errors: dict[str, str]) -> str:
    contracts = platform().contracts
    definitions = platform().settings.definitions
    mappings = {
        name: feed
        for feed, contract in contracts.items()
        for name in mappings_for(contract, definitions)
    }
    return render_template(
        "admin/hand_in.html",
        feeds=sorted(((feed, feed_title(feed)) for feed in contracts), key=lambda one: one[1]),
        mappings=sorted((name, feed_title(feed)) for name, feed in mappings.items()),
        encodings=ENCODINGS,
        most=platform().settings.upload_mb,
        states=PARCEL_STATES,
        doors=DOORS,
        parcels=list_parcels(work(), 20),
        tones=TONES,
        feed_title=feed_title,
        errors=errors,
        given=request.form,
    )
