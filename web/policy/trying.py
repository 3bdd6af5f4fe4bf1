"""Try it: dry runs, sweeps, back-tests, replays and shadows, with charts and tables."""

from flask import Blueprint

blueprint = Blueprint("trying", __name__, template_folder="templates")
