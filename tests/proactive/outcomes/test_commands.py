"""What an operator reads of outcomes and correction requests on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proactive.cli import build as build_cli
from proactive.embedded import Servers
from tests.proactive.outcomes.conftest import Learning

Run = Callable[..., Result]
CLI = build_cli()


@pytest.fixture
def run(
    servers: Servers,
    database_url: str,
    tmp_path: Path,
    county: Learning,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    monkeypatch.setenv("PROACTIVE_VAR", str(county.platform.settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", servers.redis_url)
    runner = CliRunner()

    def call(*words: str) -> Result:
        return runner.invoke(CLI, list(words), catch_exceptions=False)

    return call


def test_counts_come_with_their_interval_as_a_table_and_as_json(run: Run, county: Learning) -> None:
    for key in (1, 3, 4):
        county.no_need(county.raised(key), "no_need")
    county.confirmed(county.raised(5))

    listed = run("outcome", "list").output
    shown = json.loads(run("outcome", "show", "large_medical_bill", "--json").output)
    told = run("outcome", "show", "large_medical_bill").output

    assert "25%" in listed
    assert "5% to 70%" in listed
    (version,) = shown["versions"]
    assert version["precision"] == {
        "count": 1, "of": 4, "share": 0.25, "low": 0.0456, "high": 0.6994,
    }  # fmt: skip
    assert version["not_confirmed"] == {"no_need": 3}
    assert [band["band"] for band in version["bands"]] == [3]
    assert "150% to 200%" in told
    assert "no need: 3 × no_need" in told


def test_a_trigger_that_found_nobody_says_so(run: Run) -> None:
    nothing = run("outcome", "list")
    unknown = run("outcome", "show", "nothing")

    assert "No trigger has raised a case yet." in nothing.output
    assert unknown.exit_code == 1
    assert "has not raised a case" in unknown.stderr


def test_an_answer_that_came_by_letter_is_kept_in_the_name_of_who_enters_it(
    run: Run, county: Learning
) -> None:
    case_id = county.raised(1)
    county.no_need(case_id, "data_wrong")
    (asked,) = json.loads(run("correction", "list", "--json").output)

    answered = run("correction", "answer", asked["ref"], "corrected", "--by", "Zhao")
    again = run("correction", "answer", asked["ref"], "stands", "--by", "Zhao")

    assert set(asked) & {"case_id", "record_id", "note", "who_cipher"} == set()
    assert "Corrected" in answered.output
    assert again.exit_code == 1
    (row,) = county.corrections(case_id)
    assert (row.answer, row.answered_by) == ("corrected", "Zhao")
    assert "No office is asked anything." in run("correction", "list", "--open").output
    assert run("correction", "answer", "NOTHING1", "stands").exit_code == 1
