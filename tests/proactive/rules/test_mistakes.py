"""Every mistake that the gate can tell has Chinese words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.examples import run_examples
from proactive.rules.mistakes import say_mistake, say_outcome
from proactive.rules.reading import RuleRefused
from tests.proactive.rules.test_check import GOOD, HOSTILE, MISTAKES

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
RULES = ROOT / "proactive" / "rules"
GATE = (
    "closed", "conditions", "cron", "fields", "grammar", "hits", "leaves", "parameters", "parsing",
    "plan", "reading", "sense", "typed", "example_rows",
)  # fmt: skip
TELLING = {"add", "_wrong", "wrong", "_stop", "mistake", "ValueError"}


Known = dict[str, ast.expr]


def sample(node: ast.expr, known: Known) -> str:
    """Return what a sentence of the code may look like, with 7 for what it names."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(sample(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        hint = "near(" in (told := ast.unparse(node.value)) or told == "hint"
        return sample(node.value, known) or ("" if hint else "7")
    if isinstance(node, ast.BinOp):
        return sample(node.left, known) + sample(node.right, known)
    if isinstance(node, ast.IfExp):
        return sample(node.body, known)
    if isinstance(node, ast.Name):
        return sample(known[node.id], {}) if node.id in known else ""
    return ""


def sentences() -> Iterator[str]:
    """Yield every sentence that a module of the gate hands to a report."""
    for module in GATE:
        tree = ast.parse((RULES / f"{module}.py").read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            known: Known = {}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    known[node.targets[0].id] = node.value
                if isinstance(node, ast.Call) and _name(node.func) in TELLING and node.args:
                    text = sample(node.args[-1], known)
                    if re.search(r"[a-z] [a-z]", text):
                        yield text


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


SENTENCES = sorted(set(sentences()))


def english_left(text: str) -> bool:
    return not re.search(r"[\u4e00-\u9fff]", text)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_the_gate_has_chinese_words(sentence: str) -> None:
    assert not english_left(say_mistake(sentence, "zh-CN"))
    assert say_mistake(sentence, "en") == sentence


def test_the_gate_tells_many_sentences() -> None:
    assert len(SENTENCES) > 45


@pytest.mark.parametrize(
    "text", [*(GOOD.replace(one[0], one[1], 1) for one in MISTAKES), *HOSTILE.values()]
)
def test_what_is_really_told_is_told_in_chinese(text: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        check_rule(text, CONTRACTS)

    for mistake in refused.value.mistakes:
        assert not english_left(say_mistake(mistake.text, "zh-CN")), mistake.text


def test_a_hint_is_translated_with_its_word() -> None:
    told = say_mistake("no measure is named 'onw'; did you mean 'own'?", "zh-CN")

    assert told == "没有名为“onw”的指标；您要写的是“own”吗？"


def test_why_an_example_does_not_hold_is_told_in_chinese() -> None:
    text = (ROOT / "triggers" / "large_medical_bill" / "trigger.yaml").read_text("utf-8")
    examples = (ROOT / "triggers" / "large_medical_bill" / "examples.yaml").read_text("utf-8")
    examples = "\n  - name:".join(examples.split("\n  - name:")[:6])
    rule = check_rule(text.replace("value: 26000", "value: 90000"), CONTRACTS)
    other = examples.replace("measures: {oop_person: 26000", "measures: {oop_person: 7")

    broken = [one.why for one in run_examples(rule, CONTRACTS, examples) if one.why]
    broken += [
        one.why for one in run_examples(check_rule(text, CONTRACTS), CONTRACTS, other) if one.why
    ]

    assert "expected hit, was no hit" in broken
    told = [say_outcome(why, "zh") for why in broken]
    assert "应当命中，实际未命中" in told
    assert all(re.search(r"[\u4e00-\u9fff]", one) for one in told)
    assert not any("expected" in one for one in told)
    assert say_outcome(broken[0], "en") == broken[0]
