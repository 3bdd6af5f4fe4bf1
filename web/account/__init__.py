"""Signing in and out, choosing a role, language and text size."""

from web.account.views import blueprint

__all__ = ["blueprint"]
