"""Counties that are not live yet: there messages reach listed numbers only, the guests.

What is not for a guest ends at once as cancelled, `not_live`: going live later sends nothing that
was made before. A county of which nobody said that it is on trial is live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.store import area
from proactive.feeds.phones import check_phone, is_mobile
from proactive.kernel.errors import Refused
from proactive.kernel.masking import mask_phone
from proactive.kernel.work import Work
from proactive.notices.holding import mark_of_number
from proactive.notices.model import MessageState, Why
from proactive.notices.queries import count_late_tellings
from proactive.notices.store import message, notice_county, notice_guest

COUNTY_LEVEL = 3


@dataclass(frozen=True, slots=True)
class CountyLine:
    """One county of which somebody said how it stands. `held`: messages that reached nobody."""

    county: str
    name: str
    live: bool
    guests: int
    held: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """A listed number, by its last digits only, and who listed it."""

    county: str
    masked: str
    added_at: datetime
    added_by: str


def is_held(county: str, to_mark: bytes) -> ColumnElement[bool]:
    """Return the condition that this county is on trial and this number is no guest of it.

    Where nobody knows the county ('') it may be any: no message while one is on trial.
    """
    on_trial = exists().where(~notice_county.c.live)
    listed = exists().where(
        notice_guest.c.to_mark == to_mark,
        notice_guest.c.removed_at.is_(None),
    )
    if county:
        on_trial = on_trial.where(notice_county.c.county == county)
        listed = listed.where(notice_guest.c.county == county)
    return and_(on_trial, ~listed)


def set_live(work: Work, county: str, *, live: bool) -> None:
    """Put a county on trial or take it live. Raises Refused `not_a_county`.

    Live means: messages made from now on go to everybody. What was held stays unsent.
    """
    _check_county(work, county)
    values = {
        "live": live,
        "changed_at": work.now,
        "changed_by": f"{work.actor.role}:{work.actor.id}",
    }
    known = insert(notice_county).values(county=county, **values)
    work.db.execute(known.on_conflict_do_update(index_elements=["county"], set_=values))
    work.audit("county.live" if live else "county.trial", "county", county)


def add_guest(work: Work, county: str, number: str) -> Guest:
    """List a number of a county; puts a county of which nothing was said on trial.

    Raises Refused `not_a_county`, `bad_number`.
    """
    _check_county(work, county)
    if _state_of(work.db, county) is None:
        set_live(work, county, live=False)
    checked = _checked(work, number)
    values = {
        "masked": mask_phone(checked),
        "added_at": work.now,
        "added_by": f"{work.actor.role}:{work.actor.id}",
        "removed_at": None,
    }
    to_mark = mark_of_number(work, checked)
    listed = insert(notice_guest).values(county=county, to_mark=to_mark, **values)
    work.db.execute(listed.on_conflict_do_update(index_elements=["county", "to_mark"], set_=values))
    work.audit("guest.add", "county", county)
    return Guest(county, str(values["masked"]), work.now, str(values["added_by"]))


def remove_guest(work: Work, county: str, number: str) -> None:
    """Take a number off the list. Raises Refused `not_listed`, `bad_number`."""
    removed = work.db.execute(
        update(notice_guest)
        .where(
            notice_guest.c.county == county,
            notice_guest.c.to_mark == mark_of_number(work, _checked(work, number)),
            notice_guest.c.removed_at.is_(None),
        )
        .values(removed_at=work.now)
    )
    if not removed.rowcount:
        raise Refused(
            "not_listed",
            "This number is not on the guest list of {county}.",
            todo="See 'proactive notice guest list'.",
            county=county,
        )
    work.audit("guest.remove", "county", county)


def guests(db: Connection, county: str = "") -> Sequence[Guest]:
    """Return the listed numbers, masked, of one county or of all."""
    query = select(notice_guest).where(notice_guest.c.removed_at.is_(None))
    if county:
        query = query.where(notice_guest.c.county == county)
    rows = db.execute(query.order_by(notice_guest.c.county, notice_guest.c.added_at))
    return [Guest(row.county, row.masked, row.added_at, row.added_by) for row in rows]


def counties(db: Connection) -> Sequence[CountyLine]:
    """Return every county of which somebody said how it stands, those on trial first."""
    listed = (
        select(func.count())
        .where(notice_guest.c.county == notice_county.c.county, notice_guest.c.removed_at.is_(None))
        .scalar_subquery()
    )
    held = (
        select(func.count())
        .where(
            message.c.area_3 == notice_county.c.county,
            message.c.state == MessageState.CANCELLED,
            message.c.reason == Why.NOT_LIVE,
        )
        .scalar_subquery()
    )
    query = (
        select(notice_county, area.c.name, listed.label("guests"), held.label("held"))
        .outerjoin(area, area.c.code == notice_county.c.county)
        .order_by(notice_county.c.live, notice_county.c.county)
    )
    return [
        CountyLine(row.county, row.name or "", row.live, row.guests, row.held, row.changed_at)
        for row in db.execute(query)
    ]


def message_troubles(work: Work) -> list[tuple[str, str]]:
    """Return what the doctor should know, each with what to do: trials, and who is told late."""
    found = []
    for county in counties(work.db):
        if not county.live:
            seen = (
                f"County {county.county} is on trial: {county.guests} guests get messages,"
                f" {county.held} messages were held and will not be sent."
            )
            found.append((seen, f"When it is ready: proactive county live {county.county}"))
    late = count_late_tellings(work.db, work.today)
    if late:
        seen = f"{late} people whom no message reached should have been told by now."
        todo = "The page 'Tell in person' of their coordinators shows them, late ones first."
        found.append((seen, todo))
    return found


def _state_of(db: Connection, county: str) -> bool | None:
    query = select(notice_county.c.live).where(notice_county.c.county == county)
    return db.execute(query).scalar_one_or_none()


def _check_county(work: Work, county: str) -> None:
    query = select(area.c.level).where(area.c.code == county)
    if work.db.execute(query).scalar_one_or_none() != COUNTY_LEVEL:
        raise Refused(
            "not_a_county",
            "'{county}' is no county of the areas that are loaded.",
            todo="Give the code of a county; see 'proactive area show'.",
            county=county,
        )


def _checked(work: Work, number: str) -> str:
    phone = check_phone(number, work.region)
    if not phone.value or not is_mobile(phone.value):
        raise Refused(
            "bad_number",
            "This is not a mobile number.",
            todo="Give it as 13800138000 or +8613800138000.",
        )
    return phone.value
