"""The blueprint that the supervisor's pages share, and who may come in."""

from flask import Blueprint

from proactive.kernel.states import Role

blueprint = Blueprint("supervisor", __name__, template_folder="templates")
DESKS = frozenset({Role.TOWN, Role.COUNTY})
