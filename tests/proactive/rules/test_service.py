"""Trigger versions: kept from checked files, handed back unchanged."""

from pathlib import Path

import pytest

from proactive.bootstrap import Platform
from proactive.feeds.contracts import load_contracts
from proactive.kernel.work import Actor
from proactive.rules.reading import RuleRefused
from proactive.rules.service import export_trigger, list_triggers, live_triggers, load_trigger

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
TEXT = (ROOT / "triggers" / "birth_registration" / "trigger.yaml").read_text("utf-8")
EXAMPLES = """
trigger: birth_registration
defaults: {birth_certificate: {outcome: living}}
examples:
  - name: two weeks old
    as_of: 2026-11-21
    given: {birth_certificate: [{subject: bao, born_on: 2026-11-07}]}
    expect: hit
"""
OPERATOR = Actor.operator_on_server("operator")
MACHINE = Actor.machine("test")


def load(platform: Platform, text: str = TEXT, examples: str = EXAMPLES) -> int:
    with platform.work(OPERATOR) as work:
        return load_trigger(work, text, CONTRACTS, examples=examples).version


def live(platform: Platform) -> list[int]:
    with platform.work(MACHINE) as work:
        return [one.version for one in live_triggers(work, work.today)]


def test_a_loaded_version_is_a_draft_and_comes_back_letter_by_letter(platform: Platform) -> None:
    text = TEXT + "\n# a remark of the office, 备注\n\n"

    version = load(platform, text)

    with platform.work(OPERATOR) as work:
        assert export_trigger(work, "birth_registration", version) == text
        assert [row.state for row in list_triggers(work)] == ["draft"]
    assert live(platform) == []


def test_the_same_text_again_is_nothing_new(platform: Platform) -> None:
    load(platform)
    with platform.work(OPERATOR) as work:
        again = load_trigger(work, TEXT, CONTRACTS, examples=EXAMPLES)
    assert (again.version, again.new) == (1, False)

    assert load(platform, TEXT + "# changed\n") == 2


def test_a_trigger_with_a_mistake_is_not_kept(platform: Platform) -> None:
    with pytest.raises(RuleRefused), platform.work(OPERATOR) as work:
        load_trigger(work, TEXT.replace("birth_certificate", "birth_certifcate"), CONTRACTS)

    with platform.work(OPERATOR) as work:
        assert list_triggers(work) == []
