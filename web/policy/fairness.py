"""Fairness: whom a trigger finds and helps, by group, for its own role only."""

from flask import Blueprint

blueprint = Blueprint("fairness", __name__, template_folder="templates")
