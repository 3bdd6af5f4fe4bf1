"""A list of cases as an Excel file: what stands on the page, without names, with its purpose."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import xlsxwriter

Value = str | int | date | None


def book_of_cases(
    about: Sequence[tuple[str, str]], heads: Sequence[str], rows: Sequence[Sequence[Value]]
) -> bytes:
    """Return the file: one sheet of the rows, one that says what it is and what for.

    Texts are never taken for formulas.
    """
    made = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("cases")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, 20)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, int):
                    sheet.write_number(line, column, value)
                elif value:
                    sheet.write_string(line, column, value)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)
        told = book.add_worksheet("about")
        told.set_column(0, 1, 40)
        for line, (name, words) in enumerate(about):
            told.write_string(line, 0, name, bold)
            told.write_string(line, 1, words)
    return made.getvalue()
