"""What an event of a bundle means for the person: which message, and never a bare refusal."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from proactive.bundles.parts import Delivery
from proactive.bundles.requests import asked_things, mark_told
from proactive.bundles.running import load_running
from proactive.bundles.store import item, item_event, office
from proactive.kernel.work import Work


class Message(StrEnum):
    """The kinds of message a bundle's events lead to."""

    MISSING = "missing"
    READY_TO_COLLECT = "ready_to_collect"
    ON_ITS_WAY = "on_its_way"
    AT_HOME = "at_home"
    GRANTED = "granted"
    TELL_IN_PERSON = "tell_in_person"
    DONE = "done"


GRANTED = {
    Delivery.COLLECT: Message.READY_TO_COLLECT,
    Delivery.POST: Message.ON_ITS_WAY,
    Delivery.AT_HOME: Message.AT_HOME,
    Delivery.FILE: Message.GRANTED,
}


@dataclass(frozen=True, slots=True)
class BundleNotice:
    """One thing to tell. `params` holds nothing that may not stand in a message.

    A `tell_in_person` is never sent: a refusal is explained by the coordinator, with its reason
    and how to object.
    """

    message: Message
    event_id: UUID
    case_id: UUID
    bundle_id: UUID
    subject_key: int
    params: dict[str, str] = field(default_factory=dict)


def notice_for(work: Work, event_id: UUID) -> BundleNotice | None:
    """Return what the person is told because of an item's event; None when it no longer holds.

    Looked at when the message is made, not when the event happened: a question answered
    meanwhile is not asked, and everything gathered since goes into one message. As machine.
    """
    row = work.db.execute(
        select(item_event, item.c.state.label("now"), item.c.delivery_mode, item.c.pickup_code)
        .join(item, item.c.id == item_event.c.item_id)
        .where(item_event.c.id == event_id)
    ).one_or_none()
    if row is None:
        return None
    running = load_running(work, row.bundle_id)
    place = work.db.execute(select(office).where(office.c.id == row.office_id)).one()
    params = {"office": place.name, "office_phone": place.phone, "ref": running.row.ref}
    message: Message | None = None
    if row.action == "ask":
        told = mark_told(work, event_id)
        if told is not None:
            lead = work.db.execute(
                select(office).where(office.c.id == running.row.lead_office_id)
            ).one()
            params |= {"office": lead.name, "office_phone": lead.phone}
            things = [thing for thing in asked_things(work, told.id) if not thing.answered]
            params["count"] = str(len(things))
            message = Message.MISSING if things else None
    elif row.action in ("return", "remind"):
        still = row.now == row.state
        params["count"] = str(max(len(row.detail.get("codes", [])), 1))
        message = Message.MISSING if still else None
    elif row.action == "grant":
        message = GRANTED[Delivery(row.delivery_mode)] if row.now == "granted" else None
        params |= {"pickup_code": row.pickup_code} if row.pickup_code else {}
    elif row.action == "refuse" and row.now == "refused":
        message = Message.TELL_IN_PERSON
    if message is None:
        return None
    return BundleNotice(
        message, event_id, row.case_id, row.bundle_id, running.row.subject_key, params
    )


def completion_notice(work: Work, bundle_id: UUID) -> BundleNotice | None:
    """Return the last message of a bundle; None when it has gone on meanwhile.

    Its event is the bundle itself: there is one end, however often it is asked for. Where
    nothing was granted nobody is congratulated; the coordinator tells it.
    """
    running = load_running(work, bundle_id)
    if running.row.settled_at is None:
        return None
    lead = work.db.execute(select(office).where(office.c.id == running.row.lead_office_id)).one()
    given = any(row.state == "delivered" for row in running.items.values())
    return BundleNotice(
        Message.DONE if given else Message.TELL_IN_PERSON,
        bundle_id,
        running.row.case_id,
        bundle_id,
        running.row.subject_key,
        {"office": lead.name, "office_phone": lead.phone, "ref": running.row.ref},
    )
