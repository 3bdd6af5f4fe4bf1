"""What is told to an office's own system about an item: its own fields and papers, no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from proactive.bundles.queries import ItemSheet, item_sheet
from proactive.bundles.store import item, office
from proactive.connectors.model import CallKind
from proactive.kernel.errors import Failed
from proactive.kernel.work import Work
from proactive.plugins.office_connector import OfficeConnector, Parcel


@dataclass(frozen=True)
class OfficeLines:
    """The lines that are set up, by office code, and what calls over them need to say.

    `answer_to` is the address before the office's code; `language` of titles: 'zh' or 'en'.
    """

    connectors: Mapping[str, OfficeConnector]
    answer_to: str
    language: str


def parcel_of(work: Work, lines: OfficeLines, row: Row[Any]) -> Parcel:
    """Return the call of `row` as it goes out; audited as a sensitive read.

    Raises Failed `cannot_decrypt` where a field cannot be read: nobody is told half an item.
    """
    code = work.db.execute(select(office.c.code).where(office.c.id == row.office_id)).scalar_one()
    head = {
        "key": str(row.id),
        "kind": row.kind,
        "office": code,
        "answer_to": f"{lines.answer_to}{code}",
    }
    if row.kind == CallKind.ENDED:
        state = work.db.execute(select(item.c.state).where(item.c.id == row.item_id)).scalar_one()
        return Parcel(str(row.id), {**head, "hand_in": str(row.about_id), "state": state})
    sheet = item_sheet(work, row.item_id, lines.language)
    if any(field.unreadable for field in sheet.fields):
        raise Failed("cannot_decrypt", "A stored value cannot be decrypted.")
    body = {**head, "hand_in": str(row.id), "round": row.round, **_item(sheet, lines.language)}
    return Parcel(str(row.id), body)


def _item(sheet: ItemSheet, language: str) -> dict[str, Any]:
    row, definition = sheet.item, sheet.definition
    return {
        "item": {
            "id": str(row.id),
            "code": row.code,
            "title": sheet.title,
            "bundle": sheet.bundle.bundle,
            "reference": sheet.bundle.ref,
            "state": row.state,
            "due_on": _day(row.due_on),
            "legal_due_on": _day(row.legal_due_on),
        },
        "fields": [
            {
                "code": field.code,
                "title": field.title,
                "value": field.value,
                "source": field.source,
                "source_on": _day(field.on),
                "required": field.required,
            }
            for field in sheet.fields
        ],
        "papers": [
            {
                "code": paper.code,
                "title": paper.title,
                "state": paper.state,
                "held_by": paper.held_by,
                "held_on": _day(paper.on),
                "due_on": _day(paper.due_on),
                "may_come_later": paper.may_come_later,
            }
            for paper in sheet.papers
        ],
        "results_wanted": list(definition.gives),
        "delivery": [str(mode) for mode in definition.delivery],
        "refusal_reasons": [
            {
                "code": reason.code,
                "title": reason.text.in_language(language),
                "legal_basis": reason.legal_basis,
            }
            for reason in definition.refusal_reasons
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
