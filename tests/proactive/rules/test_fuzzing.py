"""Whatever is handed to the gate of triggers is taken or refused; nothing of it is ever run."""

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.refusing import hostile_texts
from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.drafts import check_text
from proactive.rules.editing import merged
from proactive.rules.reading import (
    DEEPEST,
    LARGEST_FILE,
    MOST_MISTAKES,
    MOST_VALUES,
    RuleRefused,
    read_source,
)
from tests.fullness import in_full

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
TEXTS = [file.read_text("utf-8") for file in sorted((ROOT / "triggers").glob("*/trigger.yaml"))]
MANY = settings(max_examples=in_full(40, 150))

anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
words = st.sampled_from(
    ["all", "any", "not", "measure", "record", "where", "field", "is", "in", "when", "unless",
     "hit", "P12M", "-1", "1e9", "0.6", "2024-02-30", "~", "null", "yes", "=",
     "!!python/name:os.system",
     "&a", "*a", "<<", "{{", "__class__", "../x", "x" * 300, "中文", "\u202e", "\ufeff"]
)  # fmt: skip
trees = st.recursive(
    words | anything,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(words, inner, max_size=5),
    max_leaves=25,
)


@MANY
@given(anything)
def test_any_text_is_refused_or_read(text: str) -> None:
    checked = check_text(text, CONTRACTS)

    assert checked.rule is None
    assert 0 < len(checked.mistakes) <= MOST_MISTAKES
    assert all(one.line >= 1 and one.text for one in checked.mistakes)


@MANY
@given(trees)
def test_any_tree_of_words_of_the_grammar_is_refused(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)

    assert check_text(text, CONTRACTS).rule is None


@MANY
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_a_shipped_trigger_with_any_damage_is_taken_or_refused(
    text: str, chance: random.Random
) -> None:
    lines = text.splitlines()
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(lines))
        how = chance.choice(["drop", "double", "cut", "swap", "indent"])
        if how == "drop" and len(lines) > 1:
            del lines[place]
        elif how == "double":
            lines.insert(place, lines[place])
        elif how == "cut":
            lines[place] = lines[place][: chance.randint(0, len(lines[place]))]
        elif how == "swap":
            other = chance.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        else:
            lines[place] = " " * chance.randint(0, 8) + lines[place].strip()
    damaged = "\n".join(lines)

    checked = check_text(damaged, CONTRACTS)

    if checked.rule is not None:
        assert check_rule(damaged, CONTRACTS) == checked.rule
        assert merged(damaged, checked.data or {}) == damaged
    else:
        assert checked.mistakes


def test_what_would_run_elsewhere_is_refused_unread(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for tag in (
        f"!!python/object/apply:os.system ['touch {mark}']",
        f"!!python/object/new:pathlib.Path.touch [{mark}]",
        f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{mark}]]",
    ):
        for text in (tag, f"trigger: {tag}", f"note: {{{tag}: x}}"):
            with pytest.raises(RuleRefused):
                check_rule(text, CONTRACTS)

    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: " + "x" * LARGEST_FILE, "is larger than 64 KiB"),
        ("[" * (DEEPEST + 1), f"deeper than {DEEPEST} levels"),
        ("- a\n" * (MOST_VALUES + 1), f"more than {MOST_VALUES} values"),
        ("a: &a [x, x]\nb: [*a, *a]", "anchors"),
        ("a: *a", "anchors"),
        ("<<: {a: b}\n? [c]\n: d", "a key must be one word"),
    ],
)
def test_a_limit_refuses_before_anything_is_made_of_the_text(text: str, told: str) -> None:
    with pytest.raises(RuleRefused, match=told):
        read_source(text, file="t")


def test_the_hostile_texts_of_the_measurement_are_all_answered() -> None:
    for text in hostile_texts(seed=7, count=300):
        assert len(check_text(text, CONTRACTS).mistakes) <= MOST_MISTAKES
