"""Trigger versions: kept from checked files, read by scans and pages; `switching` is their life."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy import text as sql

from proactive.feeds.contracts import Contract
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period
from proactive.kernel.work import Work
from proactive.rules.check import check_rule
from proactive.rules.grammar import NEVER_AGAIN, TriggerRule
from proactive.rules.model import IN_USE
from proactive.rules.model import TriggerState as S
from proactive.rules.nodes import Plan
from proactive.rules.parsing import parse
from proactive.rules.plan import plan_rule
from proactive.rules.reading import read_source
from proactive.rules.store import trigger_version

LOCK = "SELECT pg_advisory_xact_lock(7203010, hashtext(:trigger))"


@dataclass(frozen=True, slots=True)
class LoadedTrigger:
    """A version in the database; `new` is false when the same text was the newest already."""

    id: UUID
    trigger: str
    version: int
    state: str
    new: bool


@dataclass(frozen=True, slots=True)
class LiveTrigger:
    """A version that scans use today; one with `areas` is a pilot and raises only there."""

    version_id: UUID
    trigger: str
    version: int
    rule: TriggerRule
    live_since: datetime
    areas: tuple[str, ...] = ()

    @property
    def cron(self) -> str:
        return self.rule.schedule.cron or ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rule.schedule.timezone)

    def reads(self, contracts: Mapping[str, Contract]) -> frozenset[str]:
        """Return the feeds whose deliveries are looked at as they arrive.

        Those that `on_feed` names; without it every feed that can change the trigger's answer.
        """
        named = frozenset(self.rule.schedule.on_feed)
        return named or plan_rule(self.rule, contracts).feeds


def load_trigger(
    work: Work,
    text: str,
    contracts: Mapping[str, Contract],
    *,
    file: str = "trigger.yaml",
    examples: str = "",
) -> LoadedTrigger:
    """Check a trigger file and keep it as a draft version; the same text again changes nothing.

    Raises RuleRefused with every mistake.
    """
    rule = check_rule(text, contracts, file=file)
    checksum = hashlib.sha256(f"{text}\x00{examples}".encode()).hexdigest()
    query = select(trigger_version).where(trigger_version.c.trigger == rule.trigger)
    newest = work.db.execute(
        query.order_by(trigger_version.c.version.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.checksum == checksum:
        return LoadedTrigger(newest.id, newest.trigger, newest.version, newest.state, new=False)
    row_id, version = new_id(), (newest.version if newest else 0) + 1
    work.db.execute(
        trigger_version.insert().values(
            id=row_id,
            trigger=rule.trigger,
            version=version,
            yaml=text,
            examples=examples,
            checksum=checksum,
            loaded_by=work.actor.id,
            loaded_at=work.now,
        )
    )
    work.audit("load_trigger", "trigger_version", row_id, trigger=rule.trigger, version=version)
    return LoadedTrigger(row_id, rule.trigger, version, S.DRAFT, new=True)


def is_in_use(work: Work, version_id: UUID) -> bool:
    """Answer whether scans use this version now, everywhere or in chosen areas."""
    query = select(trigger_version.c.state).where(trigger_version.c.id == version_id)
    return work.db.execute(query).scalar_one_or_none() in IN_USE


def lock_trigger(work: Work, trigger: str) -> None:
    """Wait until nobody else changes what is in use of a trigger, or keeps what it found."""
    work.db.execute(sql(LOCK), {"trigger": trigger})


def version_row(work: Work, trigger: str, version: int) -> Row[Any]:
    """Return one version, or Refused `no_such_version`."""
    row = work.db.execute(
        select(trigger_version).where(
            trigger_version.c.trigger == trigger, trigger_version.c.version == version
        )
    ).one_or_none()
    if row is None:
        raise Refused(
            "no_such_version",
            "There is no version {version} of the trigger '{trigger}'.",
            todo="'proactive trigger list' shows what is there.",
            trigger=trigger[:60],
            version=version,
        )
    return row


def export_trigger(work: Work, trigger: str, version: int) -> str:
    """Return the file of a version, letter by letter as it was loaded."""
    return str(version_row(work, trigger, version).yaml)


def list_triggers(work: Work) -> list[Row[Any]]:
    """Return every version, newest first within its trigger, without its text."""
    columns = [one for one in trigger_version.c if one.name not in ("yaml", "examples")]
    query = select(*columns).order_by(trigger_version.c.trigger, trigger_version.c.version.desc())
    return list(work.db.execute(query))


def live_triggers(work: Work, today: date) -> list[LiveTrigger]:
    """Return what scans use today, by name; a trigger may have a pilot beside its live version."""
    rows = work.db.execute(
        select(trigger_version)
        .where(trigger_version.c.state.in_(IN_USE), trigger_version.c.live_from <= today)
        .order_by(trigger_version.c.trigger, trigger_version.c.state, trigger_version.c.version)
    )
    return [_live(row) for row in rows]


def _live(row: Row[Any]) -> LiveTrigger:
    """Return a version in use; slots before its first day in force are none of its."""
    rule = stored_rule(row.yaml)
    first_day = datetime.combine(row.live_from, time(), ZoneInfo(rule.schedule.timezone))
    return LiveTrigger(
        row.id,
        row.trigger,
        row.version,
        rule,
        max(row.activated_at, first_day.astimezone(UTC)),
        tuple(row.areas) if row.state == S.PILOT else (),
    )


def stored_rule(text: str) -> TriggerRule:
    """Return the rule of a text that was checked when it was loaded."""
    return parse(read_source(text, file="stored version"), TriggerRule)


def rule_of(work: Work, version_id: UUID) -> TriggerRule:
    """Return the rule of a version by its id."""
    text = work.db.execute(
        select(trigger_version.c.yaml).where(trigger_version.c.id == version_id)
    ).scalar_one()
    return stored_rule(text)


def plan_of(work: Work, version_id: UUID, contracts: Mapping[str, Contract]) -> Plan:
    """Return the plan of a version, resolved against today's contracts."""
    return plan_rule(rule_of(work, version_id), contracts)


def cool_down_spans(
    work: Work, version_ids: Sequence[UUID], outcome: str
) -> dict[str, Period | None]:
    """Return trigger → how long it keeps quiet after `outcome`; None means never again."""
    spans: dict[str, Period | None] = {}
    for version_id in version_ids:
        rule = rule_of(work, version_id)
        after = rule.hit.cool_down.after if rule.hit.cool_down else {}
        if outcome in after:
            word = after[outcome]
            spans[rule.trigger] = None if word == NEVER_AGAIN else Period.parse(word)
    return spans
