"""Trigger versions in use: loaded from files, switched on by a named person, read by scans."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select, update

from proactive.feeds.contracts import Contract
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.rules.check import check_rule
from proactive.rules.grammar import NEVER_AGAIN, TriggerRule
from proactive.rules.model import PEOPLE, TRIGGER_TABLE
from proactive.rules.model import TriggerState as S
from proactive.rules.nodes import Plan
from proactive.rules.parsing import parse
from proactive.rules.plan import plan_rule
from proactive.rules.reading import read_source
from proactive.rules.store import trigger_version

# Runs the golden examples of a version and raises what is wrong with them.
Prove = Callable[[TriggerRule, str], None]


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
    """A version that scans use today."""

    version_id: UUID
    trigger: str
    version: int
    rule: TriggerRule
    live_since: datetime

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
    _audit(work, "load_trigger", row_id, rule.trigger, version)
    return LoadedTrigger(row_id, rule.trigger, version, S.DRAFT, new=True)


def activate_trigger(
    work: Work, trigger: str, version: int, *, prove: Prove, live_from: date | None = None
) -> LoadedTrigger:
    """Switch a version on in the name of a person; its golden examples must hold.

    With a later `live_from` it waits, and the version in use stays in use until that day.
    Raises Refused `no_named_person`, `no_such_version`, or what `prove` raises.
    """
    if work.actor.role not in PEOPLE:
        raise Refused(
            "no_named_person",
            "A trigger is switched on by a named person.",
            todo="Sign in as policy staff or operator and switch it on.",
        )
    row = version_row(work, trigger, version)
    if row.state == S.LIVE:
        return LoadedTrigger(row.id, trigger, version, S.LIVE, new=False)
    later = live_from is not None and live_from > work.today
    move = TRIGGER_TABLE.check(row.state, "schedule" if later else "activate", work.actor.role)
    prove(stored_rule(row.yaml), row.examples)
    if not later:
        _replace_live(work, trigger)
    _put(
        work,
        row.id,
        state=move.target,
        activated_by=work.actor.id,
        activated_at=work.now,
        live_from=live_from or work.today,
    )
    work.audit(
        f"{move.action}_trigger", "trigger_version", row.id, trigger=trigger, version=version
    )
    return LoadedTrigger(row.id, trigger, version, move.target, new=True)


def retire_trigger(work: Work, trigger: str) -> LoadedTrigger:
    """Switch a trigger off in the name of a person; Refused `no_such_version` if it is not on."""
    row = work.db.execute(
        select(trigger_version).where(
            trigger_version.c.trigger == trigger, trigger_version.c.state == S.LIVE
        )
    ).one_or_none()
    if row is None:
        raise Refused(
            "no_such_version", "The trigger '{trigger}' is not switched on.", trigger=trigger[:60]
        )
    move = TRIGGER_TABLE.check(row.state, "retire", work.actor.role)
    _put(work, row.id, state=move.target)
    _audit(work, "retire_trigger", row.id, trigger, row.version)
    return LoadedTrigger(row.id, trigger, row.version, move.target, new=True)


def start_scheduled(work: Work, today: date) -> int:
    """Put to use the versions that a person switched on from a day that has come."""
    due = work.db.execute(
        select(trigger_version)
        .where(
            trigger_version.c.state == S.DRAFT,
            trigger_version.c.activated_by.is_not(None),
            trigger_version.c.live_from <= today,
        )
        .order_by(trigger_version.c.live_from, trigger_version.c.version)
    ).all()
    for row in due:
        move = TRIGGER_TABLE.check(row.state, "start", Role.MACHINE)
        _replace_live(work, row.trigger)
        _put(work, row.id, state=move.target)
        _audit(work, "start_trigger", row.id, row.trigger, row.version)
    return len(due)


def _replace_live(work: Work, trigger: str) -> None:
    TRIGGER_TABLE.check(S.LIVE, "replace", work.actor.role)
    work.db.execute(
        update(trigger_version)
        .where(trigger_version.c.trigger == trigger, trigger_version.c.state == S.LIVE)
        .values(state=S.RETIRED)
    )


def _put(work: Work, version_id: UUID, **values: object) -> None:
    work.db.execute(
        update(trigger_version).where(trigger_version.c.id == version_id).values(**values)
    )


def _audit(work: Work, action: str, version_id: UUID, trigger: str, version: int) -> None:
    work.audit(action, "trigger_version", version_id, trigger=trigger, version=version)


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
    """Return what scans use today, by name; a version due today is put to use first."""
    if work.actor.role is Role.MACHINE:
        start_scheduled(work, today)
    rows = work.db.execute(
        select(trigger_version)
        .where(trigger_version.c.state == S.LIVE, trigger_version.c.live_from <= today)
        .order_by(trigger_version.c.trigger)
    )
    return [_live(row) for row in rows]


def _live(row: Row[Any]) -> LiveTrigger:
    """Return a version in use; slots before its first day in force are none of its."""
    rule = stored_rule(row.yaml)
    first_day = datetime.combine(row.live_from, time(), ZoneInfo(rule.schedule.timezone))
    return LiveTrigger(
        row.id, row.trigger, row.version, rule, max(row.activated_at, first_day.astimezone(UTC))
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
