"""Trying on the command line: tables a person can read, JSON, a row kept for each."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from proactive.cli import build
from proactive.embedded import Servers
from proactive.tuning.queries import list_trials
from tests.proactive.tuning.conftest import OFFICER, SETUP, TRIGGER, County

CLI = build()
Run = Callable[..., Result]


@pytest.fixture
def run(county: County, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = county.platform.settings
    monkeypatch.setenv("PROACTIVE_VAR", str(settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", servers.redis_url)

    def call(*words: str) -> Result:
        return CliRunner().invoke(CLI, ["trigger", *words], catch_exceptions=False)

    return call


SWEEP = (
    "sweep",
    TRIGGER,
    "--parameter",
    "oop_threshold",
    "--version",
    "1",
    "--as-of",
    "2026-11-20",
)
GRID = (
    *(*SWEEP, "--from", "5000", "--to", "60000", "--points", "5", "--and", "income_share"),
    *("--and-from", "0.2", "--and-to", "0.8", "--and-points", "4"),
)


@pytest.mark.parametrize(
    ("words", "kind", "wanted"),
    [
        (("dry-run", TRIGGER), "dry_run", "weeks to clear"),
        (("scan", TRIGGER, "--dry-run", "--version", "1"), "dry_run", "weeks to clear"),
        (("scan", TRIGGER, "--as-of", "2026-11-20"), "dry_run", "as of 2026-11-20"),
        ((*SWEEP, "--from", "5000", "--to", "60000"), "sweep", "posts over"),
        (
            (*SWEEP, "--value", "9000", "--and", "income_share", "--and-value", "0.4"),
            "sweep",
            "0.4",
        ),
        (GRID, "sweep", "income_share"),
        (("backtest", TRIGGER, "--months", "2"), "backtest", "2026-10-31"),
        (("replay", TRIGGER, "--from", "2026-11-01", "--to", "2026-11-20"), "replay", "2026-11"),
    ],
)
def test_each_way_of_trying_is_told_in_a_table_and_kept(
    county: County, run: Run, words: tuple[str, ...], kind: str, wanted: str
) -> None:
    before = county.raised()

    told = run(*words)
    as_json = run(*words, "--json")

    assert told.exit_code == as_json.exit_code == 0, told.output
    assert wanted in told.output
    assert "Nothing was raised." in told.output
    assert json.loads(as_json.output)["kind"] == kind
    assert county.raised() == before
    with county.platform.work(OFFICER) as work:
        assert [(one.kind, one.state) for one in list_trials(work, TRIGGER)] == [(kind, "done")] * 2


def test_fifty_points_are_the_default_and_round(run: Run) -> None:
    points = json.loads(run(*SWEEP, "--from", "5000", "--to", "60000", "--json").output)["points"]

    assert 40 <= len(points) <= 50
    values = [float(point["values"][0]) for point in points]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (5000, 60000)
    assert all(value % 100 == 0 for value in values)


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        ((*SWEEP, "--from", "60000", "--to", "5000"), "empty_range", "lower value first"),
        ((*SWEEP, "--from", "-5", "--to", "5"), "bad_value", "under zero"),
        ((*SWEEP,), "empty_range", "oop_threshold"),
        (("backtest", TRIGGER, "--months", "60"), "before_first_delivery", "medical_bill"),
        (("dry-run", TRIGGER, "--version", "7"), "no_such_version", "7"),
        (("dry-run", "no_such_thing"), "no_such_version", "no_such_thing"),
        (("shadow", TRIGGER, "--until", "2026-12-31"), "no_version_named", "--until"),
        (("shadow", TRIGGER, "2", "--stop"), "no_such_shadow", "2"),
    ],
)
def test_what_is_impossible_is_a_sentence_and_nothing_is_kept(
    county: County, run: Run, words: tuple[str, ...], code: str, word: str
) -> None:
    told, as_json = run(*words), run(*words, "--json")

    assert told.exit_code == as_json.exit_code == 1
    assert word in told.output
    assert json.loads(as_json.output)["error"] == code
    with county.platform.work(SETUP) as work:
        assert work.db.execute(text("SELECT count(*) FROM trial")).scalar_one() == 0


def test_a_misspelt_parameter_is_answered_with_the_nearest(run: Run) -> None:
    told = run("sweep", TRIGGER, "--parameter", "oop_treshold", "--from", "1", "--to", "2")

    assert told.exit_code == 1
    assert "oop_threshold" in told.output


def test_a_shadow_is_started_listed_and_stopped(county: County, run: Run) -> None:
    started = run("shadow", TRIGGER, "2", "--until", "2026-12-31")
    county.scan()
    listed = run("shadow", TRIGGER)
    data = json.loads(run("shadow", TRIGGER, "--json").output)
    stopped = run("shadow", TRIGGER, "2", "--stop")

    assert started.exit_code == listed.exit_code == stopped.exit_code == 0
    assert "runs as a shadow until 2026-12-31" in listed.output
    assert "only candidate" in listed.output
    assert data[0]["running"]
    assert data[0]["runs"][0]["only_candidate"] > 0
    assert "has ended" in stopped.output


def test_earlier_trials_are_listed(run: Run) -> None:
    assert "Nothing has been tried" in run("trials", TRIGGER).output
    run("dry-run", TRIGGER, "--by", "li")

    assert "dry_run" in run("trials", TRIGGER).output
    assert json.loads(run("trials", TRIGGER, "--json").output)[0]["asked_by"] == "li"
