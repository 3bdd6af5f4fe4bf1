"""Keeping a case's files: sealed when they come, audited when looked at, gone by their day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.attachments.model import ENDINGS, Kind, check_content
from proactive.attachments.store import attachment
from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

META = [column for column in attachment.c if column.name != "content_cipher"]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What is known of a file without opening it."""

    id: UUID
    owner_id: UUID
    kind: Kind
    media_type: str
    size: int
    kept_at: datetime
    kept_by: str

    @property
    def ending(self) -> str:
        return ENDINGS[self.media_type]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file with its content."""

    file: KeptFile
    content: bytes = field(repr=False)


def keep(
    work: Work,
    *,
    kind: Kind,
    owner_id: UUID,
    case_id: UUID,
    areas: Mapping[str, str],
    content: bytes,
    office_id: UUID | None = None,
    until: date | None = None,
    file_id: UUID | None = None,
) -> UUID:
    """Seal and keep a file, and return its id; the same `file_id` again keeps it once.

    `areas` is area column → code, as the case has them; without `until` the file goes with the
    case. Raises Refused `file_too_large` or `file_not_readable`.
    """
    media_type = check_content(kind, content)
    kept_id = file_id or new_id()
    statement = insert(attachment).values(
        id=kept_id,
        case_id=case_id,
        office_id=office_id,
        kind=kind,
        owner_id=owner_id,
        media_type=media_type,
        size=len(content),
        content_cipher=work.keys.seal(content, aad=_aad(kept_id)),
        kept_at=work.now,
        kept_by=work.actor.id,
        keep_until=until,
        **{column: areas[column] for column in AREA_COLUMNS},
    )
    once = statement.on_conflict_do_nothing(index_elements=["id"]).returning(attachment.c.id)
    if work.db.execute(once).first() is not None:
        path = [areas[column] for column in AREA_COLUMNS]
        work.audit("keep_file", "attachment", kept_id, areas=path, kind=kind, owner=owner_id)
    return kept_id


def files_of(work: Work, kind: Kind, owner_ids: Collection[UUID]) -> dict[UUID, list[KeptFile]]:
    """Return the files that are there, by owner, oldest first; nothing is opened."""
    return _found(work, kind, attachment.c.owner_id.in_(owner_ids))


def files_of_case(work: Work, kind: Kind, case_id: UUID) -> dict[UUID, list[KeptFile]]:
    """Return the files of a case that are there, by owner, oldest first; nothing is opened."""
    return _found(work, kind, attachment.c.case_id == case_id)


def _found(work: Work, kind: Kind, wanted: ColumnElement[bool]) -> dict[UUID, list[KeptFile]]:
    query = (
        select(*META)
        .where(attachment.c.kind == kind, wanted, attachment.c.gone_at.is_(None))
        .order_by(attachment.c.kept_at, attachment.c.id)
    )
    found: dict[UUID, list[KeptFile]] = {}
    for row in work.db.execute(query):
        found.setdefault(row.owner_id, []).append(_meta(row))
    return found


def look(work: Work, file_id: UUID, *, owner_id: UUID) -> OpenFile:
    """Return a file with its content, audited; Refused `not_found` where the reader sees none."""
    query = select(attachment).where(
        attachment.c.id == file_id,
        attachment.c.owner_id == owner_id,
        attachment.c.gone_at.is_(None),
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such file.", todo="Go back to the page before.")
    areas = [getattr(row, column) for column in AREA_COLUMNS]
    work.audit("read_file", "attachment", file_id, areas=areas, kind=row.kind, owner=row.owner_id)
    return OpenFile(_meta(row), work.keys.unseal(row.content_cipher, aad=_aad(file_id)))


def let_go(work: Work, file_id: UUID, *, why: str) -> None:
    """Drop a file's content before its day; `why` is a code. What is gone already stays so."""
    gone = update(attachment).where(attachment.c.id == file_id, attachment.c.gone_at.is_(None))
    row = work.db.execute(
        gone.values(content_cipher=None, gone_at=work.now, gone_why=why).returning(*META)
    ).one_or_none()
    if row is not None:
        areas = [getattr(row, column) for column in AREA_COLUMNS]
        work.audit("drop_file", "attachment", file_id, areas=areas, why=why)


def purge_files(work: Work, *, keep_days: int) -> int:
    """Drop what has come to its day, or whose case was closed `keep_days` ago; return how many."""
    closed_by = work.now - timedelta(days=keep_days)
    closed = select(case.c.id).where(case.c.closed_at < closed_by)
    over = or_(attachment.c.keep_until < work.today, attachment.c.case_id.in_(closed))
    gone = update(attachment).where(attachment.c.gone_at.is_(None), over)
    dropped = work.db.execute(
        gone.values(content_cipher=None, gone_at=work.now, gone_why="its_day")
    ).rowcount
    if dropped:
        work.audit("purge_files", "attachment", "several", count=dropped)
    return dropped


def _meta(row: Row[Any]) -> KeptFile:
    return KeptFile(
        id=row.id,
        owner_id=row.owner_id,
        kind=Kind(row.kind),
        media_type=row.media_type,
        size=row.size,
        kept_at=row.kept_at,
        kept_by=row.kept_by,
    )


def _aad(file_id: UUID) -> str:
    return f"attachment:{file_id}"
