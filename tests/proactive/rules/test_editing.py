"""A changed value reaches the text; everything else stays as its writer left it."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.rules.editing import merged
from proactive.rules.reading import Data, read_source
from proactive.rules.writing import document
from tests.fullness import in_full

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "triggers").glob("*/trigger.yaml"))
TEXTS = {file.parent.name: file.read_text("utf-8") for file in FILES}
MEDICAL = TEXTS["large_medical_bill"]

AWKWARD = (
    "", "a: b", "# no", "- x", "[x", "{", "'", '"', "a #b", "P12M", "30 5 * * *", "true",
    "中文，标点：“好”", "x" * 120, "word " * 40 + "end", "a\nb", "\u2028",
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | st.sampled_from(AWKWARD)
values: st.SearchStrategy[Any] = st.recursive(
    texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def data_of(text: str) -> Any:
    return copy.deepcopy(read_source(text, file="t").data)


@pytest.mark.parametrize("name", TEXTS)
def test_no_change_gives_the_identical_text(name: str) -> None:
    assert merged(TEXTS[name], data_of(TEXTS[name])) == TEXTS[name]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_one_value_changes_one_line(line_end: str, mark: str) -> None:
    text = mark + MEDICAL.replace("\n", line_end)
    data = data_of(text)
    data["parameters"]["oop_threshold"]["values"][3]["value"] = "25000"

    found = merged(text, data)

    assert found == text.replace("value: 26000", "value: 25000")


def test_a_new_dated_value_stands_below_the_last_one_in_the_style_of_the_file() -> None:
    data = data_of(MEDICAL)
    data["parameters"]["oop_threshold"]["values"].append(
        {"from": "2026-12-01", "area": "371422", "value": "20000", "legal_basis": "县政府文件：1号"}
    )

    found = merged(MEDICAL, data)

    new = [line for line in found.splitlines() if line not in MEDICAL.splitlines()]
    assert new == [
        "      - {from: 2026-12-01, area: 371422, value: 20000, legal_basis: 县政府文件：1号}"
    ]
    assert found.index("2026-12-01") < found.index("income_share:")
    assert [line for line in found.splitlines() if line not in new] == MEDICAL.splitlines()


def test_comments_stay_when_their_neighbours_go() -> None:
    data = data_of(MEDICAL)
    del data["measures"]["oop_person"]
    data["unless"] = data["unless"][1:]
    data["hit"].pop("priority")

    found = merged(MEDICAL, data)

    assert "# A refund is a row with negative amounts" in found
    assert found.startswith("# People whose own share")
    assert data_of(found) == data


def test_a_remark_at_the_end_of_a_line_stays_with_its_line() -> None:
    text = "a: 1  # why one\nb:\n  - x  # the first\n  - y\nc: {d: e}  # end"

    assert merged(text, {"a": "2", "b": ["x", "z"], "c": {"d": "f"}}) == (
        "a: 2  # why one\nb:\n  - x  # the first\n  - z\nc: {d: f}  # end"
    )
    assert merged(text, {"a": "1", "b": ["x", "y", "w"], "c": {"d": "e"}, "k": "v"}) == (
        "a: 1  # why one\nb:\n  - x  # the first\n  - y\n  - w\nc: {d: e}  # end\nk: v"
    )


@given(values)
def test_whatever_is_written_is_read_again(value: Data) -> None:
    assert read_source(document({"k": value}), file="t").data == {"k": value}


@settings(max_examples=in_full(60, 300))
@given(st.dictionaries(texts, values, min_size=1, max_size=4), st.data())
def test_any_change_reaches_the_text(old: dict[str, Data], data: st.DataObject) -> None:
    new = mutated(copy.deepcopy(old), data)
    text = document(old)

    assert read_source(merged(text, new), file="t").data == new


@settings(max_examples=in_full(30, 150))
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_a_change_of_a_shipped_trigger_keeps_its_comments(name: str, data: st.DataObject) -> None:
    text = TEXTS[name]
    new = mutated(data_of(text), data)

    found = merged(text, new)

    assert read_source(found, file="t").data == new
    assert found.splitlines()[0] == text.splitlines()[0]


def mutated(value: Any, data: st.DataObject) -> Any:
    """Change one place below the top: a value, an entry more, an entry less."""
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, str) or not inner or data.draw(st.integers(0, 2)) == 0:
            break
        place = inner
    how = data.draw(st.sampled_from(["put", "add", "drop"]))
    if how == "put":
        place[key] = data.draw(values)
    elif how == "add" and isinstance(place, dict):
        place[data.draw(texts)] = data.draw(values)
    elif how == "add":
        place.insert(key, data.draw(values))
    elif len(place) > 1:
        del place[key]
    return value
