"""Whole files that must be refused, for the doubt they would bring into everything else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from proactive.simulate.files import write_manifest, write_sheet
from proactive.simulate.sheet import Shape, Sheet

FOLDER = "refused"
UNIT_ROWS = 400  # the check on units needs 200
MONEY = ("total", "fund_paid", "hospital_paid", "out_of_pocket", "account_paid", "cash_paid")


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file and the code of the refusal it must meet."""

    feed: str
    file: str
    kind: str
    code: str


def write_refused(folder: Path, bills: Sheet, deaths: Sheet) -> list[RefusedFile]:
    """Write one file for each way in which a delivery is refused whole; `bills` is the history."""
    target = folder / FOLDER
    target.mkdir(exist_ok=True)
    made = [
        RefusedFile(sheet.feed, f"{FOLDER}/{write(target, sheet).name}", kind, code)
        for kind, code, sheet, write in (
            ("unit_shift", "unit_shift", bills, _in_fen),
            ("truncated", "truncated", bills, _cut),
            ("column_unknown", "columns", deaths, _with_unknown_column),
            ("column_missing", "columns", deaths, _without_column),
            ("no_last_newline", "truncated", deaths, _without_newline),
            ("encoding_wrong", "wrong_encoding", deaths, _in_utf_16),
            ("mis_decoded", "mis_decoded", deaths, _mojibake),
            ("not_a_spreadsheet", "not_a_table", deaths, _web_page),
            ("empty_file", "truncated", deaths, _empty),
        )
    ]
    return sorted(made, key=lambda one: one.file)


def _in_fen(folder: Path, sheet: Sheet) -> Path:
    """Every amount a hundred times too large: somebody exported fen."""
    rows = [at for at, text in enumerate(sheet.columns["refund_no"]) if not text][:UNIT_ROWS]
    columns = {name: [values[at] for at in rows] for name, values in sheet.columns.items()}
    for name in MONEY:
        columns[name] = [text.replace(".", "") for text in columns[name]]
    columns["settlement_id"] = [f"98S{at:010d}" for at in range(len(rows))]
    return write_sheet(folder, _short(replace(sheet, columns=columns), "unit_shift"))


def _cut(folder: Path, sheet: Sheet) -> Path:
    """Two thirds of the file, beside the manifest of the whole."""
    columns = {name: values[:UNIT_ROWS] for name, values in sheet.columns.items()}
    path = write_sheet(folder, _short(replace(sheet, columns=columns), "truncated"))
    write_manifest(path, UNIT_ROWS)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def _short(sheet: Sheet, stem: str) -> Sheet:
    return replace(sheet, stem=stem, shape=Shape.UTF8_BOM, manifest=False)


def _with_unknown_column(folder: Path, sheet: Sheet) -> Path:
    columns = dict(sheet.columns) | {"note": ["无"] * len(sheet)}
    headings = dict(sheet.headings) | {"note": "经办人备注"}
    return write_sheet(
        folder, replace(sheet, stem="column_unknown", columns=columns, headings=headings)
    )


def _without_column(folder: Path, sheet: Sheet) -> Path:
    columns = {name: values for name, values in sheet.columns.items() if name != "valid_from"}
    return write_sheet(folder, replace(sheet, stem="column_missing", columns=columns))


def _without_newline(folder: Path, sheet: Sheet) -> Path:
    path = write_sheet(folder, replace(sheet, stem="no_last_newline"))
    path.write_bytes(path.read_bytes().rstrip(b"\r\n"))
    return path


def _text(folder: Path, sheet: Sheet, stem: str) -> tuple[Path, str]:
    path = write_sheet(folder, replace(sheet, stem=stem, shape=Shape.UTF8_BOM))
    return path, path.read_text("utf-8-sig")


def _in_utf_16(folder: Path, sheet: Sheet) -> Path:
    path, text = _text(folder, sheet, "encoding_wrong")
    path.write_bytes(text.encode("utf-16"))
    return path


def _mojibake(folder: Path, sheet: Sheet) -> Path:
    """Plain headings, but names that an earlier program read in a wrong encoding."""
    plain = replace(sheet, headings={name: name for name in sheet.columns})
    path, text = _text(folder, plain, "mis_decoded")
    path.write_bytes(text.encode("utf-8").decode("latin-1").encode("utf-8"))
    return path


def _web_page(folder: Path, sheet: Sheet) -> Path:
    path = folder / "not_a_spreadsheet.xlsx"
    path.write_text("<html><body>登录超时,请重新登录</body></html>\n", encoding="utf-8")
    return path


def _empty(folder: Path, sheet: Sheet) -> Path:
    path = folder / "empty_file.csv"
    path.write_bytes(b"")
    return path
