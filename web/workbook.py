"""Tables as an Excel file: what stands on a page, to be taken along, with what it is about.

pandas is read in when the first file is made: it weighs more than the rest of a web server.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Response, send_file

from web.say import gettext

if TYPE_CHECKING:
    from pandas import DataFrame

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | float | date | None
LONGEST_NAME, WIDTH, WIDE = 31, 20, 60
# Nothing that stands in a table is ever a formula or a link.
PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def frame_of(rows: Sequence[Sequence[Value]], heads: Sequence[str]) -> "DataFrame":
    """Return rows as a frame; each value stays what it is, an empty one stays empty."""
    from pandas import DataFrame

    return DataFrame(rows, columns=list(heads), dtype=object)


def workbook_of(frames: Mapping[str, "DataFrame"], about: Sequence[tuple[str, str]]) -> bytes:
    """Return a file with a sheet for each frame, by its title, and one that says what it is."""
    from pandas import ExcelWriter

    made = BytesIO()
    sheets = {**frames, gettext("About this file"): frame_of(about, ["", ""])}
    with ExcelWriter(
        made, engine="xlsxwriter", engine_kwargs={"options": PLAIN}, date_format="yyyy-mm-dd"
    ) as writer:
        for title, frame in sheets.items():
            name = title[:LONGEST_NAME]
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            sheet: Any = writer.sheets[name]
            width = WIDTH if title in frames else WIDE
            sheet.set_column(0, len(frame.columns) - 1, width)
            if title in frames and len(frame):
                sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    return made.getvalue()


def send_workbook(made: bytes, name: str) -> Response:
    """Answer with the file under a name."""
    return send_file(BytesIO(made), mimetype=EXCEL, as_attachment=True, download_name=name)
