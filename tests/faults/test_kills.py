"""Kill everything at random while people are found and told: none lost, none doubled."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from notifiers.simulator.gateway import ACCOUNT, TOKEN, Simulator
from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform, build
from proactive.config import Settings, read_settings
from proactive.embedded import Servers, temporary_servers
from proactive.feeds.mapping import mapping_from_text
from proactive.feeds.service import Options, ingest_delivery
from proactive.kernel.queue import connect
from proactive.kernel.work import Actor
from proactive.processes import Children, commands, ensure_keys
from proactive.routing.loading import load_posts
from proactive.schema import migrate
from tests.fullness import in_full
from tests.switching import switch_on

PEOPLE = in_full(300, 2000)
STORM_SECONDS = in_full(10.0, 120.0)
PATIENCE_SECONDS = in_full(300.0, 900.0)
OPERATOR = Actor.operator_on_server("tester")
RULE = """
trigger: own_payments
title: {en: Own payments, zh-CN: 个人负担}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{title: A test, citation: none}]
schedule: {on_feed: medical_bill}
parameters:
  window: {type: duration, values: [{from: 2000-01-01, value: P365D}]}
  threshold: {type: money, unit: CNY, values: [{from: 2000-01-01, value: 10000}]}
measures:
  paid: {feed: medical_bill, sum: out_of_pocket, per: person, window: window}
when: {measure: paid, at_least: threshold}
hit:
  explain: {en: "{paid} of {threshold}", zh-CN: "{paid}/{threshold}"}
  evidence: [medical_bill]
