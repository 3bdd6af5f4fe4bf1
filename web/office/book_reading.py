"""Reading a work list that comes back from Excel: what each row asks, and what cannot be done."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from proactive.areas.sheets import Sheet, read_sheet
from proactive.bundles.queries import ItemSheet, item_sheet
from proactive.bundles.service import act_on_item
from proactive.bundles.versions import pinned_definition
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.logs import get_logger
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from web.access import platform
from web.errors import bad_request
from web.language import chosen_language, joined, say_refusal
from web.office.book import HEADS, MOST_ROWS, OPEN, decision_words, return_words
from web.office.parts import entitled
from web.say import gettext

LONGEST_CELL = 200
MOST_CELLS = 100_000  # ten times a list of MOST_ROWS with room for columns of one's own
NEEDED = ("key", "decision")
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one row asks, as it was written. `line` is its line in the file."""

    line: int
    key: str
    ref: str
    decision: str
    reason: str = ""
    law: str = ""
    number: str = ""

    @property
    def item(self) -> tuple[UUID, int] | None:
        """Return item and version of the key; None where the key is none of ours."""
        parts = self.key.split(":")
        with suppress(ValueError):
            if len(parts) == 3 and parts[1].isascii() and len(parts[1]) < 10:
                return UUID(parts[0]), int(parts[1])
        return None

    @property
    def place(self) -> tuple[int, int] | None:
        """Return the row's place and the number of rows of the list that it came from."""
        at, _, of = self.key.rpartition(":")[2].partition("/")
        return (int(at), int(of)) if at.isascii() and at.isdigit() and of.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become, or became, of a row: done or not, and the sentence that says it.

    `subject`: whom it is about, where the row is one of the reader's own office.
    """

    line: int
    good: bool
    ref: str
    title: str
    words: str
    receipt: str = ""
    subject: int | None = None


class _UndoneError(Exception):
    """Carries what was tried out of a transaction that must leave nothing behind."""


def read_book(path: Path) -> list[Asked]:
    """Return the rows of the file that ask for something, or stand there without a key.

    Columns may stand in any order and in either language. Refused where the file is no list.
    """
    sheet = read_sheet(path, most_cells=MOST_CELLS)
    columns = _columns(sheet)
    rows = []
    for line, cells in sheet.rows:
        found = {name: cells[at][: LONGEST_CELL + 1] for name, at in columns.items()}
        rows.append(Asked(line, **{n: found.get(n, "") for n in ("key", "ref", *OPEN)}))
    if len(rows) > MOST_ROWS:
        raise Refused(
            "too_many_rows",
            "The file has {rows} rows; one list has at most {most}.",
            todo="Hand in the list as it was given out.",
            rows=len(rows),
            most=MOST_ROWS,
        )
    return rows


def _columns(sheet: Sheet) -> dict[str, int]:
    heads = {_plain(word): name for name, words in HEADS.items() for word in words}
    known = ((heads.get(_plain(head)), at) for at, head in enumerate(sheet.columns))
    places: dict[str, int] = {name: at for name, at in known if name}
    missing = [HEADS[name][chosen_language() != "en"] for name in NEEDED if name not in places]
    if missing:
        raise Refused(
            "not_our_list",
            "The file lacks the column(s) {missing}.",
            why="Its first sheet is not a list of this desk.",
            todo="Take the list that you got here, and keep its first line.",
            missing=", ".join(missing),
        )
    return places


def _plain(text: str) -> str:
    return "".join(text.lower().split()).translate({0xFF08: "(", 0xFF09: ")", 0x3001: ","})


def missing_places(rows: list[Asked]) -> tuple[int, ...]:
    """Return the places of the handed-out list that did not come back."""
    places = [row.place for row in rows if row.place]
    most = max((of for _, of in places), default=0)
    there = {at for at, _ in places}
    return tuple(at for at in range(1, min(most, MOST_ROWS) + 1) if at not in there)


def pack(rows: list[Asked]) -> str:
    """Return the rows as the preview's form carries them on."""
    return json.dumps([list(asdict(row).values()) for row in rows], ensure_ascii=False)


def unpack(text: str) -> list[Asked]:
    """Return the rows of `pack`; anything else is a bad request."""
    try:
        given = json.loads(text)
        rows = [Asked(int(line), *(str(cell) for cell in cells)) for line, *cells in given]
    except (ValueError, TypeError):
        raise bad_request() from None
    if len(rows) > MOST_ROWS:
        raise bad_request()
    return rows


def tried(rows: list[Asked], work: Work) -> list[Outcome]:
    """Return what would become of each row; nothing of it stays, so no receipt has a number."""
    found: list[Outcome] = []
    try:
        with platform().work(work.actor) as unit:
            found = [
                replace(_one(unit, row, rows), receipt="")
                for row in rows
                if row.decision or not row.item
            ]
            raise _UndoneError
    except _UndoneError:
        return found


