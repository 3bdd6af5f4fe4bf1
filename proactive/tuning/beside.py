"""One look of a shadow: the candidate and the version in use, on the same day and files.

Both are made anew from the run's own as-of day, known-at moment and pinned files, so that the
counts differ by the rule alone. Nothing is written but the counts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from proactive.kernel.db import AREA_COLUMNS, NOWHERE, AreaPath
from proactive.kernel.errors import CodedError
from proactive.kernel.work import Work
from proactive.people.store import subject
from proactive.rules.duck import evaluate
from proactive.scans.store import scan_run
from proactive.tuning.ground import Bench, Ground, read_ground
from proactive.tuning.places import by_town
from proactive.tuning.service import reason_of
from proactive.tuning.standing import path_in
from proactive.tuning.store import shadow, shadow_run


@dataclass(frozen=True, slots=True)
class _Asked:
    """A planned look: the candidate, and the version it stands beside."""

    id: UUID
    candidate: UUID
    live: UUID | None
    as_of: date
    known_at: datetime
    heads: Mapping[str, int | None]


def run_shadow(bench: Bench, shadow_run_id: UUID) -> None:
    """Do one planned look; done already, or its shadow stopped meanwhile, nothing happens."""
    with bench.work() as work:
        asked = _read(work, shadow_run_id)
        if asked is None:
            return
        grounds = _grounds(work, bench, asked)
    try:
        found = [_subjects(ground, asked) for ground in grounds]
    except CodedError as error:
        with bench.work() as work:
            _keep(work, asked.id, why=reason_of(error))
        return
    with bench.work() as work:
        _keep(work, asked.id, **_figures(work, found[0], found[1] if asked.live else None))


def _read(work: Work, shadow_run_id: UUID) -> _Asked | None:
    row = work.db.execute(
        select(
            shadow_run,
            shadow.c.version_id,
            scan_run.c.trigger_version_id,
            scan_run.c.heads,
        )
        .join(shadow, shadow.c.id == shadow_run.c.shadow_id)
        .outerjoin(scan_run, scan_run.c.id == shadow_run.c.run_id)
        .where(
            shadow_run.c.id == shadow_run_id,
            shadow_run.c.finished_at.is_(None),
            shadow.c.ended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return _Asked(
        row.id, row.version_id, row.trigger_version_id, row.as_of, row.known_at, row.heads or {}
    )


def _grounds(work: Work, bench: Bench, asked: _Asked) -> list[Ground]:
    versions = [asked.candidate, *([asked.live] if asked.live else [])]
    return [
        read_ground(work, bench.lake, bench.contracts, version, on=asked.as_of, heads=asked.heads)
        for version in versions
    ]


def _subjects(ground: Ground, asked: _Asked) -> frozenset[int]:
    found = evaluate(
        ground.plan,
        ground.views,
        as_of=asked.as_of,
        known_at=asked.known_at,
        areas=ground.areas,
        aliases=ground.aliases,
    )
    return frozenset(found.hits["subject_key"].to_pylist())


def _figures(work: Work, candidate: frozenset[int], live: frozenset[int] | None) -> dict[str, Any]:
    """The counts of one look, whole and by town; without a version in use only the candidate's."""
    if live is None:
        towns = {"only_candidate": _by_town(work, candidate)}
        return {"only_candidate": len(candidate), "by_area": towns}
    parts = {
        "only_live": live - candidate,
        "only_candidate": candidate - live,
        "both": candidate & live,
    }
    counts: dict[str, Any] = {name: len(keys) for name, keys in parts.items()}
    return counts | {"by_area": {name: _by_town(work, keys) for name, keys in parts.items()}}


def _by_town(work: Work, keys: frozenset[int]) -> dict[str, int | None]:
    columns = [subject.c[name] for name in AREA_COLUMNS]
    rows = work.db.execute(
        select(*columns, func.count().label("people"))
        .where(subject.c.key == func.any(sorted(keys)))
        .group_by(*columns)
    ).mappings()
    people: Counter[AreaPath] = Counter({path_in(row): row["people"] for row in rows})
    homeless = len(keys) - sum(people.values())
    if homeless:
        people[NOWHERE] += homeless
    return by_town(people)


def _keep(work: Work, shadow_run_id: UUID, **values: Any) -> None:
    work.db.execute(
        update(shadow_run)
        .where(shadow_run.c.id == shadow_run_id, shadow_run.c.finished_at.is_(None))
        .values(finished_at=work.now, **values)
    )
