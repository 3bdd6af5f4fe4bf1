"""Trigger versions: loaded, switched on by a named person, read by scans, handed back unchanged."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from proactive.bootstrap import Platform
from proactive.feeds.contracts import load_contracts
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.examples import prove_with
from proactive.rules.reading import RuleRefused
from proactive.rules.service import (
    activate_trigger,
    export_trigger,
    list_triggers,
    live_triggers,
    load_trigger,
    retire_trigger,
)

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
POLICY = Actor(role=Role.POLICY, id="li")
OPERATOR = Actor.operator_on_server("operator")
MACHINE = Actor.machine("test")
PROVE = prove_with(CONTRACTS)


def load(platform: Platform, text: str = TEXT, examples: str = EXAMPLES) -> int:
    with platform.work(OPERATOR) as work:
        return load_trigger(work, text, CONTRACTS, examples=examples).version


def activate(platform: Platform, version: int, day: str = "") -> str:
    with platform.work(OPERATOR) as work:
        live_from = datetime.fromisoformat(day).date() if day else None
        done = activate_trigger(
            work, "birth_registration", version, prove=PROVE, live_from=live_from
        )
        return done.state


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


def test_a_person_switches_a_version_on_and_the_next_replaces_it(platform: Platform) -> None:
    first, second = load(platform), load(platform, TEXT + "# second\n")

    assert activate(platform, first) == "live"
    assert live(platform) == [first]
    assert activate(platform, second) == "live"

    assert live(platform) == [second]
    with platform.work(OPERATOR) as work:
        states = {row.version: (row.state, row.activated_by) for row in list_triggers(work)}
    assert states == {first: ("retired", "operator"), second: ("live", "operator")}


def test_the_machine_switches_nothing_on(platform: Platform) -> None:
    version = load(platform)

    with pytest.raises(Refused, match="named person"), platform.work(MACHINE) as work:
        activate_trigger(work, "birth_registration", version, prove=PROVE)


def test_a_version_whose_example_does_not_hold_is_not_switched_on(platform: Platform) -> None:
    version = load(platform, examples=EXAMPLES.replace("2026-11-07", "2026-11-08"))

    with pytest.raises(Refused, match="two weeks old"):
        activate(platform, version)

    assert live(platform) == []


def test_a_version_signed_for_a_later_day_waits_and_the_old_one_goes_on(
    platform: Platform, clock: ManualClock
) -> None:
    first, second = load(platform), load(platform, TEXT + "# second\n")
    activate(platform, first)

    assert activate(platform, second, "2026-12-01") == "draft"
    clock.move_to(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    assert live(platform) == [first]

    clock.move_to(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert live(platform) == [second]
    assert live(platform) == [second]


def test_an_earlier_version_can_be_switched_on_again_and_off(platform: Platform) -> None:
    first, second = load(platform), load(platform, TEXT + "# second\n")
    activate(platform, first)
    activate(platform, second)

    activate(platform, first)
    assert live(platform) == [first]
    with platform.work(OPERATOR) as work:
        retire_trigger(work, "birth_registration")

    assert live(platform) == []