def done(rows: list[Asked], work: Work) -> list[Outcome]:
    """Do what the rows ask, each in a transaction of its own; return what became of it."""
    found = []
    for row in rows:
        if row.decision:
            try:
                with platform().work(work.actor) as unit:
                    outcome = _one(unit, row, rows)
            except (Failed, SQLAlchemyError) as failure:
                log.error("A row of a list failed.", kind=type(failure).__name__)
                outcome = Outcome(row.line, False, row.ref, "", _sentence(_our_fault()))
            found.append(outcome)
    return found


def _one(unit: Work, row: Asked, rows: list[Asked]) -> Outcome:
    key, sheet, action = row.item, None, ""
    try:
        if key is None:
            raise _refused("unknown_key", "The key of this row was not made here.")
        if _stands_above(row, key[0], rows):
            raise _refused("twice", "This item stands in the file twice; the first row counts.")
        sheet = item_sheet(unit, key[0], chosen_language())
        if row.ref and row.ref != sheet.bundle.ref:
            raise _refused(
                "rows_mixed",
                "The key and the number of this row belong to different items.",
                "Perhaps only some columns were sorted. Take the list anew.",
            )
        action = _action(row)
        with unit.db.begin_nested():
            moved = act_on_item(
                unit, key[0], action, base_version=key[1], **_data(row, action, sheet)
            )
    except Refused as refusal:
        return _not_done(unit, row, sheet, action, refusal)
    words = gettext("Decision: %(decision)s", decision=_said(action))
    receipt = moved.acceptance_no if action in ("accept", "accept_lenient") else ""
    bundle = sheet.bundle
    return Outcome(row.line, True, bundle.ref, sheet.title, words, receipt, bundle.subject_key)


def _stands_above(row: Asked, item_id: UUID, rows: list[Asked]) -> bool:
    above = (each for each in rows if each.line < row.line and each.decision)
    return any(each.item is not None and each.item[0] == item_id for each in above)


def _not_done(
    unit: Work, row: Asked, sheet: ItemSheet | None, action: str, refusal: Refused
) -> Outcome:
    if refusal.code == "not_found":
        refusal = _refused("foreign", "This is not an item of your office.")
    if sheet is None:
        return Outcome(row.line, False, "", "", _sentence(refusal))
    people = [event for event in sheet.history if event.actor_role != Role.MACHINE]
    last = (people[-1].action, people[-1].actor_id) if people else ("", "")
    again = refusal.code == "changed_meanwhile" and last == (action, unit.actor.id)
    if again:
        refusal = _refused("done_already", "You have done this already.")
    receipt = sheet.item.acceptance_no if again else ""
    bundle, said = sheet.bundle, _sentence(entitled(refusal, _titles(unit, sheet)))
    return Outcome(row.line, False, bundle.ref, sheet.title, said, receipt, bundle.subject_key)


def _titles(unit: Work, sheet: ItemSheet) -> dict[str, str]:
    """Return code → title of what a refusal may name: fields, papers, results."""
    whole = pinned_definition(unit.db, sheet.bundle.bundle_version_id).fields
    gives = {
        code: whole[code].title.in_language(chosen_language()) for code in sheet.definition.gives
    }
    fields = {field.code: field.title for field in sheet.fields}
    return gives | fields | {paper.code: paper.title for paper in sheet.papers}


def _sentence(refusal: Refused) -> str:
    return joined(say_refusal(refusal))


def _action(row: Asked) -> str:
    for action, words in decision_words().items():
        if _plain(row.decision) in {_plain(each) for each in (action, *words)}:
            return action
    raise _refused("unknown_decision", "This decision is not known.")


def _said(action: str) -> str:
    return decision_words()[action][0 if chosen_language() == "en" else 1]


def _data(row: Asked, action: str, sheet: ItemSheet) -> Mapping[str, object]:
    """Return what the row brings for its action; empty cells leave what is missing to the core."""
    if action == "return":
        return {"reason": _code(row.reason, return_words())}
    if action == "refuse":
        reasons = {
            each.code: (each.text.in_language("en"), each.text.in_language("zh"))
            for each in sheet.definition.refusal_reasons
        }
        return {"reason": _code(row.reason, reasons), "legal_basis": row.law}
    if action == "deliver":
        if ROUNDED.fullmatch(row.number):
            raise _refused("rounded", "Excel has rounded this number; its end is lost.")
        return {"tracking_no": row.number, "pickup_code": row.number}
    return {}


def _code(given: str, known: Mapping[str, tuple[str, str]]) -> str:
    for code, words in known.items():
        if _plain(given) in {_plain(each) for each in (code, *words)}:
            return code
    return ""


def _our_fault() -> Refused:
    return Refused(
        "our_fault",
        "A fault of ours kept this row from being done.",
        todo="Nothing is done with this row. Try it on the item's page, or tell the operator.",
    )


def _refused(code: str, what: str, todo: str = "Nothing is done with this row.") -> Refused:
    return Refused(code, what, todo=todo)
