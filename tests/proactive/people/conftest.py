"""What vault tests share: an office that delivers registers, and a loaded tree of places."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from proactive.areas.store import area
from proactive.bootstrap import Platform
from proactive.feeds.contracts import load_contracts
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.work import Actor
from tests.proactive.feeds.making import Office

FEEDS = Path(__file__).resolve().parents[3] / "triggers" / "feeds"
PLACES: Sequence[tuple[str, str, int]] = (
    ("370000000000", "", 1),
    ("371400000000", "370000000000", 2),
    ("371422000000", "371400000000", 3),
    ("371422001000", "371422000000", 4),
    ("371422001201", "371422001000", 5),
    ("371422001202", "371422001000", 5),
)


@pytest.fixture
def office(platform: Platform, tmp_path: Path) -> Office:
    folder = tmp_path / "delivered"
    folder.mkdir()
    made = Office(platform, load_contracts(FEEDS), Actor.operator_on_server("steward"), folder)
    with platform.work(made.steward) as work:
        for code, parent, level in PLACES:
            path = [*(outer for outer, _, _ in PLACES[: level - 1]), code]
            path += [""] * (5 - len(path))
            row = {"code": code, "parent": parent, "name": code, "level": level, "source": "test"}
            work.db.execute(area.insert(), row | dict(zip(AREA_COLUMNS, path, strict=True)))
    return made
