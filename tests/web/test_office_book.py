"""Many items at once: out as Excel, back in any shape, previewed, then done each by itself."""

import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from proactive.kernel.states import Role
from tests.web.browsing import Browser, SignIn
from tests.web.story import MACHINE, Story
from tests.web.test_office_desk import clerk, links

__all__ = ["clerk"]
KIND = "part=new&kind=medical_cost_relief/serious_illness_pay"
KEY, DECISION, REASON, LAW = 0, 6, 7, 8


@pytest.fixture
def ready(story: Story, clerk: Browser) -> Browser:
    """The clerk, with account and card of every item at hand."""
    for item in links(clerk.get(f"/office?{KIND}").text):
        clerk.post(
            f"/office/items/{item}/papers", {"field-bank_account": "6222", "papers": "bank_card"}
        )
    story.settle()
    return clerk


def sheet_of(clerk: Browser, query: str = KIND) -> list[list[str]]:
    """Return the rows of the list that the clerk gets, headings first."""
    book = openpyxl.load_workbook(io.BytesIO(clerk.get(f"/office/book.xlsx?{query}").data))
    return [[str(cell or "") for cell in row] for row in book.worksheets[0].values]


def hand_in(clerk: Browser, rows: Sequence[Sequence[str]], name: str = "list.xlsx") -> TestResponse:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return send(clerk, made.getvalue(), name)


def send(clerk: Browser, data: bytes, name: str) -> TestResponse:
    form = {"csrf_token": clerk.token(), "file": (io.BytesIO(data), name)}
    return clerk.client.post("/office/book", data=form, content_type="multipart/form-data")


def carry_out(clerk: Browser, preview: TestResponse) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', preview.text)
    assert found, preview.text
    return clerk.post("/office/book/done", {"rows": html.unescape(found[1])}).text


def decided(rows: list[list[str]], decisions: Mapping[int, Sequence[Any]]) -> list[list[str]]:
    for number, (decision, *more) in decisions.items():
        rows[number][DECISION] = decision
        rows[number][REASON : REASON + len(more)] = more
    return rows


def states(story: Story, rows: list[list[str]]) -> list[str]:
    with story.platform.work(MACHINE) as work:
        rows_now = work.db.execute(text("SELECT id, state FROM item"))
        found = {str(row.id): row.state for row in rows_now}
    return [found[row[KEY][:36]] for row in rows[1:]]


def test_a_list_goes_out_comes_back_and_is_done_once(story: Story, ready: Browser) -> None:
    rows = decided(sheet_of(ready), {1: ["Accepted"], 2: ["Returned", "It is the wrong paper"]})

    preview = hand_in(ready, rows)

    assert "2 rows would be done." in preview.text
    assert "刘建国" in preview.text
    assert "Receipt " not in preview.text  # nothing is done yet: none has a number
    assert "1 row has no decision and stays as it is." in preview.text
    assert states(story, rows) == ["ready", "ready", "ready"]
    result = carry_out(ready, preview)
    again = carry_out(ready, preview)
    assert "2 rows are done." in result
    number = re.search(r"Receipt ([0-9A-Z]{8})", result)
    assert number
    assert states(story, rows) == ["accepted", "returned", "ready"]
    assert "0 rows are done." in again
    assert "You have done this already." in again
    assert number[1] in again
    posted = html.unescape(re.findall(r'name="rows" value="([^"]*)"', result)[0])
    answer = ready.post("/office/book/results.xlsx", {"rows": posted})
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert number[1] in [cell for row in book.active.values for cell in row]


def test_reordered_missing_foreign_and_changed_rows_are_told_one_by_one(
    story: Story, ready: Browser, sign_in_as: SignIn
) -> None:
    relief = sign_in_as(Role.CLERK, office_id=story.offices["civil_affairs"])
    theirs = sheet_of(relief, "part=todo")[1]
    head, first, second, third = sheet_of(ready)
    for row in (first, second, theirs):
        row[DECISION] = "\u53d7\u7406"
    colleague = sign_in_as(Role.CLERK, office_id=story.offices["medical_insurance"])
    carry_out(colleague, hand_in(colleague, [head, second]))
    strange = ["=1+1", "", "", "", "", "", "Accepted", "", "", ""]
    turned = [row[::-1] for row in (head, first, second, strange, theirs, first)]

    page = hand_in(ready, turned).text

    assert "1 row would be done." in page
    assert page.rindex("not done") < page.index("Decision: ")
    assert "Somebody has worked on this since you opened it." in page
    assert "The key of this row was not made here." in page
    assert "This is not an item of your office." in page
    assert "This item stands in the file twice; the first row counts." in page
    assert "not in the file; nothing happens to them: 3." in page
    assert third[KEY] not in page


