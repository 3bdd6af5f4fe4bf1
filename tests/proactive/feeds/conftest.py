"""What feed tests share: the shipped contracts, a steward, an office that delivers."""

from pathlib import Path

import pytest

from proactive.bootstrap import Platform
from proactive.feeds.contracts import Contracts, load_contracts
from proactive.kernel.work import Actor
from tests.proactive.feeds.making import Office

FEEDS = Path(__file__).resolve().parents[3] / "triggers" / "feeds"


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return load_contracts(FEEDS)


@pytest.fixture
def steward() -> Actor:
    return Actor.operator_on_server("steward")


@pytest.fixture
def office(platform: Platform, contracts: Contracts, steward: Actor, tmp_path: Path) -> Office:
    folder = tmp_path / "delivered"
    folder.mkdir()
    return Office(platform, contracts, steward, folder)
