"""Counting take-up, and keeping what offices counted themselves of single items."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import StringIO
from typing import Any

from sqlalchemy import select, text

from proactive.areas.queries import paths_of
from proactive.bundles.definition import BundleDefinition
from proactive.bundles.parts import Limit
from proactive.bundles.store import bundle_version
from proactive.bundles.versions import pinned_definition
from proactive.kernel.db import AREA_COLUMNS, AreaPath
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, subtract
from proactive.kernel.work import Work
from proactive.outcomes.tables import single_item_count
from proactive.outcomes.takeup_sql import COUNT

MONTHS_COUNTED = 24
COLUMNS = ("month", "item", "area", "count", "source")


def count_takeup(work: Work) -> int:
    """Count the last two years anew, as machine; return how many figures there are."""
    first = subtract(work.today.replace(day=1), Period(months=MONTHS_COUNTED - 1))
    definitions = list(_definitions(work))
    values = {
        "zone": str(work.zone),
        "now": work.now,
        "first": datetime.combine(first, time(), tzinfo=work.zone),
        "definitions": json.dumps([line for _, d in definitions for line in d]),
        "needs": json.dumps([{"bundle": b, "need": n} for (b, n) in _needs(work)]),
    }
    work.db.execute(text("DELETE FROM takeup_count WHERE month >= :month"), {"month": first})
    counted = work.db.execute(text(COUNT), values).rowcount
    work.audit("count", "takeup", work.today, rows=counted)
    return counted


def _versions(work: Work) -> Iterator[tuple[Any, BundleDefinition]]:
    """Yield every version that has ever been live; drafts have opened nothing."""
    for row in work.db.execute(
        select(bundle_version.c.id).where(bundle_version.c.state != "draft")
    ):
        yield row.id, pinned_definition(work.db, row.id)


def _needs(work: Work) -> set[tuple[str, str]]:
    return {(each.bundle, str(each.need)) for _, each in _versions(work)}


def _definitions(work: Work) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for version, definition in _versions(work):
        yield (
            definition.bundle,
            [
                {
                    "version": str(version),
                    "item": item.code,
                    **item.before.model_dump(exclude={"source"}),
                    **_limit("promised", item.limits.promised),
                    **_limit("legal", item.limits.legal),
                }
                for item in definition.items
            ],
        )


def _limit(name: str, limit: Limit | None) -> dict[str, Any]:
    """Return a limit's days and kind; a limit that is not there counts nowhere."""
    if limit is None:
        return {name: None, f"{name}_kind": None}
    return {name: limit.days, f"{name}_kind": "working" if limit.working else "calendar"}


@dataclass(frozen=True, slots=True)
class SingleCount:
    """How often an office did an item in a month in all, inside a bundle or not."""

    month: date
    item: str
    area: str
    count: int
    source: str


def read_single_counts(content: str) -> list[SingleCount]:
    """Read lines of month, item, area, count, source; Refused `bad_counts` names the line."""
    reader = csv.DictReader(StringIO(content))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise _bad(1, f"the headings must be {', '.join(COLUMNS)}")
    return [_single(number, row) for number, row in enumerate(reader, start=2)]


def _single(number: int, row: dict[str, str]) -> SingleCount:
    try:
        month = date.fromisoformat(f"{(row['month'] or '').strip()}-01")
        count = int(row["count"] or "")
    except ValueError:
        raise _bad(number, "month is like 2026-11 and count a whole number") from None
    if count < 0 or not (row["source"] or "").strip():
        raise _bad(number, "count is not negative and source says who counted")
    return SingleCount(
        month, row["item"].strip(), row["area"].strip(), count, row["source"].strip()
    )


def keep_single_counts(work: Work, lines: Sequence[SingleCount]) -> int:
    """Keep an office's own counts; a later file replaces what it names again.

    Raises Refused `bad_counts` for an unknown item or area, and for an area inside another one
    that has a count of the same item and month: their sum would count twice.
    """
    items = {item.code for _, definition in _versions(work) for item in definition.items}
    paths = paths_of(work.db, {line.area for line in lines})
    for number, line in enumerate(lines, start=2):
        if line.item not in items:
            raise _bad(number, f"no bundle has an item '{line.item[:60]}'")
        if line.area not in paths:
            raise _bad(number, f"no area has the code '{line.area[:20]}'")
    for line in lines:
        _keep_single(work, line, paths[line.area])
    _check_overlaps(work)
    work.audit("load", "single_item_count", work.today, rows=len(lines))
    return len(lines)


def _keep_single(work: Work, line: SingleCount, path: AreaPath) -> None:
    table = single_item_count
    same = (table.c.month == line.month, table.c.item == line.item, table.c.area_code == line.area)
    work.db.execute(table.delete().where(*same))
    work.db.execute(
        table.insert().values(
            month=line.month,
            item=line.item,
            area_code=line.area,
            count=line.count,
            source=line.source,
            entered_by=work.actor.id,
            entered_at=work.now,
            **dict(zip(AREA_COLUMNS, path, strict=True)),
        )
    )


_OVERLAPS = """
SELECT o.item, o.area_code AS outer_area, i.area_code AS inner_area
FROM single_item_count AS o JOIN single_item_count AS i
  ON i.month = o.month AND i.item = o.item AND i.area_code <> o.area_code
  AND o.area_code IN (i.area_1, i.area_2, i.area_3, i.area_4, i.area_5) LIMIT 1
"""


def _check_overlaps(work: Work) -> None:
    row = work.db.execute(text(_OVERLAPS)).one_or_none()
    if row is not None:
        raise Refused(
            "counted_twice",
            "The counts of '{item}' overlap: {inner} lies in {outer}.",
            why="Their sum would count the same matters twice.",
            todo="Give the counts of one level of area only.",
            item=row.item,
            inner=row.inner_area,
            outer=row.outer_area,
        )


def _bad(line: int, why: str) -> Refused:
    return Refused(
        "bad_counts",
        "Line {line} cannot be used: {reason}.",
        todo="Correct the file and load it again; nothing was kept.",
        line=line,
        reason=why,
    )
