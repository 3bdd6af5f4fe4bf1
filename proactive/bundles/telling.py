"""What an event of a bundle means for the person: which message, and never a bare refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.bundles.model import ItemState
from proactive.bundles.offices import get_office
from proactive.bundles.parts import Delivery
from proactive.bundles.requests import asked_things, mark_told
from proactive.bundles.running import Running, load_running
from proactive.bundles.store import item, item_event
from proactive.kernel.work import Work
from proactive.people.store import subject


class Message(StrEnum):
    """The kinds of message a bundle's events lead to."""

    MISSING = "missing"
    READY_TO_COLLECT = "ready_to_collect"
    ON_ITS_WAY = "on_its_way"
    AT_HOME = "at_home"
    GRANTED = "granted"
    TELL_IN_PERSON = "tell_in_person"
    DONE = "done"


BY_DELIVERY = {
    Delivery.COLLECT: Message.READY_TO_COLLECT,
    Delivery.POST: Message.ON_ITS_WAY,
    Delivery.AT_HOME: Message.AT_HOME,
    Delivery.FILE: Message.GRANTED,
}
HOW = {
    Delivery.POST: {"en": "by post", "zh": "邮寄"},
    Delivery.AT_HOME: {"en": "by a colleague", "zh": "工作人员送达"},
}


@dataclass(frozen=True, slots=True)
class BundleNotice:
    """One thing to tell, with its params in the person's language.

    `params`: office, office_phone, ref; what (the things asked) · where, pickup_code (collecting)
    · how (brought) · item, reason, legal_basis (a refusal: told in person, never sent). The
    notices stage decides which of them may stand in a message.
    """

    message: Message
    event_id: UUID
    case_id: UUID
    bundle_id: UUID
    subject_key: int
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Event:
    """An item's event beside the item as it stands now."""

    row: Row[Any]
    running: Running
    language: str


_Found = tuple[Message, dict[str, str]]


def notice_for(work: Work, event_id: UUID, *, language: str = "zh") -> BundleNotice | None:
    """Return what the person is told because of an item's event; None when it no longer holds.

    Looked at when the message is made, not when the event happened: a question answered
    meanwhile is not asked, and everything gathered since goes into one message. As machine.
    """
    row = work.db.execute(
        select(item_event, item.c.state.label("now"), item.c.delivery_mode, item.c.pickup_code)
        .join(item, item.c.id == item_event.c.item_id)
        .where(item_event.c.id == event_id)
    ).one_or_none()
    telling = _TELLING.get(row.action) if row is not None else None
    if row is None or telling is None:
        return None
    running = load_running(work, row.bundle_id)
    event = _Event(row, running, _language(work, running.row.subject_key, language))
    found = telling(work, event)
    if found is None:
        return None
    message, params = found
    return _notice(work, running, event_id, row.office_id, message, params)


def completion_notice(work: Work, bundle_id: UUID) -> BundleNotice | None:
    """Return the last message of a bundle; None when it has gone on meanwhile.

    Its event is the bundle itself: there is one end, however often it is asked for. Where
    nothing was granted nobody is congratulated; the coordinator tells it.
    """
    running = load_running(work, bundle_id)
    if running.row.settled_at is None:
        return None
    given = any(row.state == ItemState.DELIVERED for row in running.items.values())
    message = Message.DONE if given else Message.TELL_IN_PERSON
    return _notice(work, running, bundle_id, running.row.lead_office_id, message, {})


def _asked(work: Work, event: _Event) -> _Found | None:
    """One message for all offices' questions, in the name of the lead office."""
    told = mark_told(work, event.row.id)
    if told is None:
        return None
    things = [thing for thing in asked_things(work, told.id) if not thing.answered]
    if not things:
        return None
    lead = get_office(work.db, event.running.row.lead_office_id)
    params = {"office": lead.name, "office_phone": lead.phone}
    return Message.MISSING, params | _things(event, [thing.code for thing in things])


def _still_missing(work: Work, event: _Event) -> _Found | None:
    if event.row.now != event.row.state:
        return None
    codes = (*event.row.detail.get("codes", ()), *event.row.detail.get("papers", ()))
    if event.row.action == "remind" and not codes:
        return None
    return Message.MISSING, _things(event, codes)


def _granted(work: Work, event: _Event) -> _Found | None:
    if event.row.now != ItemState.GRANTED:
        return None
    mode = Delivery(event.row.delivery_mode)
    params = {"how": HOW[mode][event.language]} if mode in HOW else {}
    if mode is Delivery.COLLECT:
        place = get_office(work.db, event.row.office_id)
        params |= {"where": place.name, "pickup_code": event.row.pickup_code}
    return BY_DELIVERY[mode], params


def _refused(work: Work, event: _Event) -> _Found | None:
    if event.row.now != ItemState.REFUSED:
        return None
    row = event.running.items[_code(event)]
    definition = event.running.definition.item(row.code)
    reason = definition.reason(row.reason)
    text = reason.text.in_language(event.language) if reason else row.reason
    title = definition.title.in_language(event.language)
    params = {"item": title, "reason": text, "legal_basis": row.legal_basis}
    return Message.TELL_IN_PERSON, params


_TELLING: Mapping[str, Callable[[Work, _Event], _Found | None]] = {
    "ask": _asked,
    "return": _still_missing,
    "remind": _still_missing,
    "grant": _granted,
    "refuse": _refused,
}


def _notice(
    work: Work,
    running: Running,
    event_id: UUID,
    office_id: UUID,
    message: Message,
    params: Mapping[str, str],
) -> BundleNotice:
    place = get_office(work.db, office_id)
    always = {"office": place.name, "office_phone": place.phone, "ref": running.row.ref}
    row = running.row
    return BundleNotice(
        message, event_id, row.case_id, row.id, row.subject_key, {**always, **params}
    )


def _things(event: _Event, codes: Sequence[str]) -> dict[str, str]:
    """Name papers and fields in everyday words, each once."""
    definition = event.running.definition
    titles = [
        (
            definition.materials[code] if code in definition.materials else definition.fields[code]
        ).title.in_language(event.language)
        for code in dict.fromkeys(codes)
        if code in definition.materials or code in definition.fields
    ]
    return {"what": ("、" if event.language == "zh" else ", ").join(titles)} if titles else {}


def _code(event: _Event) -> str:
    return next(code for code, row in event.running.items.items() if row.id == event.row.item_id)


def _language(work: Work, subject_key: int, otherwise: str) -> str:
    query = select(subject.c.language).where(subject.c.key == subject_key)
    language = work.db.execute(query).scalar_one_or_none() or otherwise
    return "zh" if language.lower().startswith("zh") else "en"
