"""The file of what an office gave out: comes with the delivery, can be read, added, taken away."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from proactive.bundles.certificates import remove_certificate
from proactive.kernel.states import Role
from web.access import Scope, policy, work
from web.certificates import attach_posted, certificate_answer
from web.office.views import blueprint, tried
from web.uploads import takes_files

CLERK = frozenset({Role.CLERK})


@blueprint.get("/office/items/<uuid:item_id>/files/<uuid:file_id>")
@policy(roles=CLERK, scope=Scope.OFFICE)
def certificate(item_id: UUID, file_id: UUID) -> ResponseReturnValue:
    return certificate_answer(work(), file_id, item_id)


@blueprint.post("/office/items/<uuid:item_id>/files")
@policy(roles=CLERK, scope=Scope.OFFICE)
@takes_files
def add_certificate(item_id: UUID) -> ResponseReturnValue:
    """Add a file to what was handed out already."""
    return tried(item_id, "add_file", lambda page: attach_posted(work(), page.item_id, needed=True))


@blueprint.post("/office/items/<uuid:item_id>/files/<uuid:file_id>/remove")
@policy(roles=CLERK, scope=Scope.OFFICE)
def drop_certificate(item_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Take a wrong file away: nobody can open it any more."""
    remove_certificate(work(), item_id, file_id)
    return redirect(url_for("office.item", item_id=item_id, done="remove_file"), 303)
