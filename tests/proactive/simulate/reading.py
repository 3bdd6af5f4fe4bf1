"""Reads a delivered file back as rows of text, the way a stranger's program would."""

import csv
import gzip
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq


def read_back(path: Path) -> list[list[str]]:
    """Return every line as texts, the heading first."""
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return [table.column_names, *(list(map(str, r.values())) for r in table.to_pylist())]
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030"
    text = raw.decode(encoding)
    tabs = "\t" in text.splitlines()[0]
    return list(csv.reader(text.splitlines(), delimiter="\t" if tabs else ","))
