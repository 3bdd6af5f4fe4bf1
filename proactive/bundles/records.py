"""What the delivered records say of one subject when a bundle opens, so that nobody is asked.

Only the feeds that the bundle's own definition names are read, for this one subject and its
household: a named person has confirmed the case, and the lake holds no identities.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
from sqlalchemy import select

from proactive.bundles.definition import BundleDefinition
from proactive.bundles.form import Sourced
from proactive.feeds.contract import Contract
from proactive.feeds.lake import FeedView, Lake
from proactive.feeds.settling_sql import lake_view
from proactive.feeds.views import feed_views
from proactive.kernel.work import Work
from proactive.people.store import subject_alias


@dataclass(frozen=True, slots=True)
class SubjectRecords:
    """`registers`: feeds with a record that counts today, and its day. `facts` by `feed.field`."""

    registers: Mapping[str, date | None] = field(default_factory=dict)
    facts: Mapping[str, Sourced] = field(default_factory=dict)


def records_of(
    work: Work,
    lake: Lake,
    contracts: Mapping[str, Contract],
    definition: BundleDefinition,
    *,
    subject_key: int,
    household_key: int | None,
) -> SubjectRecords:
    """Return what the feeds a bundle names hold of a subject today; as machine."""
    feeds = [feed for feed in sorted(feeds_named(definition)) if feed in contracts]
    keys = _keys(work, subject_key)
    registers: dict[str, date | None] = {}
    facts: dict[str, Sourced] = {}
    for feed, view in feed_views(work, lake, feeds, contracts).items():
        rows = _rows(view, keys, household_key)
        counting = [row for row in rows if _counts(view.contract, row, work.today)]
        if not counting:
            continue
        newest = max(counting, key=lambda row: (_day(row) or date.min, row["record_id"]))
        registers[feed] = _day(newest)
        for name in view.contract.lake_fields:
            if newest.get(name) is not None:
                value = Sourced(as_text(newest[name]), f"register:{feed}", _day(newest))
                facts[f"{feed}.{name}"] = value
    work.audit("read_records", "subject", subject_key, bundle=definition.bundle)
    return SubjectRecords(registers, facts)


def feeds_named(definition: BundleDefinition) -> set[str]:
    """Return the feeds whose records a definition fills fields, papers or items from."""
    facts = {s.fact.split(".")[0] for f in definition.fields.values() for s in f.prefill if s.fact}
    papers = {
        other.register_feed
        for material in definition.materials.values()
        for other in material.replaced_by
        if other.register_feed is not None
    }
    return facts | papers | {feed for item in definition.items for feed in item.done_when}


def as_text(value: Any) -> str:
    """Return a fact as the form keeps it: whole fen, ISO days, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _keys(work: Work, subject_key: int) -> list[int]:
    """Return the subject's key with the temporary ones it had, or the permanent one it got."""
    column = subject_alias.c
    permanent = select(column.key).where(column.temporary_key == subject_key)
    temporary = select(column.temporary_key).where(column.key == subject_key)
    found = work.db.execute(permanent.union(temporary)).scalars()
    return [subject_key, *found]


def _rows(view: FeedView, keys: Sequence[int], household_key: int | None) -> list[dict[str, Any]]:
    """Return the newest version of each record that has not been superseded."""
    if not view.files:
        return []
    with duckdb.connect(config={"threads": "2", "memory_limit": "256MB"}) as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(lake_view(view.contract, list(view.files)))
        db.register("superseded", view.superseded)
        found = db.execute(
            """
            SELECT lake.* FROM lake ANTI JOIN superseded USING (record_id, version)
            WHERE list_contains($keys, lake.subject_key)
               OR (lake.subject_key IS NULL AND lake.household_key = $household)
            QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY version DESC) = 1
            """,
            {"keys": list(keys), "household": household_key},
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _counts(contract: Contract, row: Mapping[str, Any], today: date) -> bool:
    """Answer whether a register's entry counts today; an event always does."""
    register = contract.register_
    if register is None:
        return True
    begins = row.get(register.valid_from)
    ends = row.get(register.valid_to) if register.valid_to else None
    status = row.get(register.status) if register.status else None
    return (
        (begins is None or begins <= today)
        and (ends is None or ends >= today)
        and (not register.active or status in register.active)
    )


def _day(row: Mapping[str, Any]) -> date | None:
    found: date | None = row.get("recorded_on") or row.get("event_on")
    return found
