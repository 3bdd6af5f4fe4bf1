"""Take-up: how many get what, in how much time, by definitions beside the numbers."""

from flask import Blueprint

blueprint = Blueprint("takeup", __name__, template_folder="templates")
