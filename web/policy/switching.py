"""Switch it on: propose, approve by another person, stage, roll back."""

from flask import Blueprint

blueprint = Blueprint("switching", __name__, template_folder="templates")
