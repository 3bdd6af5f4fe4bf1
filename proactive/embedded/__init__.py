"""Starts the real PostgreSQL and Valkey from wheels: for the demo, the tests and small offices.

Production sets two URLs instead and needs nothing of this package.
"""

from proactive.embedded.servers import (
    Servers,
    running_servers,
    share_servers,
    start_servers,
    temporary_servers,
)

__all__ = ["Servers", "running_servers", "share_servers", "start_servers", "temporary_servers"]
