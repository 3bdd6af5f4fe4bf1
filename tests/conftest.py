"""Fixtures every test may ask for: real servers, a fresh database, a platform, a still clock."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.embedded import Servers, temporary_servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.work import Actor
from proactive.schema import migrate
from tests.databases import copy_database, database_name, drop_database
from tests.databases import database_url as address

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with temporary_servers() as running:
        yield running


@pytest.fixture(scope="session")
def template_database(servers: Servers) -> str:
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE template_proactive"))
    engine.dispose()
    owner = create_engine(address(servers, "template_proactive"))
    migrate(owner)
    owner.dispose()
    return "template_proactive"


@pytest.fixture
def database_url(servers: Servers, template_database: str) -> Iterator[str]:
    url = copy_database(servers, template_database)
    yield url
    drop_database(servers, database_name(url))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.generate()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def platform(
    database_url: str, clock: ManualClock, tmp_path: Path, keyring: Keyring
) -> Iterator[Platform]:
    var = tmp_path / "var"
    var.mkdir()
    keyring.write(var / "keys.json")
    built = build(Settings(var=var, database_url=database_url), clock=clock)
    yield built
    built.close()


@pytest.fixture
def machine() -> Actor:
    return Actor.machine("test")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the open data folder ../shared/data is not beside this checkout")
    return SHARED_DATA


os.environ.setdefault("PROACTIVE_LOG_LEVEL", "WARNING")
