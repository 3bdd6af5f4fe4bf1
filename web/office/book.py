"""The work list as an Excel file: one row an item, with drop-downs for what the clerk decides.

The key column ties a row to its item, the item's version, and the row's place in the list. Every
cell is written as text, so that nothing in a name is ever taken for a formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import force_locale

from proactive.bundles.desk import DeskFilter, DeskLine, desk_ids, desk_lines
from proactive.bundles.model import ITEM_TABLE
from proactive.bundles.versions import pinned_definition
from proactive.kernel.work import Work
from proactive.people.vault import cards
from web.language import LANGUAGES, chosen_language
from web.naming import name_of
from web.say import gettext
from web.words import RETURN_REASONS, word

MOST_ROWS = 200
BULK = ("accept", "accept_lenient", "grant", "return", "refuse", "deliver")
# column → heading in both languages; the last four are the clerk's
HEADS: Mapping[str, tuple[str, str]] = {
    "key": ("Key (do not change)", "行标识（请勿修改）"),
    "due": ("Due", "期限"),
    "item": ("Item", "事项"),
    "name": ("Name", "姓名"),
    "ref": ("Number", "编号"),
    "state": ("State", "状态"),
    "decision": ("Decision", "办理决定"),
    "reason": ("Reason (return, refuse)", "原因（退回、不予办理）"),
    "law": ("Legal basis (refuse)", "法律依据（不予办理）"),
    "number": ("Post number or pick-up code (deliver)", "邮件号或取件码（送达）"),
}
OPEN = ("decision", "reason", "law", "number")
WIDTHS = (22, 12, 34, 14, 12, 16, 18, 34, 34, 24)


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row of the list: its cells by column, and what its two drop-downs offer."""

    cells: Mapping[str, str]
    decisions: tuple[str, ...]
    reasons: tuple[str, ...]


def list_book(work: Work, shown: DeskFilter) -> bytes:
    """Return the first MOST_ROWS items of a work list as an Excel file."""
    lines = desk_lines(work, desk_ids(work, shown)[:MOST_ROWS], chosen_language())
    people = cards(work, sorted({line.bundle.subject_key for line in lines}), purpose="office_book")
    rows = []
    for place, line in enumerate(lines, 1):
        name = name_of(people[line.bundle.subject_key], work.today)
        rows.append(_row(work, line, name, f"{place}/{len(lines)}"))
    return _written(rows)


def decision_words() -> dict[str, tuple[str, str]]:
    """Return action → what it is called in English and Chinese, from the table of states."""
    rows = {row.action: (row.en, row.zh) for row in reversed(ITEM_TABLE.transitions)}
    return {action: rows[action] for action in BULK}


def return_words() -> dict[str, tuple[str, str]]:
    """Return the reasons of a return in English and Chinese."""
    said = []
    for language in ("en", "zh"):
        with force_locale(LANGUAGES[language]):
            said.append({code: str(words) for code, words in RETURN_REASONS.items()})
    return {code: (said[0][code], said[1][code]) for code in RETURN_REASONS}


def result_book(results: Sequence[Sequence[str]]) -> bytes:
    """Return what became of each row, with the receipt numbers, as an Excel file."""
    heads = (gettext("Number"), gettext("Item"), gettext("What became of it"), gettext("Receipt"))
    made = BytesIO()
    with _workbook(made) as book:
        sheet = book.add_worksheet(gettext("Results"))
        bold = book.add_format({"bold": True, "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (head, width) in enumerate(zip(heads, (14, 40, 70, 16), strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, head, bold)
        for number, cells in enumerate(results, 1):
            for column, text in enumerate(cells):
                sheet.write_string(number, column, text, wrap)
    return made.getvalue()


def _row(work: Work, line: DeskLine, name: str, place: str) -> BookRow:
    at = 0 if chosen_language() == "en" else 1
    row = line.item
    can = {each.action for each in ITEM_TABLE.actions(row.state, work.actor.role)}
    definition = pinned_definition(work.db, line.bundle.bundle_version_id).item(row.code)
    refusals = [r.text.in_language(chosen_language()) for r in definition.refusal_reasons]
    returns = [words[at] for words in return_words().values()] if "return" in can else []
    return BookRow(
        cells={
            "key": f"{row.id}:{row.version}:{place}",
            "due": row.due_on.isoformat() if row.due_on else "",
            "item": line.title,
            "name": name,
            "ref": line.bundle.ref,
            "state": word("desk_item", row.state),
        },
        decisions=tuple(words[at] for action, words in decision_words().items() if action in can),
        reasons=(*returns, *(refusals if "refuse" in can else [])),
    )


def _workbook(made: BytesIO) -> Any:
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(made, options)


def _written(rows: Sequence[BookRow]) -> bytes:
    made = BytesIO()
    with _workbook(made) as book:
        sheet = book.add_worksheet(gettext("My items"))
        choices = _Choices(book)
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        for column, (heads, width) in enumerate(zip(HEADS.values(), WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heads[chosen_language() != "en"], head)
        shut = {"valign": "top", "text_wrap": True}
        free = {"locked": False, "bg_color": "#FFF8DC", "border": 1, "num_format": "@"}
        formats = (book.add_format(shut), book.add_format(free))
        for number, row in enumerate(rows, 1):
            for column, name in enumerate(HEADS):
                look = formats[name in OPEN]
                sheet.write_string(number, column, row.cells.get(name, ""), look)
            _offer(sheet, choices, number, "decision", row.decisions)
            _offer(sheet, choices, number, "reason", row.reasons)
        sheet.freeze_panes(1, 0)
        sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True})
        sheet.autofilter(0, 0, max(len(rows), 1), len(HEADS) - 1)
    return made.getvalue()


def _offer(sheet: Any, choices: "_Choices", row: int, name: str, words: tuple[str, ...]) -> None:
    if words:
        column = list(HEADS).index(name)
        rule = {"validate": "list", "source": choices.range_of(words)}
        sheet.data_validation(row, column, row, column, rule)


class _Choices:
    """The drop-downs' words, each set once on a hidden sheet: a list in a cell is cut at 255."""

    def __init__(self, book: Any) -> None:
        self._sheet = book.add_worksheet("_")
        self._sheet.hide()
        self._known: dict[tuple[str, ...], str] = {}

    def range_of(self, words: tuple[str, ...]) -> str:
        if words not in self._known:
            row = len(self._known)
            for column, text in enumerate(words):
                self._sheet.write_string(row, column, text)
            last = xlsxwriter.utility.xl_col_to_name(len(words) - 1)
            self._known[words] = f"=_!$A${row + 1}:${last}${row + 1}"
        return self._known[words]
