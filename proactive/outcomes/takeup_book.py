"""Take-up as an Excel file: the page's tables, a sheet a kind, and a sheet of definitions."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import xlsxwriter

from proactive.outcomes.takeup import TakeUp
from proactive.outcomes.takeup_cells import Cell, Count, Mean, Share, Table, counted, number, shown
from proactive.outcomes.takeup_tables import tables_of, title_of
from proactive.outcomes.takeup_words import DEFINITIONS, SAVINGS, Words

WIDTHS = (34, 34, 20)


def book_of(found: TakeUp, language: str) -> bytes:
    """Return the file. Numbers are numbers, texts are never taken for formulas."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": _both("Take-up", "办件统计")[language]})
        writer = _Writer(book, language)
        writer.about(found)
        for tables in _sheets(found).values():
            writer.sheet(tables)
        writer.definitions()
    return made.getvalue()


def _sheets(found: TakeUp) -> dict[str, list[tuple[Words, Table]]]:
    """Return table code → each programme's table of that kind."""
    sheets: dict[str, list[tuple[Words, Table]]] = {}
    for programme in found.programmes:
        for table in tables_of(found, programme):
            sheets.setdefault(table.code, []).append((title_of(programme), table))
    return sheets


def _both(en: str, zh: str) -> Words:
    return {"en": en, "zh": zh}


class _Writer:
    """Writes sheets in one language."""

    def __init__(self, book: Any, language: str) -> None:
        self._book, self._language = book, language
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._formats = {
            Count: book.add_format({"num_format": "#,##0"}),
            Share: book.add_format({"num_format": "0.0%"}),
            Mean: book.add_format({"num_format": "#,##0.0"}),
        }
        self._text = book.add_format({"text_wrap": True, "valign": "top"})

    def _open(self, name: str, heads: list[str]) -> Any:
        sheet = self._book.add_worksheet(name[:31])
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self._head)
            sheet.set_column(column, column, WIDTHS[min(column, len(WIDTHS) - 1)])
        sheet.freeze_panes(1, 0)
        return sheet

    def sheet(self, tables: list[tuple[Words, Table]]) -> None:
        """Write one kind of table for all programmes; beside each share what it rests on."""
        first = tables[0][1]
        heads = [_both("Programme", "“一件事”")[self._language], ""]
        for head in first.heads:
            heads += [head[self._language], _both("counted", "口径数")[self._language]]
        sheet = self._open(first.title[self._language], heads)
        lines = ((title, row.name, row.cells) for title, table in tables for row in table.rows)
        for number_, (title, name, cells) in enumerate(lines, start=1):
            sheet.write_string(number_, 0, title[self._language], self._text)
            sheet.write_string(number_, 1, name[self._language], self._text)
            for column, cell in enumerate(cells):
                self._cell(sheet, number_, 2 + 2 * column, cell)

    def _cell(self, sheet: Any, line: int, column: int, cell: Cell) -> None:
        value = number(cell)
        if value is None:
            sheet.write_string(line, column, shown(cell, self._language), self._text)
            return
        sheet.write_number(line, column, value, self._formats[type(cell)])
        sheet.write_string(line, column + 1, counted(cell, self._language), self._text)

    def about(self, found: TakeUp) -> None:
        """Write what the file is about, so that it can be read without the page."""
        sheet = self._open(_both("About", "说明")[self._language], ["", ""])
        for line, (name, value) in enumerate(self._facts(found)):
            sheet.write_string(line, 0, name[self._language], self._text)
            sheet.write_string(line, 1, value, self._text)

    def _facts(self, found: TakeUp) -> Iterator[tuple[Words, str]]:
        asked = found.asked
        yield _both("Months", "月份"), f"{asked.first:%Y-%m} – {asked.last:%Y-%m}"
        everywhere = _both("all the reader may see", "本人可查看的全部地区")[self._language]
        yield _both("Area", "地区"), found.area_name or everywhere
        when = f"{found.counted_at:%Y-%m-%d %H:%M} UTC" if found.counted_at else "–"
        yield _both("Counted at", "统计时间"), when
        if found.hide_total or found.hide_parts:
            hidden = _both(
                "Figures about fewer than five are hidden, and one more where the sum would tell.",
                "少于5的数据不予显示；如可由合计推算，则另隐藏一项。",
            )
            yield _both("Small numbers", "小数值"), hidden[self._language]

    def definitions(self) -> None:
        heads = [_both("Figure", "指标"), _both("Definition", "定义")]
        name = _both("Definitions", "指标定义")[self._language]
        sheet = self._open(name, [head[self._language] for head in heads])
        sheet.set_column(1, 1, 100)
        for line, one in enumerate((*DEFINITIONS.values(), *SAVINGS.values()), start=1):
            sheet.write_string(line, 0, one.title[self._language], self._text)
            sheet.write_string(line, 1, one.says[self._language], self._text)
