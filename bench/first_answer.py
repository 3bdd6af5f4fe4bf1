"""How long a policy officer waits on the page from the press of a button to the first figure.

The pages, the steps and the database are the real ones; a second thread stands for the worker. A
browser is taken at its word: it looks again after as many seconds as the page asks for.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from deltalake import Field, Schema, convert_to_deltalake
from deltalake.schema import PrimitiveType
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from bench.lakes import ROOT, TRIGGER, lake_of, planned, scan
from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from bench.place import NOW, STEWARD, fresh_platform
from proactive.accounts.service import create_account, grant_role
from proactive.accounts.sessions import create_sign_in_link, sign_in_by_link
from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.service import load_trigger
from proactive.stepping import run_due_steps
from web.app import create_app
from web.policy.first_view import SOON

PAGE = f"/policy/triggers/{TRIGGER}/try"
SWEEP = {"parameter": "oop_threshold", "start": "5000", "stop": "60000", "points": "50"}
FIRST = re.compile(r'id="(first|answer)"|<figure class="chart')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
LONGEST = 600
PEOPLE = """
INSERT INTO subject (key, kind, scheme, id_cipher, id_blind, created_at)
SELECT n, 'person', 'bench', '', int8send(n), now() FROM generate_series(1, :people) AS n
"""
FEED = "INSERT INTO feed_state (feed, head_version, last_delivery_at) VALUES (:feed, 0, :now)"


def run(setting: Setting, *, named: str, form: Mapping[str, str]) -> Measured:
    """Ask for a trial by its form again and again; each is cancelled once it has told a figure."""
    files, plan = lake_of(setting), planned(TRIGGER)
    with _filled(setting, files) as platform, _working(platform):
        client = _signed_in(platform)
        return best_of(
            BENCHMARKS[named],
            rows=setting.people,
            ours=lambda: _first_figure(client, form),
            yard=lambda: SOON + seconds_of(lambda: scan(plan, files)),
            rounds=setting.rounds,
        )


def _first_figure(client: FlaskClient, form: Mapping[str, str]) -> float:
    """Press the button; return the seconds until a page with a figure was there."""
    token = TOKEN.search(client.get(PAGE).text)
    data = {"csrf_token": token[1] if token else "", "version": "1", **form}
    start = time.perf_counter()
    address = client.post(PAGE, data=data).location
    while time.perf_counter() - start < LONGEST:
        page = client.get(address)
        if FIRST.search(page.text):
            break
        time.sleep(float(page.headers["Refresh"]))
    else:
        raise AssertionError("no figure came")
    seconds = time.perf_counter() - start
    client.post(f"{address}/cancel", data={"csrf_token": data["csrf_token"]})
    while "Refresh" in client.get(address).headers:
        time.sleep(0.2)
    return seconds


@contextmanager
def _filled(setting: Setting, files: Mapping[str, list[str]]) -> Iterator[Platform]:
    """Yield a platform with the county in its lake and a draft of the trigger."""
    with fresh_platform(setting.servers, setting.folder) as platform:
        with platform.work(Actor.machine("bench")) as work:
            work.db.execute(text(PEOPLE), {"people": setting.people})
            for feed in files:
                work.db.execute(text(FEED), {"feed": feed, "now": NOW})
        engine = create_engine(platform.settings.database_url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE subject"))
        engine.dispose()
        for feed in files:
            folder = platform.lake.folder(feed)
            shutil.copytree(setting.folder / f"lake_{setting.people}" / feed, folder)
            years = Schema([Field("year", PrimitiveType("integer"))])
            convert_to_deltalake(str(folder), partition_by=years, partition_strategy="hive")
        with platform.work(STEWARD) as work:
            rule = (ROOT / "triggers" / TRIGGER / "trigger.yaml").read_text("utf-8")
            load_trigger(work, rule, platform.contracts)
        yield platform


@contextmanager
def _working(platform: Platform) -> Iterator[None]:
    """Take steps as they come, as a worker does that the queue has told."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            run_due_steps(platform)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _signed_in(platform: Platform) -> FlaskClient:
    with platform.work(STEWARD) as work:
        account = create_account(work, "bench-policy", "Bench")
        grant_role(work, account, Role.POLICY)
        link = create_sign_in_link(work, account, timedelta(minutes=5))
    with platform.work(Actor.visitor()) as work:
        session = sign_in_by_link(work, link)
    client = create_app(platform).test_client()
    client.set_cookie("session", session or "")
    return client


YARDSTICK = f"one scan and {SOON} s of waiting"
DRY_RUN = Benchmark(
    name="first-dry-run",
    what="from the press of the button to the first figure of a dry run on the page",
    yardstick=YARDSTICK,
    at_most=2,
    run=partial(run, named="first-dry-run", form={"kind": "dry_run"}),
)
SWEEPING = Benchmark(
    name="first-sweep",
    what="from the press of the button to the first figures of a sweep of fifty values on the page",
    yardstick=YARDSTICK,
    at_most=2,
    run=partial(run, named="first-sweep", form={"kind": "sweep", **SWEEP}),
)
BENCHMARKS = {one.name: one for one in (DRY_RUN, SWEEPING)}
