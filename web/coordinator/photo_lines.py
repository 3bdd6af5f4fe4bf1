"""The photos of a case as pages list them: where each is, and whether the reader took it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for

from proactive.kernel.work import Work
from proactive.visits.photos import photos_of


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """One photo by its address; `own` may be removed by the reader."""

    url: str
    visit_id: UUID
    photo_id: UUID
    at: datetime
    own: bool


def photo_lines(unit: Work, case_id: UUID, visit_ids: list[UUID]) -> tuple[PhotoLine, ...]:
    """Return the photos of a case's visits; none is opened by this."""
    found = photos_of(unit, visit_ids)
    return tuple(
        PhotoLine(
            url_for("coordinator.photo", case_id=case_id, visit_id=visit_id, photo_id=one.id),
            visit_id,
            one.id,
            one.kept_at,
            one.kept_by == unit.actor.id,
        )
        for visit_id in visit_ids
        for one in found[visit_id]
    )
