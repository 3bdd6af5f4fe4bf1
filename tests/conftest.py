"""Fixtures every test may ask for: real servers, a fresh database, a platform, a still clock."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, event, text

from proactive.bootstrap import Platform, build
from proactive.config import PACKAGES, Settings
from proactive.embedded import Servers, temporary_servers
from proactive.feeds.contracts import Contracts, load_contracts
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.db import open_engine
from proactive.kernel.work import Actor
from proactive.schema import migrate
from tests.databases import copy_database, database_name, drop_database
from tests.databases import database_url as address

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
# How long an example takes says something of the machine, nothing of the product.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("untimed")
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


@dataclass
class OneEngine:
    """One engine for the tests of a process: what it has compiled serves every copied database."""

    engine: Engine
    database: str = ""

    def at(self, url: str) -> Engine:
        """Return the engine, whose next connections go to the database at `url`."""
        self.engine.dispose()
        self.database = database_name(url)
        return self.engine


@pytest.fixture(scope="session")
def one_engine(servers: Servers) -> OneEngine:
    one = OneEngine(open_engine(servers.database_url))

    @event.listens_for(one.engine, "do_connect")
    def _go_there(_dialect: object, _record: object, _args: object, given: dict[str, Any]) -> None:
        given["dbname"] = one.database

    return one


@pytest.fixture(scope="session")
def shipped_contracts() -> Contracts:
    """The shipped contracts, read once."""
    return load_contracts(PACKAGES / "triggers" / "feeds")


@pytest.fixture
def platform(
    database_url: str,
    one_engine: OneEngine,
    shipped_contracts: Contracts,
    clock: ManualClock,
    tmp_path: Path,
    keyring: Keyring,
) -> Iterator[Platform]:
    var = tmp_path / "var"
    var.mkdir()
    keyring.write(var / "keys.json")
    built = build(Settings(var=var, database_url=database_url), clock=clock)
    built.engine = one_engine.at(database_url)
    vars(built)["contracts"] = shipped_contracts
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
