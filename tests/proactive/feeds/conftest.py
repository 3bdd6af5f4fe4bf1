"""What feed tests share: the shipped contracts, a steward, files written on the spot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proactive.feeds.contracts import Contracts, load_contracts
from proactive.kernel.work import Actor

FEEDS = Path(__file__).resolve().parents[3] / "triggers" / "feeds"


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return load_contracts(FEEDS)


@pytest.fixture
def steward() -> Actor:
    return Actor.operator_on_server("steward")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, text: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write
