"""Working texts of triggers: begun from a version, a file or nothing; saved, checked, kept.

A draft may hold mistakes. A version may not: keeping one goes through the same gate as a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from proactive.feeds.contract import Contract
from proactive.feeds.marked import Mistake
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.rules.life import need_person
from proactive.rules.parsing import parse
from proactive.rules.plan import plan_rule
from proactive.rules.reading import (
    LARGEST_EXAMPLES,
    LARGEST_FILE,
    Data,
    RuleRefused,
    Source,
    read_source,
)
from proactive.rules.service import LoadedTrigger, load_trigger, version_row
from proactive.rules.store import trigger_draft

EMPTY = """\
trigger: new_trigger
title: {en: "", zh-CN: ""}
subject: person
need: medical_cost_relief
proposes: []
legal_basis: []
when: {all: []}
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A working text; `revision` grows with every save, so that two people do not overwrite."""

    id: UUID
    trigger: str
    based_on: int | None
    text: str
    examples: str
    revision: int
    begun_by: str
    edited_by: str
    edited_at: datetime
    kept_as: int | None
    discarded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gate says of a text: its rule when it is right, its values when it is readable."""

    data: Data | None
    rule: TriggerRule | None
    mistakes: tuple[Mistake, ...]


class StaleDraft(Refused):
    """Somebody saved the draft since it was opened; `draft` is how it stands now."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(
            "changed_meanwhile",
            "Somebody else saved this working text after you opened it. Nothing was overwritten.",
            todo="Compare the two texts, bring them together and save again.",
        )


def check_text(text: str, contracts: Mapping[str, Contract]) -> Checked:
    """Return what the gate for trigger files says of a text; it never raises."""
    source: Source | None = None
    rule: TriggerRule | None = None
    try:
        source = read_source(text, file="trigger.yaml")
        rule = parse(source, TriggerRule)
        plan_rule(rule, contracts, source=source)
    except RuleRefused as refused:
        return Checked(source.data if source else None, None, refused.mistakes)
    return Checked(source.data, rule, ())


def begin_from_version(work: Work, trigger: str, version: int) -> UUID:
    """Begin a working text as a copy of a version; Refused `no_such_version`."""
    row = version_row(work, trigger, version)
    return begin_draft(work, row.yaml, row.examples, trigger=trigger, based_on=version)


def begin_draft(
    work: Work, text: str, examples: str = "", *, trigger: str = "", based_on: int | None = None
) -> UUID:
    """Begin a working text with any text of a bearable size, right or wrong."""
    need_person(work)
    _bearable(text, examples)
    draft_id = new_id()
    work.db.execute(
        trigger_draft.insert().values(
            id=draft_id,
            trigger=trigger or _named(text),
            based_on=based_on,
            yaml=text,
            examples=examples,
            begun_by=work.actor.id,
            edited_by=work.actor.id,
            edited_at=work.now,
        )
    )
    work.audit("begin_draft", "trigger_draft", draft_id, based_on=based_on or "")
    return draft_id


def get_draft(work: Work, draft_id: UUID) -> Draft:
    """Return a working text; Refused `not_found`."""
    row = work.db.execute(select(trigger_draft).where(trigger_draft.c.id == draft_id)).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such working text.")
    return _draft(row)


def list_drafts(work: Work) -> list[Draft]:
    """Return the working texts not kept as a version yet and not discarded, the newest first."""
    query = (
        select(trigger_draft)
        .where(trigger_draft.c.kept_as.is_(None), trigger_draft.c.discarded_at.is_(None))
        .order_by(trigger_draft.c.edited_at.desc(), trigger_draft.c.id)
        .limit(200)
    )
    return [_draft(row) for row in work.db.execute(query)]


def save_draft(
    work: Work,
    draft_id: UUID,
    revision: int,
    *,
    text: str | None = None,
    examples: str | None = None,
) -> Draft:
    """Keep a changed text or examples as work in progress, with or without mistakes.

    Raises StaleDraft when somebody saved after `revision`, Refused `already_kept`, `discarded` or
    `too_large`.
    """
    need_person(work)
    _bearable(text or "", examples or "")
    given = {"yaml": text, "examples": examples}
    values: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if text is not None:
        values["trigger"] = _named(text) or trigger_draft.c.trigger
    done = work.db.execute(
        update(trigger_draft)
        .where(
            trigger_draft.c.id == draft_id,
            trigger_draft.c.revision == revision,
            trigger_draft.c.kept_as.is_(None),
            trigger_draft.c.discarded_at.is_(None),
        )
        .values(revision=revision + 1, edited_by=work.actor.id, edited_at=work.now, **values)
    )
    draft = get_draft(work, draft_id)
    if done.rowcount == 0:
        _check_open(draft)
        raise StaleDraft(draft)
    work.audit("edit_draft", "trigger_draft", draft_id, revision=draft.revision)
    return draft


def keep_draft(
    work: Work, draft_id: UUID, revision: int, contracts: Mapping[str, Contract]
) -> LoadedTrigger:
    """Keep a working text as the next version of its trigger; this person is its author.

    Raises RuleRefused with every mistake, Refused `same_text` when the newest version says it
    already, StaleDraft, Refused `already_kept`.
    """
    draft = get_draft(work, draft_id)
    _check_open(draft)
    if draft.revision != revision:
        raise StaleDraft(draft)
    loaded = load_trigger(work, draft.text, contracts, examples=draft.examples)
    if not loaded.new:
        raise Refused(
            "same_text",
            "Version {version} says exactly this already; nothing was kept.",
            todo="Change something, or go on with that version.",
            version=loaded.version,
        )
    work.db.execute(
        update(trigger_draft)
        .where(trigger_draft.c.id == draft_id)
        .values(kept_as=loaded.version, trigger=loaded.trigger)
    )
    work.audit("keep_draft", "trigger_draft", draft_id, version=loaded.version)
    return loaded


def discard_draft(work: Work, draft_id: UUID, revision: int) -> bool:
    """Take a working text off the list; its text stays, so that it can be taken up again.

    False when it was discarded before. Raises StaleDraft when somebody saved after `revision`,
    Refused `already_kept`.
    """
    need_person(work)
    draft = get_draft(work, draft_id)
    if draft.discarded_at is not None:
        return False
    _check_open(draft)
    if draft.revision != revision:
        raise StaleDraft(draft)
    _put_away(work, draft_id, work.now)
    work.audit("discard_draft", "trigger_draft", draft_id)
    return True


def take_up_draft(work: Work, draft_id: UUID) -> bool:
    """Put a discarded working text back on the list; False when it stands there."""
    need_person(work)
    if get_draft(work, draft_id).discarded_at is None:
        return False
    _put_away(work, draft_id, None)
    work.audit("take_up_draft", "trigger_draft", draft_id)
    return True


def _put_away(work: Work, draft_id: UUID, moment: datetime | None) -> None:
    values = {"discarded_at": moment, "edited_by": work.actor.id, "edited_at": work.now}
    work.db.execute(update(trigger_draft).where(trigger_draft.c.id == draft_id).values(**values))


def _check_open(draft: Draft) -> None:
    """Refuse to change what was kept or discarded."""
    if draft.kept_as is not None:
        raise Refused(
            "already_kept",
            "This working text was kept as version {version}; it does not change any more.",
            todo="Begin a new working text from that version.",
            version=draft.kept_as,
        )
    if draft.discarded_at is not None:
        raise Refused(
            "discarded",
            "This working text was discarded; it does not change any more.",
            todo="Take it up again first.",
        )


def _bearable(text: str, examples: str) -> None:
    if len(text) > LARGEST_FILE or len(examples) > LARGEST_EXAMPLES or "\x00" in text + examples:
        raise Refused(
            "too_large",
            "The text is too large for a trigger, or is no text.",
            todo="A trigger has at most 64 KiB, its examples at most 1 MiB.",
        )


def _named(text: str) -> str:
    """The trigger's name as the text has it, as far as it can be read."""
    try:
        data = read_source(text, file="trigger.yaml").data
    except RuleRefused:
        return ""
    name = data.get("trigger") if isinstance(data, dict) else None
    return name[:63] if isinstance(name, str) else ""


def _draft(row: object) -> Draft:
    values = {
        name: getattr(row, "yaml" if name == "text" else name)
        for name in Draft.__dataclass_fields__
    }
    return Draft(**values)
