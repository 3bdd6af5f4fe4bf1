"""Counties made once for all tests that only read them."""

import pytest

from tests.proactive.simulate.making import Made, make


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a county of 20,000 people, the size of the demo."""
    return make(tmp_path_factory.mktemp("county"), 20_000, 7)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a county of 2,000 people."""
    return make(tmp_path_factory.mktemp("small"), 2_000, 11)
