"""A fresh platform for one round of a benchmark: real servers, empty database, still clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.work import Actor
from proactive.schema import migrate

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
STEWARD = Actor.operator_on_server("bench")
APPROVER = Actor.operator_on_server("bench-approver")


@contextmanager
def fresh_platform(servers: Servers, folder: Path) -> Iterator[Platform]:
    """Yield a platform on a database of its own, gone afterwards."""
    name = f"bench_{uuid.uuid4().hex}"
    url = make_url(servers.database_url).set(database=name)
    admin = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    owner = create_engine(url)
    migrate(owner)
    owner.dispose()
    var = folder / name
    var.mkdir()
    Keyring.generate().write(var / "keys.json")
    values: dict[str, Any] = {"database_url": url.render_as_string(hide_password=False)}
    values["guest_list"] = ()  # nobody gets a message
    settings = Settings(var=var, **values)
    platform = build(settings, clock=ManualClock(NOW))
    try:
        yield platform
    finally:
        platform.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
