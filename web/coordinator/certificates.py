"""Certificates of a case for its coordinator: to print for somebody without phone or printer."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from proactive.bundles.certificates import certificates_of_case
from proactive.kernel.states import FIELD
from web.access import Scope, policy, work
from web.certificates import certificate_answer
from web.coordinator.sheets import reader_may_act
from web.coordinator.views import blueprint
from web.errors import not_found


@blueprint.get("/visits/<uuid:case_id>/items/<uuid:item_id>/files/<uuid:file_id>")
@policy(roles=FIELD, scope=Scope.AREA)
def certificate(case_id: UUID, item_id: UUID, file_id: UUID) -> ResponseReturnValue:
    reader_may_act(work(), case_id)
    if item_id not in certificates_of_case(work(), case_id):
        raise not_found()
    return certificate_answer(work(), file_id, item_id)
