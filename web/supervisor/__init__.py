"""Pages of those who answer for a town or county: what needs them today, and how it all stands."""

from web.supervisor import automatic, giving, standing, today, villages
from web.supervisor.door import blueprint

__all__ = ["automatic", "blueprint", "giving", "standing", "today", "villages"]
