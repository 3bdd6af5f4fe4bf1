"""Policy staff's pages: what the triggers look for, from which values on, by which law."""

from web.policy.views import blueprint

__all__ = ["blueprint"]
