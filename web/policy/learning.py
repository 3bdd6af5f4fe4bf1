"""Learn: what people found out about a trigger's hits, and who mends what."""

from flask import Blueprint

blueprint = Blueprint("learning", __name__, template_folder="templates")
