"""Every golden example of every shipped trigger, one test each, through both engines."""

from functools import cache
from pathlib import Path

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules import duck, reference
from proactive.rules.check import check_rule
from proactive.rules.examples import Engine, Outcome, read_examples, run_examples

TRIGGERS = Path(__file__).resolve().parents[2] / "triggers"
FILES = sorted(TRIGGERS.glob("*/trigger.yaml"))
ENGINES: dict[str, Engine] = {"duckdb": duck.evaluate, "slow judge": reference.evaluate}


def _cases() -> list[tuple[str, int, str]]:
    found = []
    for file in FILES:
        examples, _ = read_examples((file.parent / "examples.yaml").read_text("utf-8"))
        found += [(file.parent.name, n, e.name) for n, e in enumerate(examples.examples)]
    return found


@cache
def _outcomes(trigger: str, engine: str) -> list[Outcome]:
    folder = TRIGGERS / trigger
    contracts = load_contracts(TRIGGERS / "feeds")
    rule = check_rule((folder / "trigger.yaml").read_text("utf-8"), contracts)
    text = (folder / "examples.yaml").read_text("utf-8")
    return run_examples(rule, contracts, text, engine=ENGINES[engine])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("trigger", "number"),
    [pytest.param(t, n, id=f"{t}: {name}") for t, n, name in _cases()],
)
def test_the_example_holds(trigger: str, number: int, engine: str) -> None:
    outcome = _outcomes(trigger, engine)[number]

    assert outcome.held, outcome.why


def test_every_shipped_trigger_has_examples_for_hits_and_for_no_hits() -> None:
    for file in FILES:
        examples, _ = read_examples((file.parent / "examples.yaml").read_text("utf-8"))
        expected = {one.expect for one in examples.examples}

        assert expected == {"hit", "no_hit"}, file.parent.name