def test_decisions_that_cannot_be_are_told_and_nothing_of_them_is_done(
    story: Story, ready: Browser
) -> None:
    asked = {
        1: ["Rejoice"],
        2: ["Refused", "The payments stay under the deductible."],
        3: ["Granted"],
    }
    rows = decided(sheet_of(ready), asked)

    preview = hand_in(ready, rows)

    assert "This decision is not known." in preview.text
    assert "This step is not possible now." in preview.text
    assert "0 rows would be done." in preview.text
    assert 'name="rows"' not in preview.text
    assert states(story, rows) == ["ready", "ready", "ready"]


def test_a_sheet_that_was_sorted_in_part_missing_papers_and_a_rounded_number_are_told(
    story: Story, ready: Browser
) -> None:
    rows = decided(sheet_of(ready), {n: ["Accepted"] for n in (1, 2, 3)})
    with story.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE material SET state = 'missing' WHERE code = 'bank_card'"))

    missing = hand_in(ready, rows).text
    rows[1][KEY], rows[2][KEY] = rows[2][KEY], rows[1][KEY]
    mixed = hand_in(ready, rows).text
    asked = decided(sheet_of(ready), {1: ["Delivered", "", "", 1.2345678901234e17]})
    rounded = hand_in(ready, asked).text

    assert missing.count("Papers are missing: Bank card copy.") == 3
    assert mixed.count("The key and the number of this row belong to different items.") == 2
    assert "Excel has rounded this number; its end is lost." in rounded


def test_a_refusal_by_excel_needs_reason_and_law(story: Story, ready: Browser) -> None:
    carry_out(ready, hand_in(ready, decided(sheet_of(ready), {1: ["Accepted"], 2: ["Accepted"]})))
    query = "part=decide&kind=medical_cost_relief/serious_illness_pay"
    reason = "The payments stay under the deductible."
    asked = {1: ["Refused", reason], 2: ["Refused", reason, "\u533b\u4fdd\u529e\u6cd5 4"]}
    rows = decided(sheet_of(ready, query), asked)

    preview = hand_in(ready, rows)
    carry_out(ready, preview)

    assert "A refusal needs a reason of the list and its legal basis." in preview.text
    assert states(story, rows) == ["accepted", "refused"]


def test_names_are_text_in_the_file_whatever_they_begin_with(
    story: Story, ready: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["=HYPERLINK(1)", "@\u4dae\u3400\U0002cc56", "+\u202e<script>"])
    monkeypatch.setattr("web.office.book.name_of", lambda card, today: next(names))

    answer = ready.get(f"/office/book.xlsx?{KIND}")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    cells = [sheet.cell(row, 4) for row in (2, 3, 4)]
    assert [cell.data_type for cell in cells] == ["s", "s", "s"]
    assert cells[1].value == "@\u4dae\u3400\U0002cc56"
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not sheet["G2"].protection.locked
    assert len(sheet.data_validations.dataValidation) == 6


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"MZ\x90\x00 not a sheet", "list.xlsx", "cannot be read as a table"),
        (b"a,b\n1,2\n", "list.csv", "The file lacks the column(s)"),
        (b"", "", "Choose a file."),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(
    clerk: Browser, data: bytes, name: str, said: str
) -> None:
    answer = send(clerk, data, name)

    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


def test_posted_nonsense_is_a_bad_request(clerk: Browser) -> None:
    for rows in ("", "{", "[[1]]", "[1]", '[["x","y","z"]]'):
        assert clerk.post("/office/book/done", {"rows": rows}).status_code == 400, rows
    assert clerk.post("/office/book/results.xlsx", {"rows": "[1]"}).status_code == 400
