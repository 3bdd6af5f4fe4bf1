"""Photos of a visit: sent apart from the facts, shown to those responsible for the case."""

from uuid import UUID

from flask import Response, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from proactive.attachments.model import LARGEST, Kind
from proactive.attachments.service import files_of_case, look
from proactive.kernel.states import FIELD
from proactive.visits.photos import keep_photo, remove_photo
from web.access import Scope, from_worker, policy, work
from web.coordinator.sheets import reader_had_it, reader_may_act
from web.coordinator.views import blueprint
from web.errors import bad_request, not_found
from web.reading import posted_id
from web.say import gettext
from web.uploads import takes_files


@blueprint.post("/visits/<uuid:case_id>/photos")
@takes_files
@policy(roles=FIELD, scope=Scope.AREA)
def add_photo(case_id: UUID) -> ResponseReturnValue:
    """Keep one photo of the reader's own visit; the facts are there already and stay untouched."""
    reader_had_it(work(), case_id)
    visit_id, photo_id = posted_id("visit_id"), posted_id("photo_id")
    sent = request.files.get("photo")
    if sent is None:
        raise bad_request()
    content = sent.stream.read(LARGEST + 1)
    keep_photo(work(), case_id, visit_id, photo_id, content)
    if from_worker():
        return jsonify(answer="taken", words=gettext("The photo is saved."))
    return redirect(url_for("coordinator.saved", case_id=case_id), 303)


@blueprint.get("/visits/<uuid:case_id>/photos/<uuid:visit_id>/<uuid:photo_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def photo(case_id: UUID, visit_id: UUID, photo_id: UUID) -> ResponseReturnValue:
    """Show one photo; the look is audited."""
    reader_may_act(work(), case_id)
    if visit_id not in files_of_case(work(), Kind.PHOTO, case_id):
        raise not_found()
    opened = look(work(), photo_id, owner_id=visit_id)
    answer: Response = make_response(opened.content)
    answer.mimetype = opened.file.media_type
    return answer


@blueprint.post("/visits/<uuid:case_id>/photos/<uuid:visit_id>/<uuid:photo_id>/remove")
@policy(roles=FIELD, scope=Scope.AREA)
def drop_photo(case_id: UUID, visit_id: UUID, photo_id: UUID) -> ResponseReturnValue:
    """Take away a photo that the reader sent by mistake."""
    reader_had_it(work(), case_id)
    remove_photo(work(), visit_id, photo_id)
    return redirect(url_for("coordinator.saved", case_id=case_id), 303)
