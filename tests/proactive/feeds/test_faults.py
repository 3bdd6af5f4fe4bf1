"""Killed at any point, a delivery is as if it had not come, and the same command completes it."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from proactive.bootstrap import Platform
from proactive.feeds.contracts import Contracts
from proactive.feeds.lake import Lake, lake_schema
from proactive.feeds.queries import list_deliveries
from proactive.feeds.service import purge_expired, restore_lake
from proactive.feeds.store import feed_state
from proactive.kernel.errors import Failed
from tests.proactive.feeds.making import Bill, Office, bill_file, resident

INGEST = """
import sys
from pathlib import Path
from proactive.bootstrap import build
from proactive.config import Settings
from proactive.feeds import service
from proactive.feeds.contracts import load_contracts
from proactive.kernel.work import Actor
var, url, feeds, file, stop = sys.argv[1:]
if stop:
    module, _, name = stop.rpartition(".")
    import importlib
    holder = importlib.import_module(module)
    original = getattr(holder, name)
    def die(*args, **kwargs):
        result = original(*args, **kwargs)
        print("reached", flush=True)
        import time; time.sleep(60)
        return result
    setattr(holder, name, die)
platform = build(Settings(var=Path(var), database_url=url))
contract = load_contracts(Path(feeds))["medical_bill"]
print(service.ingest_delivery(platform, Actor.operator_on_server("s"), contract, Path(file)).state)
"""


@pytest.mark.parametrize(
    "stop",
    [
        "proactive.feeds.service.prepare",
        "proactive.feeds.service.fill_vault",
        "proactive.feeds.service.write_settled",
        "proactive.feeds.service.release_found",
    ],
)
def test_killed_at_any_step_nothing_is_there_and_the_same_command_completes_it(
    office: Office, stop: str
) -> None:
    office.bills(Bill(settlement="S0", at="2026-02-01 08:00:00"))
    before = office.visible()
    path = office.file(bill_file(*(Bill(settlement=f"S{n}", id=resident(n)) for n in range(1, 9))))

    kill_at(stop, office, path)
    after_kill = office.visible()
    other = office.bills(Bill(settlement="S9", at="2026-02-02 08:00:00"))
    completed = office.deliver("medical_bill", path)

    assert after_kill == before
    assert (other.applied, completed.state, completed.new) == (1, "applied", 8)
    assert len(office.visible()) == 10
    assert office.deliver("medical_bill", path).state == "nothing_new"


def test_what_a_killed_process_left_lying_is_removed(office: Office) -> None:
    path = office.file(bill_file(Bill()))
    kill_at("proactive.feeds.service.write_settled", office, path)

    with office.platform.work(office.steward) as work:
        purged = purge_expired(work, office.platform.lake)
    with office.platform.work(office.steward) as work:
        again = purge_expired(work, office.platform.lake)

    assert (purged.left_behind, again.left_behind) == (2, 0)  # the scratch folder, the sealed file
    assert office.deliver("medical_bill", path).applied == 1
    with office.platform.work(office.steward) as work:
        assert purge_expired(work, office.platform.lake).left_behind == 0


def test_after_a_restored_backup_the_lake_goes_back_with_it(office: Office) -> None:
    office.bills(Bill())
    with office.platform.work(office.steward) as work:
        before = work.db.execute(select(feed_state.c.head_version)).scalar_one()
    office.bills(Bill(settlement="S2", at="2026-03-02 10:00:00"))
    with office.platform.work(office.steward) as work:  # as a restored backup would say
        work.db.execute(update(feed_state).values(head_version=before))

    with office.platform.work(office.steward) as work:
        restore_lake(work, office.platform.lake)

    newest = office.platform.lake.version("medical_bill")
    [file] = office.platform.lake.files("medical_bill", newest)
    assert pq.read_metadata(file).num_rows == 1


def kill_at(stop: str, office: Office, path: Path) -> None:
    """Ingest a file in another process and kill it right after the named step."""
    settings = office.platform.settings
    arguments = [settings.var, settings.database_url, office.contracts.folder, path, stop]
    with subprocess.Popen(
        [sys.executable, "-c", INGEST, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "reached"
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    wait_until_gone(office.platform)


def wait_until_gone(platform: Platform) -> None:
    """The server notices a dead client when its socket closes."""
    for _ in range(50):
        with platform.engine.connect() as db:
            query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            if not db.exec_driver_sql(query).scalar_one():
                return
        time.sleep(0.1)


def test_files_that_come_at_once_are_all_applied_once(office: Office) -> None:
    paths = [
        office.file(
            bill_file(
                *(Bill(settlement=f"{f}-{n}", at=f"2026-02-0{f} 10:0{n}:00") for n in range(5))
            )
        )
        for f in range(1, 4)
    ]

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda path: office.deliver("medical_bill", path), paths + paths))

    assert sorted(one.state for one in done) == ["applied"] * 3 + ["nothing_new"] * 3
    assert len(office.visible()) == 15
    with office.platform.work(office.steward) as work:
        assert {line.state for line in list_deliveries(work)} == {"applied"}


def test_a_commit_that_the_database_does_not_know_never_becomes_visible(office: Office) -> None:
    office.bills(Bill())
    lake, contract = office.platform.lake, office.contracts["medical_bill"]
    schema = lake_schema(contract)
    debris = pa.Table.from_pylist([{"record_id": "debris", "version": 1, "year": 2026}], schema)
    lake.append("medical_bill", debris, head=lake.version("medical_bill"))

    office.bills(Bill(settlement="S2", at="2026-03-09 10:00:00"))

    assert [row["record_id"] for row in office.visible()] == ["S1", "S2"]


def test_a_lake_older_than_its_pinned_head_is_loud(office: Office) -> None:
    office.bills(Bill())

    with pytest.raises(Failed, match="no version"):
        office.platform.lake.files("medical_bill", 99)
    with pytest.raises(Failed, match="older"):
        office.platform.lake.restore("medical_bill", 99)


def test_many_small_deliveries_are_put_together(tmp_path: Path, contracts: Contracts) -> None:
    lake, contract = Lake(tmp_path, most_files=5), contracts["medical_bill"]
    head = None
    for n in range(8):
        row = {"record_id": f"S{n}", "version": 1, "year": 2026}
        rows = pa.Table.from_pylist([row], lake_schema(contract))
        head = lake.append("medical_bill", rows, head=head)

    assert len(lake.files("medical_bill", head)) <= 5
    files = lake.files("medical_bill", head)
    assert sum(pq.read_metadata(file).num_rows for file in files) == 8
