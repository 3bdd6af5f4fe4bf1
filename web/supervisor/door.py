"""The blueprint that the supervisor's pages share, and who may come in."""

from flask import Blueprint

blueprint = Blueprint("supervisor", __name__, template_folder="templates")
