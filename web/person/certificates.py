"""The person's own certificates, at the own page."""

from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from proactive.kernel.work import Actor
from web.access import platform
from web.certificates import certificate_answer
from web.person.door import by_code
from web.person.views import blueprint


@blueprint.get("/my/items/<uuid:item_id>/files/<uuid:file_id>")
@by_code
def certificate(item_id: UUID, file_id: UUID) -> ResponseReturnValue:
    with platform().work(Actor.person(g.own_case)) as unit:
        return certificate_answer(unit, file_id, item_id)
