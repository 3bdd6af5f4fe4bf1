"""A small county, taken in whole and scanned, for the journeys of this folder to share."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform, build
from proactive.bundles.offices import load_offices_file
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.config import Settings
from proactive.demo.cast import DIRECTOR, hire
from proactive.embedded import Servers
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.routing.loading import load_posts, load_relatives
from proactive.scheduler import tick
from proactive.simulate.county import simulate_county
from proactive.stepping import run_due_steps
from proactive.visits.form_versions import load_forms
from tests.databases import copy_database, database_name, drop_database
from tests.switching import switch_on

AS_OF = date(2026, 11, 16)
START = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)


@dataclass
class County:
    """The platform, its clock and what is really so."""

    platform: Platform
    clock: ManualClock
    truth: dict[str, Any]
    folder: Path

    def on(self, days: int, hour: int = 10) -> None:
        """Move to this local hour, `days` from today, and let all that follows happen."""
        zone = self.platform.settings.zone
        local = self.clock.now().astimezone(zone) + timedelta(days=days)
        self.clock.move_to(local.replace(hour=hour, minute=0, second=0, microsecond=0))
        self.settle()

    def settle(self) -> None:
        """Do what the scheduler and the workers would do now."""
        tick(self.platform)
        run_due_steps(self.platform)

    def answer(self, need: str, outcome: str = "confirmed") -> Iterator[dict[str, Any]]:
        """Yield what a truthful coordinator finds, one for each subject of this need."""
        for given in self.truth["answers"]:
            if given["need"] == need and given["outcome"] == outcome:
                yield given


@pytest.fixture(scope="session")
def county(
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[County]:
    folder = tmp_path_factory.mktemp("county")
    simulate_county(folder, 3000, 11, areas=None, as_of=AS_OF)
    var = tmp_path_factory.mktemp("var")
    keyring.write(var / "keys.json")
    url = copy_database(servers, template_database, "county")
    clock = ManualClock(START)
    settings = Settings(
        var=var,
        database_url=url,
        channel="file",
        channels={"file": {"path": str(var / "messages.jsonl")}},
    )
    platform = build(settings, clock=clock)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    made = County(platform, clock, truth, folder)
    furnish(made)
    yield made
    platform.close()
    drop_database(servers, database_name(url))
    shutil.rmtree(var, ignore_errors=True)


def furnish(county: County) -> None:
    """Load places, posts, offices and definitions; take in all deliveries; scan each morning."""
    platform, folder = county.platform, county.folder
    definitions = platform.settings.definitions
    with platform.work(DIRECTOR) as work:
        load_areas(work, folder / "areas.csv", folder / "areas.mapping.yaml")
        refresh_calendar(work, "CN", 2025, 2027)
        load_offices_file(work, folder / "offices.csv")
    with platform.work(DIRECTOR) as work:
        load_posts(work, folder / "posts.csv")
        load_relatives(work, folder / "relatives.csv")
        load_forms(work, definitions / "findings")
        for one in load_bundles(work, definitions / "bundles", findings=definitions / "findings"):
            activate_bundle(work, one.bundle, one.version)
        hire(work)
    for given in json.loads((folder / "deliveries.json").read_text(encoding="utf-8"))["deliveries"]:
        contract = platform.contracts[given["feed"]]
        mapping = load_mapping(folder / given["mapping"], contract) if given["mapping"] else None
        options = Options(
            mapping=mapping, encoding=given["encoding"] or None, history=given["history"]
        )
        ingest_delivery(platform, DIRECTOR, contract, folder / given["file"], options)
    for file in sorted(definitions.glob("*/trigger.yaml")):
        switch_on(platform, file.read_text(encoding="utf-8"))
    county.settle()
    # Credit looks on Mondays; a large bill must have stood for three days.
    for _ in range(4):
        county.on(1, hour=8)
