"""Doors for machines: call-backs of message providers, health and readiness."""

from web.hooks.views import blueprint

__all__ = ["blueprint"]
