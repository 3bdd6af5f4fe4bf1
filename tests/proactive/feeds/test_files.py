"""Damaged, foreign, oversize and wrongly encoded files are refused whole, before any use."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.feeds.contract import Reader
from proactive.feeds.files import LIMITS, look_at
from proactive.feeds.sources import open_source
from proactive.kernel.errors import Refused

CSV = "身份证号,姓名\n371422,王䶮\n371423,李𬱖\n"
Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def keep(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return keep


def read(
    path: Path, encoding: str | None = None, reader: Reader | None = None
) -> tuple[str, list[list[str]]]:
    facts = look_at(path, LIMITS)
    with open_source(
        facts, reader or Reader(), LIMITS, encoding=encoding, candidates=("utf-8-sig", "gb18030")
    ) as source:
        headings = [ways[0] if ways else "" for ways in source.headings]
        return source.encoding, [headings, *(row for c in source.chunks() for row in c.rows)]


def refusal(path: Path, encoding: str | None = None) -> str:
    with pytest.raises(Refused) as refused:
        read(path, encoding)
    assert refused.value.todo
    return refused.value.code


ROWS = [["身份证号", "姓名"], ["371422", "王䶮"], ["371423", "李𬱖"]]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CSV.encode(), "utf-8-sig"),
        (CSV.encode("utf-8-sig"), "utf-8-sig"),
        (CSV.encode("gb18030"), "gb18030"),
        (CSV.replace("\n", "\r\n").encode("gb18030"), "gb18030"),
        (CSV.replace(",", "\t").encode(), "utf-8-sig"),
        (gzip.compress(CSV.encode("gb18030")), "gb18030"),
        (CSV.replace("王䶮", '"王䶮"').encode(), "utf-8-sig"),
        (("\n" + CSV.replace("\n", "\n\n")).encode(), "utf-8-sig"),
    ],
    ids=["utf-8", "bom", "gb18030", "crlf", "tabs", "gzip", "quoted", "empty lines"],
)
def test_the_same_rows_come_out_of_every_encoding_and_line_end(
    write: Write, content: bytes, encoding: str
) -> None:
    name = "a.csv.gz" if content[:2] == b"\x1f\x8b" else "a.csv"

    assert read(write(name, content)) == (encoding, ROWS)


def test_title_lines_two_line_headings_trailing_commas_and_a_total_row(write: Write) -> None:
    text = "2026年结算表,,\n人员,费用,\n姓名,总额,自付\n王,5,2,\n李,6,3\n合计,11,5\n"
    reader = Reader(title_lines=1, header_lines=2, total_row=("合计",))

    _, rows = read(write("a.csv", text.encode()), reader=reader)

    assert rows == [["姓名", "总额", "自付"], ["王", "5", "2", ""], ["李", "6", "3"]]


def test_wrong_encodings_are_refused_and_never_turned_into_nonsense(write: Write) -> None:
    utf_8, gb = CSV.encode(), CSV.encode("gb18030")

    assert refusal(write("a.csv", utf_8), "gb18030") == "wrong_encoding"
    assert refusal(write("b.csv", gb), "utf-8") == "wrong_encoding"
    assert refusal(write("c.csv", utf_8), "no-such") == "unknown_encoding"
    damaged = CSV.encode() * 40
    assert refusal(write("d.csv", damaged[:50] + b"\xff" + damaged[50:])) == "wrong_encoding"
    assert refusal(write("e.csv", CSV.encode("utf-16"))) in {"wrong_encoding", "not_a_table"}
    assert read(write("f.csv", CSV.encode("big5", "ignore")), "big5")[0] == "big5"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"%PDF-1.7\n"),
        ("a.csv", b"\x89PNG\r\n\x1a\n"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.xlsx", CSV.encode()),
        ("a.csv", b"a,b\n1,\x002\n"),
        ("a.csv", b'a,b\n1,"2\n'),
        ("a.xlsx", b"PK\x03\x04 not a zip"),
    ],
)
def test_what_is_no_table_is_refused(write: Write, name: str, content: bytes) -> None:
    assert refusal(write(name, content)) in {"not_a_table", "truncated"}


def test_an_empty_file_and_a_missing_last_newline_are_refused(write: Write) -> None:
    assert refusal(write("a.csv", b"")) == "truncated"
    assert refusal(write("b.csv", CSV.encode()[:-1])) == "truncated"


def test_a_manifest_proves_a_file_without_a_last_newline_and_catches_a_changed_one(
    write: Write,
) -> None:
    content = CSV.encode()[:-1]
    path = write("a.csv", content)
    manifest = {"rows": 2, "sha256": sha256(content).hexdigest()}
    write("a.csv.manifest.json", json.dumps(manifest).encode())
    assert read(path)[1] == ROWS

    path.write_bytes(content[:-4] + b"abcd")
    assert refusal(path) == "truncated"


@given(st.data())
@settings(max_examples=300)
def test_a_csv_cut_anywhere_inside_a_line_is_refused(write: Write, data: st.DataObject) -> None:
    encoding = data.draw(st.sampled_from(["utf-8", "gb18030"]))
    content = CSV.encode(encoding)
    cut = data.draw(st.integers(0, len(content) - 1))
    path = write("cut.csv", content[:cut])

    if content[:cut].endswith(b"\n"):
        assert len(read(path)[1]) < len(ROWS)  # a cut at a line's end needs the manifest
    else:
        assert refusal(path) in {"truncated", "columns", "wrong_encoding"}


def test_packed_files_cut_at_any_byte_are_refused(write: Write, tmp_path: Path) -> None:
    book = tmp_path / "whole.xlsx"
    make_book(book, [["a", "b"], ["1", "2"]])
    pq.write_table(
        pa.table({"a": ["1", "2"] * 50, "b": ["3", "4"] * 50}), tmp_path / "whole.parquet"
    )
    (tmp_path / "whole.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    for whole in ("whole.xlsx", "whole.parquet", "whole.csv.gz"):
        content = (tmp_path / whole).read_bytes()
        for cut in range(0, len(content), max(1, len(content) // 30)):
            code = refusal(write("cut" + whole, content[:cut]))
            assert code in {"truncated", "not_a_table", "columns", "wrong_encoding"}, (whole, cut)


def make_book(path: Path, rows: list[list[object]], **sheets: list[list[object]]) -> None:
    book = xlsxwriter.Workbook(path)
    for name, content in {"Sheet1": rows, **sheets}.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(content):
            sheet.write_row(number, 0, row)
    book.close()


def test_a_workbook_gives_the_text_a_person_sees(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    make_book(path, [["号码", "金额"], ["001", 18.490000000000002], [371422197103050181, 5]])

    assert read(path)[1] == [
        ["号码", "金额"],
        ["001", "18.49"],
        ["3.71422197103050E+17", "5"],
    ]


def test_styled_empty_cells_far_down_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["1", "2"])
        for column in range(20):
            sheet.write_blank(1_048_575, column, None, book.add_format({"bold": True}))

    assert read(path)[1] == [["a", "b"], ["1", "2"]]


def test_a_workbook_with_two_filled_sheets_needs_one_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    make_book(path, [["a"], ["1"]], Other=[["b"], ["2"]])

    assert refusal(path) == "columns"
    assert read(path, reader=Reader(sheet="Other"))[1] == [["b"], ["2"]]


def test_parquet_reads_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"id": ["001", None], "n": pa.array([10**17 + 1, None]), "x": [1.5, 2.0]})
    pq.write_table(table, path)

    assert read(path)[1] == [["id", "n", "x"], ["001", str(10**17 + 1), "1.5"], ["", "", "2"]]


def bombs(folder: Path) -> list[Path]:
    """Small files that unfold to gigabytes, or to endless rows and columns."""
    line = b"a,b\n" + b"1,2\n" * 1_000
    with gzip.open(folder / "rows.csv.gz", "wb") as packed:
        for _ in range(12_000):
            packed.write(line)
    with gzip.open(folder / "line.csv.gz", "wb") as packed:
        packed.write(b"a,b\n" + b"1" * 60_000_000)
    (folder / "columns.csv").write_bytes(b",".join([b"a"] * 1_000_000) + b"\n")
    with zipfile.ZipFile(folder / "zip.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet().write(1_048_575, 16_383, "x")
    (folder / "far.xlsx").write_bytes(book.getvalue())
    one = pa.DictionaryArray.from_arrays(pa.array([0] * 60_000, pa.int32()), ["x" * 1_000_000])
    pq.write_table(pa.table({"a": one}), folder / "words.parquet")
    return sorted(folder.iterdir())


SMALL_MEMORY = """
import resource, sys
from pathlib import Path
from proactive.feeds.contract import Reader
from proactive.feeds.files import LIMITS, look_at
from proactive.feeds.sources import open_source
from proactive.kernel.errors import Refused
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_DATA, (512 * 2**20, 512 * 2**20))
for name in sys.argv[1:]:
    try:
        with open_source(look_at(Path(name), LIMITS), Reader(), LIMITS, encoding=None,
                         candidates=("utf-8-sig",)) as source:
            for chunk in source.chunks():
                pass
        sys.exit(f"{name} was taken")
    except Refused as refused:
        print(refused.code)
"""


def test_bombs_are_refused_within_half_a_gigabyte(tmp_path: Path) -> None:
    files = bombs(tmp_path)

    done = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert set(done.stdout.split()) <= {"too_large", "truncated"}
    assert len(done.stdout.split()) == len(files)
