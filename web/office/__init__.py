"""The desk of an office: its items, its records to check, what the clerk decides."""

from web.office import bulk, certificates, corrections
from web.office.views import blueprint

__all__ = ["blueprint", "bulk", "certificates", "corrections"]
