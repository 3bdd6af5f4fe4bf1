"""Certificates of a case for its coordinator: to print for somebody without phone or printer."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from web.access import Scope, policy, work
from web.certificates import certificate_answer
from web.coordinator.views import FIELD, blueprint


@blueprint.get("/visits/<uuid:case_id>/items/<uuid:item_id>/files/<uuid:file_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def certificate(case_id: UUID, item_id: UUID, file_id: UUID) -> ResponseReturnValue:
    return certificate_answer(work(), file_id, item_id)
