"""The whole made county is ingested, and every spoilt row meets the treatment the truth names."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from proactive.areas.queries import all_paths
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform, build
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.feeds.contracts import Contracts, load_contracts
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.feeds.store import held_row, quarantine
from proactive.feeds.summary import Summary
from proactive.feeds.views import feed_views
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from proactive.people.vault import aliases_table
from proactive.rules.check import check_rule
from proactive.rules.duck import evaluate
from proactive.rules.plan import plan_rule
from proactive.rules.results import hit_rows
from tests.conftest import START
from tests.proactive.simulate.making import AS_OF, Made

FEEDS = Path(__file__).resolve().parents[3] / "triggers" / "feeds"
STEWARD = Actor.operator_on_server("steward")
PUT_ASIDE, HELD = {"quarantined"}, {"held", "released"}


@dataclass
class Ingested:
    made: Made
    platform: Platform
    contracts: Contracts
    summaries: dict[str, Summary] = field(default_factory=dict)
    repeats: list[Summary] = field(default_factory=list)

    def deliver(self, line: dict[str, Any]) -> Summary:
        contract = self.contracts[line["feed"]]
        mapping = (
            load_mapping(self.made.folder / line["mapping"], contract)
            if line.get("mapping")
            else None
        )
        options = Options(mapping=mapping, history=line.get("history", False))
        path = self.made.folder / line["file"]
        return ingest_delivery(self.platform, STEWARD, contract, path, options)

    def wanted(self, file: str, treatments: set[str]) -> Counter[str]:
        rows = self.made.truth["dirty"]
        return Counter(
            row["reason"] for row in rows if row["file"] == file and row["treatment"] in treatments
        )


@pytest.fixture(scope="module")
def ingested(
    small: Made,
    servers: Servers,
    template_database: str,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ingested]:
    """Return a platform into which every listed delivery has gone, in order."""
    admin = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS simulate_ingested WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE simulate_ingested TEMPLATE {template_database}"))
    var = tmp_path_factory.mktemp("var")
    keyring.write(var / "keys.json")
    url = make_url(servers.database_url).set(database="simulate_ingested")
    settings = Settings(var=var, database_url=url.render_as_string(hide_password=False))
    platform = build(settings, clock=ManualClock(START))
    with platform.work(STEWARD) as work:
        load_areas(work, small.folder / "areas.csv", small.folder / "areas.mapping.yaml")
    done = Ingested(small, platform, load_contracts(FEEDS))
    for line in small.listed["deliveries"]:
        summary = done.deliver(line)
        if line["repeat"]:
            done.repeats.append(summary)
        else:
            done.summaries[line["file"]] = summary
    yield done
    platform.close()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE simulate_ingested WITH (FORCE)"))
    admin.dispose()


def test_a_file_that_comes_twice_is_nothing_new(ingested: Ingested) -> None:
    assert [summary.state for summary in ingested.repeats] == ["nothing_new"]


def test_every_row_of_every_file_is_accounted_for(ingested: Ingested) -> None:
    for line in ingested.made.listed["deliveries"]:
        summary = ingested.summaries[line["file"]]
        assert summary.rows_read == line["rows"], line["file"]


def test_exactly_the_rows_that_must_be_put_aside_are(ingested: Ingested) -> None:
    for file, summary in ingested.summaries.items():
        assert summary.quarantined == ingested.wanted(file, PUT_ASIDE), file


def test_rows_put_aside_are_named_by_their_line(ingested: Ingested) -> None:
    with ingested.platform.work(STEWARD) as work:
        found = work.db.execute(select(quarantine.c.row_no, quarantine.c.reason)).all()
    wanted = [
        (row["row"], row["reason"])
        for row in ingested.made.truth["dirty"]
        if row["treatment"] == "quarantined"
    ]

    assert sorted((row.row_no, str(row.reason)) for row in found) == sorted(wanted)


def test_exactly_the_rows_that_must_wait_are_held_and_those_whose_forward_came_released(
    ingested: Ingested,
) -> None:
    for file, summary in ingested.summaries.items():
        assert summary.held == ingested.wanted(file, HELD), file
    released = sum(summary.released for summary in ingested.summaries.values())
    assert released == sum(r["treatment"] == "released" for r in ingested.made.truth["dirty"])
    with ingested.platform.work(STEWARD) as work:
        still = work.db.execute(select(held_row).where(held_row.c.released_at.is_(None))).all()
    assert len(still) == sum(r["treatment"] == "held" for r in ingested.made.truth["dirty"])


def test_repeated_and_outdated_rows_change_nothing(ingested: Ingested) -> None:
    for file, summary in ingested.summaries.items():
        kinds = Counter(
            row["kind"]
            for row in ingested.made.truth["dirty"]
            if row["file"] == file and row["treatment"] == "ignored"
        )
        assert summary.older == kinds["version_out_of_order"], file
        assert summary.unchanged == kinds["row_twice_in_file"] + kinds["row_in_two_files"], file
        assert summary.totals == kinds["total_row"], file


def test_each_office_is_told_of_every_oddity(ingested: Ingested) -> None:
    counted_elsewhere = {"name_differs": "doubtful"}
    for file, summary in ingested.summaries.items():
        for reason, count in ingested.wanted(file, {"warning"}).items():
            told = (
                getattr(summary, counted_elsewhere[reason])
                if reason in counted_elsewhere
                else summary.warnings[reason]
            )
            assert told >= count, (file, reason)


def test_files_that_would_spoil_everything_are_refused_for_the_right_reason(
    ingested: Ingested,
) -> None:
    for line in ingested.made.listed["refused"]:
        with pytest.raises(Refused) as refused:
            ingested.deliver(line)
        assert refused.value.code == line["code"], line["file"]


@pytest.mark.parametrize(
    "trigger", ["large_medical_bill", "disability_record", "birth_registration", "credit_blemish"]
)
def test_each_trigger_finds_whom_the_truth_expects(ingested: Ingested, trigger: str) -> None:
    wanted = {
        ingested.platform.keys.subject_key(who["scheme"], who["number"])
        for who in ingested.made.truth["expected_hits"][trigger]
    }
    rule = check_rule(
        (FEEDS.parent / trigger / "trigger.yaml").read_text("utf-8"), ingested.contracts
    )
    plan = plan_rule(rule, ingested.contracts)
    with ingested.platform.work(STEWARD) as work:
        found = evaluate(
            plan,
            feed_views(work, ingested.platform.lake, sorted(plan.feeds), ingested.contracts),
            as_of=AS_OF,
            known_at=work.now,
            areas=all_paths(work.db, on=AS_OF),
            aliases=aliases_table(work),
        )

    assert {row.subject_key for row in hit_rows(found)} == wanted


def test_nearly_everybody_is_placed_in_a_village(ingested: Ingested) -> None:
    with ingested.platform.work(STEWARD) as work:
        total, placed = work.db.execute(
            text(
                "SELECT count(*), count(*) FILTER (WHERE area_5 <> '') FROM subject"
                " WHERE kind = 'person'"
            )
        ).one()

    assert placed / total > 0.9
