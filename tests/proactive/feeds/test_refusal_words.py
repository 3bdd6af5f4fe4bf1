"""Every refusal of a delivery, and every reason in it, can be said in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proactive.feeds.refusal_words import SENTENCES, in_chinese, reason_in_chinese
from proactive.feeds.refusals import refuse_columns, refuse_truncated, refuse_unit
from proactive.kernel.errors import Refused

FEEDS = Path(__file__).resolve().parents[3] / "proactive" / "feeds"
# Refusals of a whole file go through these; the second argument is the reason.
MAKERS = {
    "refuse_not_a_table",
    "refuse_truncated",
    "refuse_too_large",
    "refuse_mis_decoded",
}
CHINESE = re.compile(r"[一-鿿]")
LETTERS = re.compile(r"[A-Za-z]{4,}")
KNOWN = re.compile(r"UTF|GB|XLSX|CSV|gzip|SHA|MiB|Parquet|Excel|xls|JSON|rows|sha|manifest|json")


def text_of(node: ast.expr) -> str:
    """A text as it may stand in a sentence: what is filled in becomes 7."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return "7" if isinstance(node, ast.FormattedValue) else ""


def reasons() -> Iterator[tuple[str, str]]:
    """Every reason in the code: given to a refusal at once, or as `why` just before."""
    for file in sorted(FEEDS.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS:
                for given in node.args[1:2]:
                    if text_of(given):
                        yield file.name, text_of(given)
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in (
                "why",
                "where",
            ):
                yield file.name, text_of(node.value)


ALL = sorted({reason for _, reason in reasons() if reason})


def test_there_are_reasons_to_look_at() -> None:
    assert len(ALL) > 20


@pytest.mark.parametrize("reason", ALL)
def test_a_reason_has_its_chinese_words(reason: str) -> None:
    said = reason_in_chinese(reason)

    assert CHINESE.search(said), reason
    assert not LETTERS.search(KNOWN.sub("", said)), said


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_can_be_filled_with_the_facts_of_its_refusal(code: str) -> None:
    facts = dict.fromkeys(re.findall(r"{(\w+)}", SENTENCES[code]), "x")

    assert CHINESE.search(SENTENCES[code].format(**facts))


def test_the_sentence_names_file_reason_and_what_to_do() -> None:
    said = in_chinese(refuse_truncated("a.csv", "It has 3 rows; its manifest says 5."))

    assert said.startswith("a.csv 未收：文件不完整")
    assert "文件有 3 行，清单称 5 行。" in said
    assert "请重新传送" in said


def test_columns_are_named_one_by_one() -> None:
    lines = [
        "column '年龄' is unknown; did you mean '年份'?",
        "column '姓名' (name) is missing",
        "column 'a' is a second 'b'",
    ]

    said = in_chinese(refuse_columns("a.csv", lines))

    assert "不认识的列“年龄”" in said
    assert "缺少列“姓名”" in said
    assert "列“a”与“b”重复" in said


def test_a_unit_shift_and_an_unknown_refusal_are_said_too() -> None:
    assert "此前中位金额 3.00 元" in in_chinese(refuse_unit("a", "own", "3.00", "300.00"))
    assert in_chinese(Refused("strange", "A strange thing.")) == "A strange thing."
