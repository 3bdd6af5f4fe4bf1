"""Change it: a form that maps one to one to the grammar, and the text beside it."""

from flask import Blueprint

blueprint = Blueprint("changing", __name__, template_folder="templates")
