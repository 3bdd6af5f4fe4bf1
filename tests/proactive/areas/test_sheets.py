"""Small tables that people keep: what only was renamed is read, what would fill memory is not."""

import io
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from proactive.areas.sheets import read_sheet
from proactive.kernel.errors import Refused


def workbook(cells: dict[str, object]) -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    for place, value in {"A1": "code", "B1": "name", "A2": 1, "B2": "䶮㐀𬱖", **cells}.items():
        book.active[place] = value
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("list.xlsx", workbook({})),
        ("renamed.xls", workbook({})),
        ("renamed.csv", workbook({})),
        ("text.xlsx", "code,name\n1,䶮㐀𬱖\n".encode()),
        ("semicolons.csv", "code;name\n1;䶮㐀𬱖\n".encode()),
        ("tabs.csv", "code\tname\n1\t䶮㐀𬱖\n".encode()),
        ("text.xls", "code\tname\n1\t䶮㐀𬱖\n".encode("gb18030")),
    ],
)
def test_a_file_is_read_as_what_it_is_whatever_it_is_called(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    assert read_sheet(path).rows == ((2, ("1", "䶮㐀𬱖")),)


@pytest.mark.parametrize(
    ("cell", "most"), [({"XFD1048576": "x"}, 20_000_000), ({"A5000": " "}, 9_000)]
)
def test_one_cell_far_outside_of_the_table_is_told_and_fills_no_memory(
    tmp_path: Path, cell: dict[str, object], most: int
) -> None:
    path = tmp_path / "far.xlsx"
    path.write_bytes(workbook(cell))

    with pytest.raises(Refused) as told:
        read_sheet(path, most_cells=most)

    assert told.value.code == "reaches_too_far"
    assert "Delete the rows and columns behind the table" in str(told.value)
