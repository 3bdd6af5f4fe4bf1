"""A small county with bills of three years, one trigger live in it, and a wider candidate."""

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform, build
from proactive.config import PACKAGES, Settings
from proactive.embedded import Servers
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.handlers.trying import bench_of
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts
from proactive.rules.service import live_triggers, load_trigger
from proactive.scans.service import plan_manual_run
from proactive.simulate.county import simulate_county
from proactive.stepping import run_due_steps
from proactive.tuning.ground import Bench
from tests.databases import copy_database, database_name, drop_database
from tests.switching import switch_on

AS_OF = date(2026, 11, 16)
PEOPLE = 6000
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
SETUP = Actor.operator_on_server("setup")
OFFICER = Actor(role=Role.POLICY, id="officer-1")
TRIGGER = "large_medical_bill"
RULE = (PACKAGES / "triggers" / TRIGGER / "trigger.yaml").read_text(encoding="utf-8")
WIDER = RULE.replace("value: 26000", "value: 13000")
# What the trigger reads; the county's other feeds would only take time.
READ = {
    "resident_register",
    "death_register",
    "low_income_register",
    "household_income",
    "benefit",
    "medical_bill",
}
RAISED = ("hit", '"case"', "episode", "pending", "scan_run", "notice", "case_event", "outcome")


@dataclass
class County:
    """The platform, its bench for trials, and the two versions: 1 is live, 2 a draft."""

    platform: Platform
    clock: ManualClock
    folder: Path

    @property
    def bench(self) -> Bench:
        return bench_of(self.platform)

    def scan(self) -> uuid.UUID:
        """Run the live version over everybody now, with all that follows; return the run."""
        with self.platform.work(SETUP) as work:
            live = {one.trigger: one for one in live_triggers(work, work.today)}[TRIGGER]
            run_id = plan_manual_run(work, live)
        run_due_steps(self.platform)
        return run_id

    def raised(self) -> dict[str, Any]:
        """Return a print of every table that a scan or a case would change."""
        with self.platform.work(SETUP) as work:
            return {
                name: work.db.execute(
                    text(
                        "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
                        f" FROM {name} AS t"
                    )
                ).one()
                for name in RAISED
            }


@pytest.fixture(scope="session")
def filled(
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path, Path]]:
    """Fill one county; give its database, its folder of data and the files it came from."""
    folder = tmp_path_factory.mktemp("county")
    simulate_county(folder, PEOPLE, 7, areas=None, as_of=AS_OF)
    var = tmp_path_factory.mktemp("var")
    keyring.write(var / "keys.json")
    url = copy_database(servers, template_database, "tuning")
    clock = ManualClock(NOW - timedelta(days=4))
    platform = build(Settings(var=var, database_url=url), clock=clock)
    _fill(platform, folder)
    filled = County(platform, clock, folder)
    filled.scan()
    clock.move_to(NOW)  # a large bill must have stood for three days
    filled.scan()
    platform.close()
    name = database_name(url)
    yield name, var, folder
    drop_database(servers, name)
    shutil.rmtree(var, ignore_errors=True)


def _fill(platform: Platform, folder: Path) -> None:
    with platform.work(SETUP) as work:
        load_areas(work, folder / "areas.csv", folder / "areas.mapping.yaml")
        refresh_calendar(work, "CN", 2025, 2027)
        load_posts(work, folder / "posts.csv")
    for given in json.loads((folder / "deliveries.json").read_text(encoding="utf-8"))["deliveries"]:
        if given["feed"] not in READ:
            continue
        contract = platform.contracts[given["feed"]]
        mapping = load_mapping(folder / given["mapping"], contract) if given["mapping"] else None
        options = Options(
            mapping=mapping, encoding=given["encoding"] or None, history=given["history"]
        )
        ingest_delivery(platform, SETUP, contract, folder / given["file"], options)
    run_due_steps(platform)
    switch_on(platform, RULE)
    with platform.work(OFFICER) as work:
        load_trigger(work, WIDER, platform.contracts)


@pytest.fixture
def county(
    servers: Servers, filled: tuple[str, Path, Path], clock: ManualClock
) -> Iterator[County]:
    """A copy of the county's database; the lake is shared, as no trial writes to it."""
    template, var, folder = filled
    url = copy_database(servers, template)
    clock.move_to(NOW)
    platform = build(Settings(var=var, database_url=url), clock=clock)
    yield County(platform, clock, folder)
    platform.close()
    drop_database(servers, database_name(url))
