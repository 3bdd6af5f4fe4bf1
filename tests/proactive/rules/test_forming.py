"""The form of a trigger and its text say the same, whichever was edited."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from proactive.feeds.contracts import load_contracts
from proactive.rules.check import check_rule
from proactive.rules.conditions import KINDS
from proactive.rules.editing import merged
from proactive.rules.forming import FORMS, Part, formed, shown
from proactive.rules.reading import Data, read_source
from proactive.rules.shaping import (
    NEW,
    NoSuchPart,
    grouped,
    node_at,
    part_at,
    path_of,
    put,
    removed,
    saved,
    turned,
    ungrouped,
)
from tests.proactive.rules.test_conformance import FAIR, Rule, rules

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
FILES = sorted((ROOT / "triggers").glob("*/trigger.yaml"))
TEXTS = {file.parent.name: file.read_text("utf-8") for file in FILES}


def data_of(text: str) -> Any:
    return read_source(text, file="t").data


def parts_of(data: Any) -> list[tuple[tuple[str | int, ...], Part]]:
    """Return every place of a file that has a form."""
    found: list[tuple[tuple[str | int, ...], Part]] = []

    def walk(node: Any, path: tuple[str | int, ...]) -> None:
        with suppress(NoSuchPart):
            found.append((path, part_at(data, path)))
        inner = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in inner if isinstance(node, dict | list) else ():
            walk(value, (*path, key))

    walk(data, ())
    return found


def by_form(data: Any) -> Data:
    """Build a file by the form alone: every part is made anew from what its form shows."""
    made: Data = {}
    for path, part in parts_of(data):
        made = _by_form(made, data, path, part)
    return made


def _by_form(made: Data, data: Any, path: tuple[str | int, ...], part: Part) -> Data:
    node = node_at(data, path)
    values = shown(part, node)
    place: tuple[str | int, ...] = (*path[:-1], NEW) if path and isinstance(path[-1], int) else path
    if part is Part.GROUP:
        kind = next(key for key in ("all", "any", "not") if key in node)  # type: ignore[operator]
        return put(made, place, {} if kind == "not" else {kind: []})
    return saved(made, place, part, values)


@pytest.mark.parametrize("name", TEXTS)
def test_a_form_that_changes_nothing_gives_the_identical_text(name: str) -> None:
    data = data_of(TEXTS[name])

    for path, part in parts_of(data):
        again = saved(data, path, part, shown(part, node_at(data, path)))

        assert again == data, path
        assert merged(TEXTS[name], again) == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_shipped_trigger_can_be_written_by_the_form_alone(name: str) -> None:
    made = merged("trigger: x\n", by_form(data_of(TEXTS[name])))

    assert check_rule(made, CONTRACTS) == check_rule(TEXTS[name], CONTRACTS)


@FAIR
@given(rules())
def test_any_rule_can_be_written_by_the_form_alone(rule: Rule) -> None:
    made = merged("trigger: x\n", by_form(data_of(rule.text)))

    assert check_rule(made, CONTRACTS) == rule.plan.rule
    for path, part in parts_of(data_of(made)):
        data = data_of(made)
        assert saved(data, path, part, shown(part, node_at(data, path))) == data


def test_every_key_of_a_condition_has_its_field() -> None:
    told = {
        Part.MEASURE_TEST: {"measure": "m", "at_most": "p", "of": "a.b", "of_within": "P1Y",
                            "if_unknown": "met"},
        Part.RECORD: {"record": "f", "if_unknown": "not_met"},
        Part.REGISTERED: {"not_registered_in": "f", "within": "P1Y", "if_unknown": "met"},
        Part.RECEIVING: {"receiving": ["a", "b"], "within": "P1Y", "if_unknown": "met"},
        Part.TEST: {"field": "f", "not_in": ["a"]},
        Part.CAP: {"per_run": "5", "per_day": "9"},
        Part.SAMPLE: {"share": "0.02", "down_to": "0.8", "per_run": "3"},
        Part.BAND: {"at_least": "0", "at_most": "5"},
    }  # fmt: skip
    for part, node in told.items():
        assert formed(part, None, shown(part, node)) == node
    kinds = {part_at({"when": {kind: []}}, ("when",)) for kind in KINDS}
    assert kinds == {
        Part.MEASURE_TEST,
        Part.RECORD,
        Part.REGISTERED,
        Part.RECEIVING,
        Part.GROUP,
    }
    assert set(FORMS) == set(Part)


def test_another_comparison_takes_the_place_of_the_old_one() -> None:
    node: dict[str, Data] = {"measure": "m", "at_least": "p", "if_unknown": "met"}
    values = {**shown(Part.MEASURE_TEST, node), "test": ("more_than",)}

    assert list(formed(Part.MEASURE_TEST, node, values).items()) == [
        ("measure", "m"),
        ("more_than", "p"),
        ("if_unknown", "met"),
    ]


def test_a_condition_is_put_in_a_group_turned_and_taken_out_again() -> None:
    data: Data = {"when": {"all": [{"registered_in": "a"}, {"receiving": "b"}]}}
    path = path_of(data, "when.all.1")

    inside = grouped(data, path, "any")
    assert node_at(inside, path) == {"any": [{"receiving": "b"}]}
    assert node_at(turned(inside, path), path) == {"all": [{"receiving": "b"}]}
    assert ungrouped(inside, path) == data
    assert ungrouped(grouped(data, path, "not"), path) == data


def test_what_becomes_empty_goes_and_a_group_stays_to_be_filled() -> None:
    data: Data = {
        "unless": [{"registered_in": "a"}],
        "when": {"all": [{"record": "f", "where": [{"field": "x", "is": "y"}]}]},
    }

    assert removed(data, ("unless", 0)) == {"when": data["when"]}  # type: ignore[index]
    assert node_at(removed(data, ("when", "all", 0, "where", 0)), ("when", "all", 0)) == {
        "record": "f"
    }
    assert node_at(removed(data, ("when", "all", 0)), ("when",)) == {"all": []}


@pytest.mark.parametrize("at", ["when.all.7", "note.x", "when.all.x", "when.all.+.+.9"])
def test_a_place_that_is_not_there_is_refused(at: str) -> None:
    data: Data = {"note": "n", "when": {"all": [{"record": "f"}]}}

    with pytest.raises(NoSuchPart):
        part_at(data, path_of(data, at))


def test_a_plain_note_serves_both_languages_until_one_is_changed() -> None:
    data: Data = {"trigger": "t", "note": "Ask first."}
    form = shown(Part.ABOUT, data)

    assert form["note_zh"] == form["note_en"] == ("Ask first.",)
    assert saved(data, (), Part.ABOUT, form) == data
    again = saved(data, (), Part.ABOUT, {**form, "note_zh": ("先问清楚。",)})
    assert again == {"trigger": "t", "note": {"en": "Ask first.", "zh-CN": "先问清楚。"}}


@settings(max_examples=1)
@given(rules())
def test_a_new_part_stands_where_the_grammar_has_it(rule: Rule) -> None:
    data = data_of(rule.text)
    del data["title"]

    again = saved(data, (), Part.ABOUT, {**shown(Part.ABOUT, data), "title_en": ("A",)})

    assert list(again)[:3] == ["trigger", "title", "subject"]  # type: ignore[arg-type]
