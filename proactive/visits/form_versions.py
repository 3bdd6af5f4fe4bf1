"""Finding forms in the database: screens and visits use these, never the files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select, update

from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.visits.forms import FindingForm, ShownForm, read_form, read_forms, show
from proactive.visits.store import finding_form


@dataclass(frozen=True, slots=True)
class LiveForm:
    """The form that new visits to a need answer."""

    id: UUID
    version: int
    form: FindingForm


def load_forms(work: Work, folder: Path) -> int:
    """Bring the forms of a folder into use, all or none; return how many were new.

    A visit keeps the version it answered, so a change never alters what was asked before.
    """
    read_forms(folder)
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
    return sum(_load(work, text) for text in texts)


def _load(work: Work, text: str) -> bool:
    form = read_form(text)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    newest = work.db.execute(
        select(finding_form)
        .where(finding_form.c.need == form.need)
        .order_by(finding_form.c.version.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and newest.checksum == checksum and newest.live:
        return False
    work.db.execute(
        update(finding_form)
        .where(finding_form.c.need == form.need, finding_form.c.live)
        .values(live=False)
    )
    version = (newest.version if newest else 0) + 1
    form_id = new_id()
    work.db.execute(
        finding_form.insert().values(
            id=form_id,
            need=form.need,
            version=version,
            yaml=text,
            checksum=checksum,
            live=True,
            loaded_by=work.actor.id,
            loaded_at=work.now,
        )
    )
    work.audit("load_form", "finding_form", form_id, need=form.need, version=version)
    return True


def live_form(db: Connection, need: str) -> LiveForm:
    """Return the form of a need, or Refused `no_form`."""
    row = db.execute(
        select(finding_form).where(finding_form.c.need == need, finding_form.c.live)
    ).one_or_none()
    if row is None:
        raise Refused(
            "no_form",
            "There is no form for the need '{need}'.",
            todo="Load the forms of triggers/findings with 'proactive bundle load'.",
            need=need,
        )
    return LiveForm(row.id, row.version, read_form(row.yaml))


def form_for(db: Connection, need: str, language: str) -> ShownForm:
    """Return the questions of a need in one language, with the fixed reasons for "no need"."""
    return show(live_form(db, need).form, language)
