"""The form and the papers as readers see them: title, value, source and day of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from proactive.bundles.definition import BundleDefinition
from proactive.bundles.papers import aad
from proactive.bundles.running import Running
from proactive.bundles.store import form_value
from proactive.kernel.errors import Failed
from proactive.kernel.work import Work
from proactive.people.vault import vault_opens


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One form field: its value with source and day, or that it must still be asked.

    `unreadable`: a value is kept, but cannot be opened any more; it must be entered anew.
    """

    code: str
    title: str
    value: str
    source: str
    on: date | None
    required: bool
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper of the set; `may_come_later` where an item allows it."""

    code: str
    title: str
    state: str
    held_by: str
    on: date | None
    due_on: date | None
    may_come_later: bool


def form_lines(
    work: Work, running: Running, codes: Sequence[str], language: str
) -> list[FieldLine]:
    """Return form fields in the given order, opened for the reader."""
    rows = work.db.execute(
        select(form_value).where(
            form_value.c.bundle_id == running.row.id, form_value.c.code.in_(codes)
        )
    )
    values = {row.code: row for row in rows}
    return [_field_line(work, running.definition, code, values, language) for code in codes]


def paper_lines(running: Running, codes: Sequence[str], language: str) -> list[PaperLine]:
    """Return papers in the given order, with who holds them or by when they come."""
    lines = []
    for code in codes:
        row = running.materials.get(code)
        later = any(
            paper.material == code and paper.lenient is not None
            for each in running.definition.items
            for paper in each.materials
        )
        lines.append(
            PaperLine(
                code=code,
                title=running.definition.materials[code].title.in_language(language),
                state=row.state if row is not None else "missing",
                held_by=row.held_by if row is not None else "",
                on=row.held_on if row is not None else None,
                due_on=row.lenient_due_on if row is not None else None,
                may_come_later=later,
            )
        )
    return lines


def _field_line(
    work: Work,
    definition: BundleDefinition,
    code: str,
    values: dict[str, Row[Any]],
    language: str,
) -> FieldLine:
    field, row = definition.fields[code], values.get(code)
    value = _opened(work, row) if row is not None else ""
    return FieldLine(
        code=code,
        title=field.title.in_language(language),
        value=value or "",
        source=row.source if row is not None else "",
        on=row.source_on if row is not None else None,
        required=field.required,
        unreadable=value is None,
    )


def _opened(work: Work, row: Row[Any]) -> str | None:
    """Return a value; None where it alone is damaged. With the wrong keys nothing is shown."""
    try:
        return work.keys.decrypt(row.value_cipher, aad=aad(row.id))
    except Failed:
        if not vault_opens(work):
            raise
        return None
