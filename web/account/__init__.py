"""Signing in and out, devices, choosing a role, language and text size."""

from web.account import devices, slips
from web.account.views import blueprint

__all__ = ["blueprint", "devices", "slips"]
