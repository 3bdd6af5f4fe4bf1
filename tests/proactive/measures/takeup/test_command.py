"""Take-up on the command line: counted, shown, as JSON, as Excel, and what an office counted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from proactive.cli import build as build_cli
from proactive.kernel.states import Role
from tests.proactive.bundles.conftest import PATH
from tests.proactive.measures.takeup.conftest import Town

Run = Callable[..., Result]


@pytest.fixture
def run(town: Town, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = town.desk.platform.settings
    monkeypatch.setenv("PROACTIVE_VAR", str(settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", "redis://127.0.0.1:1")
    cli = build_cli()

    def call(*words: str) -> Result:
        return CliRunner().invoke(cli, list(words), catch_exceptions=False)

    return call


def test_nothing_counted_yet_is_said_with_what_to_do(run: Run) -> None:
    assert "proactive takeup --count" in run("takeup").output


def test_figures_are_counted_shown_and_written(town: Town, run: Run, tmp_path: Path) -> None:
    bundle = town.open(household=7)
    town.grant(bundle, "temporary_aid")
    span = ("--from", "2026-11", "--to", "2026-12", "--programme", "medical_cost_relief")

    shown = run("takeup", "--count", *span)
    data = json.loads(run("takeup", *span, "--json").output)
    written = run("takeup", *span, "--xlsx", str(tmp_path / "t.xlsx"), "--language", "zh")

    assert shown.exit_code == written.exit_code == 0
    assert "Programmes opened" in shown.output
    [programme] = data["programmes"]
    rows = {row["name"]: row["values"]["Value"] for row in programme["tables"]["indicators"]}
    assert rows["Programmes opened"] == 1
    assert rows["Ready at the first time"] == {"count": 1, "of": 1}
    assert rows["Relative volume"] == {"missing": "no_office_count"}
    assert "指标定义" in load_workbook(tmp_path / "t.xlsx").sheetnames


def test_an_offices_own_counts_are_loaded_or_refused_with_the_line(
    town: Town, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "single.csv"
    lines = [f"2026-1{n},temporary_aid,{PATH[2]},{n + 8},monthly sheet" for n in (0, 1)]
    file.write_text("\n".join(["month,item,area,count,source", *lines]), encoding="utf-8-sig")

    kept = run("takeup", "load", str(file), "--by", "li")
    file.write_text("month,item,area,count,source\n2026-11,x,y,z,w\n", encoding="utf-8")
    refused = run("takeup", "load", str(file))

    assert "2 counts were kept." in kept.output
    assert refused.exit_code == 1
    assert "Line 2" in refused.output


@pytest.mark.parametrize(
    "words", [("--area", "1"), ("--programme", "x"), ("--from", "2026-12", "--to", "2026-11")]
)
def test_what_is_asked_wrongly_is_refused(run: Run, words: tuple[str, ...]) -> None:
    answer = run("takeup", *words)

    assert answer.exit_code == 1
    assert "Failed" not in answer.output


def test_the_role_of_fairness_is_granted_like_any_other_and_without_a_place(run: Run) -> None:
    granted = run("user", "add", "wu", "--name", "吴", "--role", str(Role.FAIRNESS))
    placed = run("user", "add", "he", "--name", "何", "--role", "fairness", "--area", PATH[2])

    assert granted.exit_code == 0
    assert placed.exit_code == 1
    assert "This role has no area." in placed.output
