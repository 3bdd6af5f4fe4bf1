"""`trigger diff` at the console."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proactive.bootstrap import Platform
from proactive.cli import build as build_cli
from proactive.kernel.work import Actor
from proactive.rules.service import load_trigger

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "triggers" / "large_medical_bill" / "trigger.yaml").read_text("utf-8")
CLI = build_cli()


@pytest.fixture
def two_versions(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROACTIVE_VAR", str(platform.settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", platform.settings.database_url)
    with platform.work(Actor.operator_on_server("operator")) as work:
        for text in (TEXT, TEXT.replace("value: 26000", "value: 25000")):
            load_trigger(work, text, platform.contracts)


def diff(*words: str) -> Result:
    return CliRunner().invoke(CLI, ["trigger", "diff", "large_medical_bill", *words])


@pytest.mark.usefixtures("two_versions")
def test_two_versions_are_compared_in_either_language_and_as_json() -> None:
    english, chinese, same = diff("1", "2"), diff("1", "2", "--language", "zh"), diff("2", "2")

    assert "26,000 yuan → 25,000 yuan, from 2024-01-01" in english.output
    assert "参数数值\n  个人负担标准：26,000元 → 25,000元，自2024-01-01起" in chinese.output
    assert same.output == "The two versions say the same.\n"
    answer = json.loads(diff("1", "2", "--json").output)
    assert [change["kind"] for change in answer["changes"]] == ["changed"]
    assert (answer["from"], answer["to"]) == (1, 2)


@pytest.mark.usefixtures("two_versions")
def test_a_version_that_is_not_there_is_refused_with_what_to_do() -> None:
    answer = diff("1", "7")

    assert answer.exit_code == 1
    assert "There is no version 7" in answer.stderr
