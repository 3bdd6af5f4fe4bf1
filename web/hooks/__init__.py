"""Doors for machines: call-backs of providers and offices, health and readiness."""

from web.hooks import offices
from web.hooks.views import blueprint

__all__ = ["blueprint", "offices"]
