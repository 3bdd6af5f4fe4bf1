"""Keeps the one form and the one set of papers: what is filled, held, given, promised, missing."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.clocks import Span, add
from proactive.bundles.definition import BundleDefinition, Item
from proactive.bundles.form import Sourced, field_codes, held_papers, paper_codes
from proactive.bundles.parts import FieldKind
from proactive.bundles.running import Calendar, Running
from proactive.bundles.store import form_value, material
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

LONGEST_VALUE = 500


def aad(value_id: UUID) -> str:
    """Return what binds a form value's cipher to its row."""
    return f"form_value:value_cipher:{value_id}"


def keep_values(work: Work, running: Running, values: Mapping[str, Sourced], by: str) -> None:
    """Write form values; a later one replaces an earlier one of the same field."""
    for code, value in values.items():
        known = work.db.execute(
            select(form_value.c.id).where(
                form_value.c.bundle_id == running.row.id, form_value.c.code == code
            )
        ).scalar_one_or_none()
        value_id = known or new_id()
        cipher = work.keys.encrypt(value.value, aad=aad(value_id))
        content = {
            "value_cipher": cipher,
            "source": value.source,
            "source_on": value.on,
            "given_by": by or None,
        }
        if known:
            work.db.execute(update(form_value).where(form_value.c.id == known).values(**content))
            continue
        work.db.execute(
            insert(form_value).values(
                id=value_id,
                bundle_id=running.row.id,
                case_id=running.row.case_id,
                code=code,
                **content,
                **running.areas,
            )
        )


def answers_checked(
    work: Work, definition: BundleDefinition, values: Mapping[str, str], allowed: Collection[str]
) -> dict[str, Sourced]:
    """Return what a person typed as sourced values, or Refused `bad_values` naming each field."""
    wrong = {}
    for code, value in values.items():
        if code not in definition.fields or code not in allowed:
            wrong[code] = "not asked here"
        elif len(value) > LONGEST_VALUE or not value.strip():
            wrong[code] = "fill this in"
        else:
            field = definition.fields[code]
            choices = {choice.code for choice in field.choices}
            if field.kind is FieldKind.CHOICE and value not in choices:
                wrong[code] = "choose one of the answers"
            if field.kind is FieldKind.YES_NO and value not in ("yes", "no"):
                wrong[code] = "answer yes or no"
    if wrong:
        raise Refused(
            "bad_values",
            "Some fields cannot be taken as they are.",
            todo="Correct what is marked.",
            fields=wrong,
        )
    source = f"asked:{work.actor.role}"
    return {code: Sourced(value.strip(), source, work.today) for code, value in values.items()}


def all_fields(running: Running) -> tuple[str, ...]:
    """Return every field any item of the bundle uses."""
    return field_codes(running.definition, running.definition.codes)


def lay_out_papers(
    work: Work, running: Running, registers: Mapping[str, Any], chosen: Collection[str]
) -> None:
    """Make one row for each paper of the chosen items that has none yet."""
    wanted = paper_codes(running.definition, chosen)
    held = held_papers(
        running.definition,
        chosen,
        registers=registers,
        filled=running.filled,
        granted=running.granted(),
    )
    rows = []
    for code in wanted:
        if code in running.materials:
            continue
        paper = held.get(code)
        rows.append(
            {
                "id": new_id(),
                "bundle_id": running.row.id,
                "case_id": running.row.case_id,
                "code": code,
                "state": "held" if paper else "missing",
                "held_by": paper.held_by if paper else "",
                "held_on": paper.on if paper else None,
                **running.areas,
            }
        )
    if rows:
        work.db.execute(insert(material), rows)


def renew_papers(work: Work, running: Running) -> bool:
    """Mark papers that a field or an item's result has made needless; True when any changed."""
    held = held_papers(
        running.definition,
        running.chosen,
        registers={},
        filled=running.filled,
        granted=running.granted(),
    )
    changed = False
    for code, paper in held.items():
        row = running.materials.get(code)
        if row is not None and row.state in ("missing", "lenient"):
            _write(work, row.id, state="held", held_by=paper.held_by, held_on=paper.on)
            changed = True
    return changed


def receive_papers(work: Work, running: Running, codes: Collection[str]) -> None:
    """Mark papers as handed in; a paper this bundle does not want is refused."""
    unknown = [code for code in codes if code not in running.materials]
    if unknown:
        raise Refused(
            "unknown_material",
            "These papers do not belong to this bundle: {codes}.",
            todo="Choose from its list of papers.",
            codes=", ".join(unknown),
        )
    for code in codes:
        row = running.materials[code]
        if row.state in ("missing", "lenient"):
            _write(work, row.id, state="given", received_by=work.actor.id, held_on=work.today)


def promise_papers(work: Work, running: Running, wanted: Item, missing: Collection[str]) -> None:
    """Note that missing papers come later, by the earliest day any item allows."""
    calendar = Calendar(work)
    for paper in wanted.materials:
        if paper.material not in missing or paper.lenient is None:
            continue
        limit = paper.lenient.limit
        due = add(work.today, Span(limit.days, limit.working), calendar)
        row = running.materials[paper.material]
        if row.state == "missing" or row.lenient_due_on > due.day:
            _write(
                work,
                row.id,
                state="lenient",
                lenient_due_on=due.day,
                lenient_provisional=due.provisional,
            )


def extend_papers(work: Work, running: Running, wanted: Item, until: date) -> None:
    """Give the promised papers of an item until another day."""
    for paper in wanted.materials:
        row = running.materials.get(paper.material)
        if row is not None and row.state == "lenient":
            _write(work, row.id, lenient_due_on=until, lenient_provisional=False)


def _write(work: Work, material_id: UUID, **values: Any) -> None:
    work.db.execute(update(material).where(material.c.id == material_id).values(**values))