"""


@dataclass
class Field:
    """The running system under fire."""

    platform: Platform
    servers: Servers
    children: Children
    simulator: Simulator
    kills: dict[str, int]

    def kill(self, chance: random.Random) -> None:
        """End one thing in the hardest way, and let its keeper start it again."""
        victim = chance.choice(
            [*self.children.commands, "worker-1", "worker-2", "postgresql", "valkey", "flush"]
        )
        self.kills[victim] = self.kills.get(victim, 0) + 1
        if victim == "flush":
            try:
                connect(self.servers.redis_url).flushall()
            except (RedisError, OSError):
                return
            return
        pid = (
            self.children.running[victim].pid
            if victim in self.children.running
            else self.servers.pids()[victim]
        )
        with suppress(ProcessLookupError):  # dead from the blow before, not yet started again
            os.kill(pid, signal.SIGKILL)

    def ask(self, sql: str) -> Any:
        """Return one row, None while the database is away."""
        try:
            with self.platform.work(OPERATOR) as work:
                return work.db.execute(text(sql)).one()
        except SQLAlchemyError:
            return None


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with (
        temporary_servers() as servers,
        Simulator(pace=0.05, visibility_lag=0.0) as simulator,
    ):
        settings = settings_for(tmp_path / "var", servers, simulator)
        ensure_keys(settings)
        owner = create_engine(servers.database_url)
        migrate(owner)
        owner.dispose()
        platform = build(settings)
        furnish(platform, tmp_path)
        names = commands(workers=2, web=False)
        names["scheduler-2"] = names["scheduler"]
        with Children(settings, names) as children:
            yield Field(platform, servers, children, simulator, {})
        platform.close()


def settings_for(var: Path, servers: Servers, simulator: Simulator) -> Settings:
    """Return settings in a zone where it is about noon now: messages are not sent at night."""
    hours = 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
    var.mkdir()
    return read_settings(
        var=var,
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        timezone=zone,
        channel="twilio_sms",
        channels={
            "twilio_sms": {
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "from_number": "+15005550006",
                "base_url": simulator.base_url,
                "callback_url": "http://127.0.0.1:9/hooks/twilio_sms/status",
                "settle_seconds": "3",
            }
        },
        log_level="ERROR",
    )


def furnish(platform: Platform, folder: Path) -> None:
    """Bring a town of ten villages with posts, people with phones, and switch a rule on."""
    areas = folder / "areas.csv"
    lines = [
        "code,parent,name,level,virtual",
        "99,,P,1,f",
        "9901,99,C,2,f",
        "990101,9901,K,3,f",
        "990101001,990101,T,4,f",
    ]
    lines += [f"9901010010{n:02d},990101001,V{n},5,f" for n in range(10)]
    areas.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = folder / "areas.yaml"
    mapping.write_text(
        "title: test\nform: long\ncode: code\nparent: parent\nname: name\nlevel: level\n"
        "levels: {'1': 1, '2': 2, '3': 3, '4': 4, '5': 5}\nvirtual: virtual\n",
        encoding="utf-8",
    )
    posts = folder / "posts.csv"
    rows = [
        "code,kind,area_code,name,holder_login,holder_name",
        "D,county_desk,990101,County,county,County desk",
    ]
    rows += [f"P{n},coordinator,9901010010{n:02d},V{n},c{n},Holder {n}" for n in range(10)]
    posts.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with platform.work(OPERATOR) as work:
        load_areas(work, areas, mapping)
        refresh_calendar(work, "CN", 2025, 2028)
    with platform.work(OPERATOR) as work:
        load_posts(work, posts)
    switch_on(platform, RULE)
    people = ["公民身份号码,姓名,联系电话,户号,户籍地区划代码"]
    people += [f"id-{n},人{n},1990001{n:04d},H{n},9901010010{n % 10:02d}" for n in range(PEOPLE)]
    deliver(platform, "resident_register", folder / "people.csv", people)


def deliver(platform: Platform, feed: str, file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    contract = platform.contracts[feed]
    mapping = mapping_from_text(f"feed: {feed}\nid_scheme: opaque\n", contract)
    ingest_delivery(platform, OPERATOR, contract, file, Options(mapping=mapping))


def test_nothing_is_lost_and_nothing_doubled_whatever_is_killed(
    field: Field, tmp_path: Path
) -> None:
    day = (datetime.now(UTC) - timedelta(days=5)).strftime("%Y-%m-%d")
    bills = ["公民身份号码,结算编号,结算时间,医疗费总额,个人自付"]
    bills += [f"id-{n},S{n},{day},12000.00,12000.00" for n in range(PEOPLE)]
    deliver(field.platform, "medical_bill", tmp_path / "bills.csv", bills)

    chance, until = random.Random(20261121), time.monotonic() + STORM_SECONDS
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.3, 0.9))
        field.kill(chance)
        field.children.mend()
    wait_until_quiet(field)

    row = field.ask(
        'SELECT (SELECT count(*) FROM "case") AS cases,'
        ' (SELECT count(DISTINCT subject_key) FROM "case") AS people,'
        " (SELECT count(*) FROM \"case\" WHERE state = 'assigned') AS assigned,"
        " (SELECT count(*) FROM case_evidence) AS evidence,"
        " (SELECT count(*) FROM notice WHERE template = 'someone_will_come') AS notices,"
        " (SELECT count(*) FROM message m JOIN notice n ON n.id = m.notice_id"
        "   WHERE n.template = 'someone_will_come' AND m.state IN ('sent', 'delivered')) AS sent,"
        " (SELECT count(*) FROM audit WHERE action = 'raise') AS audited,"
        " (SELECT count(*) FROM step WHERE state = 'parked') AS parked"
    )
    copies = field.simulator.book.copies()
    wrong = [ref for ref, count in copies.items() if count > 1]
    print(f"kills: {field.kills}; {tuple(row)}; gateway took {copies.total()}")
    assert (row.cases, row.people, row.assigned, row.evidence) == (PEOPLE,) * 4
    assert (row.notices, row.sent, row.audited, row.parked) == (PEOPLE, PEOPLE, PEOPLE, 0)
    assert wrong == []
    assert copies.total() >= PEOPLE


def wait_until_quiet(field: Field) -> None:
    """Wait until nothing is left to do, restarting what dies."""
    until, quiet = time.monotonic() + PATIENCE_SECONDS, 0
    while quiet < 3:
        assert time.monotonic() < until, field.ask(
            "SELECT string_agg(name || ' ' || state || ' ' || coalesce(error, ''), '; ')"
            " FROM step WHERE state <> 'done'"
        )
        field.children.mend()
        time.sleep(1)
        row = field.ask(
            "SELECT (SELECT count(*) FROM step WHERE state IN ('pending', 'running')"
            "   AND name <> 'sweep_messages') AS steps,"
            " (SELECT count(*) FROM message WHERE state IN ('queued', 'sending', 'unknown'))"
            ' AS messages, (SELECT count(*) FROM "case") AS cases'
        )
        calm = row is not None and row.cases and not row.steps and not row.messages
        quiet = quiet + 1 if calm else 0
