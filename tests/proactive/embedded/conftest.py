"""A place that the servers' account can reach even when the tests run as root."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from proactive.embedded import Servers, temporary_servers


@pytest.fixture(scope="module")
def running() -> Iterator[Servers]:
    with temporary_servers() as servers:
        yield servers


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
