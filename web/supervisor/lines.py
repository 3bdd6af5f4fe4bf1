"""Stuck cases as a page shows them: why in a sentence, who has it, what waits on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.bundles.model import SETTLED
from proactive.bundles.queries import Progress, ProgressLine, bundles_of_case, progress
from proactive.cases.service import is_own_confirmation
from proactive.kernel.work import Work
from proactive.outcomes.stuck import Stuck, Why
from proactive.people.vault import cards
from proactive.routing.desks import need_another
from proactive.routing.queries import PostLine, list_posts
from web.coordinator.lists import place_names, place_of
from web.display import short_day
from web.naming import name_of
from web.say import gettext, ngettext
from web.words import word

BY_POST = frozenset({Why.NO_ANSWER, Why.VISIT, Why.LATE, Why.UNDELIVERED})
ALWAYS = {
    Why.NO_PLACE: "place",
    Why.NO_POST: "give",
    Why.NOBODY_THERE: "give",
    Why.NO_ROOM: "give",
}
TO_GIVE = frozenset({"raised", "assigned", "unreachable", "confirmed"})


@dataclass(frozen=True, slots=True)
class PathStep:
    """One service on the way to the end: what it is, how it stands, with whom, by when."""

    title: str
    state: str
    office: str
    expected_on: date | None
    here: bool


@dataclass(frozen=True, slots=True)
class StuckLine:
    """One stuck case. `helps` names the one button: place, give, decide, remind, call, open."""

    case: Row[Any]
    name: str
    place: str
    why: Why
    says: str
    owner: str
    holder: str
    since: date
    helps: str
    phone: str
    path: tuple[PathStep, ...]
    path_title: str
    path_says: str


def stuck_lines(work: Work, found: list[Stuck], language: str) -> list[StuckLine]:
    """Return the lines of one page; leaves the vault's audit rows for its names."""
    rows = [each.case for each in found]
    people = cards(work, sorted({row.subject_key for row in rows}), purpose="desk_list")
    places = place_names(work, rows)
    posts = {post.id: post for post in list_posts(work.db, work.today)}
    return [
        _line(
            work,
            each,
            name_of(people[each.case.subject_key], work.today),
            place_of(each.case, places),
            posts.get(each.case.owner_post_id),
            language,
        )
        for each in found
    ]


def _line(
    work: Work, each: Stuck, name: str, place: str, owner: PostLine | None, language: str
) -> StuckLine:
    title, path, says = _path(work, each, language)
    return StuckLine(
        each.case,
        name,
        place,
        each.why,
        say_why(each, owner.name if owner else ""),
        owner.name if owner else "",
        owner.holder if owner else "",
        each.since,
        _helps(work, each),
        each.office_phone,
        path,
        title,
        says,
    )


def say_why(each: Stuck, owner: str) -> str:
    """Return why the case does not move as one sentence."""
    days = each.working_days
    if each.why is Why.OFFICE:
        return ngettext(
            "%(item)s: has waited for %(office)s for %(num)d working day",
            "%(item)s: has waited for %(office)s for %(num)d working days",
            days,
            item=each.item,
            office=each.office,
        )
    if each.why is Why.REFUSED:
        return gettext(
            "%(item)s cannot begin: %(office)s did not grant what it needs",
            item=each.item,
            office=each.office,
        )
    if each.why is Why.NO_ANSWER:
        return ngettext(
            "Nobody answered, %(num)d try", "Nobody answered, %(num)d tries", each.tries
        )
    if each.why is Why.VISIT:
        return ngettext(
            "The visit is late by %(num)d working day",
            "The visit is late by %(num)d working days",
            days,
        )
    if each.why is Why.GATE:
        return ngettext(
            "Checked, and has waited for the town’s decision for %(num)d working day",
            "Checked, and has waited for the town’s decision for %(num)d working days",
            days,
        )
    if each.why is Why.NOBODY_THERE:
        return gettext("Nobody is at the post %(post)s, and nobody stands in", post=owner)
    return _say_plainly(each)


def _say_plainly(each: Stuck) -> str:
    if each.why is Why.NO_PLACE:
        return gettext("Nobody knows where the person lives")
    if each.why is Why.NO_POST:
        return gettext("No post covers the place, so it stays with the desk")
    if each.why is Why.UNDELIVERED:
        return gettext("A message did not arrive, and nobody has told the person")
    if each.why is Why.NO_ROOM:
        return gettext("The posts there are full, and its date has passed")
    return gettext("Past its date; next: %(step)s", step=word("next", each.case.next_step))


def _helps(work: Work, each: Stuck) -> str:
    if each.why in ALWAYS:
        return ALWAYS[each.why]
    if each.why is Why.OFFICE and each.office_phone:
        return "call"
    mine = str(each.case.owner_post_id) in work.actor.posts
    if each.why is Why.GATE:
        return _helps_at_gate(work, each, mine=mine)
    if each.why in BY_POST and not mine:
        if each.reminded_at is None:
            return "remind"
        return "give" if each.case.state in TO_GIVE else "open"
    return "open"


def _helps_at_gate(work: Work, each: Stuck, *, mine: bool) -> str:
    """Its own desk decides, reminded first; where nobody there may, whoever sees it."""
    if is_own_confirmation(work, each.case.id):
        return "give"
    if mine or each.reminded_at is not None or each.case.id in need_another(work):
        return "decide"
    return "remind"


def _path(work: Work, each: Stuck, language: str) -> tuple[str, tuple[PathStep, ...], str]:
    """Return title, chain and end of the bundle that the stuck item is in, else that ends last.

    The chain is the critical path; an item that is stuck beside it stands with what waits for it,
    and the end says what decides when the whole is done. Nothing without a running bundle.
    """
    running = [row for row in bundles_of_case(work, each.case.id) if row.settled_at is None]
    if not running:
        return "", (), ""
    standing = [progress(work, row.id, language) for row in running]
    stuck = each.case.item_id
    one = max(standing, key=lambda one: (_holds(one, stuck), _ends(one), one.title))
    lines = {line.code: line for line in one.items}
    chain = _critical(one, lines)
    code = next((line.code for line in one.items if line.item_id == stuck), "")
    beside = bool(code) and code not in chain
    says = ""
    if beside and one.path:
        says = gettext(
            "It does not hold up the whole, which ends with %(item)s, expected %(day)s.",
            item=lines[chain[-1]].title,
            day=short_day(one.path.done_on.day),
        )
    codes = [code, *_waiting_for(code, one.items)] if beside else chain
    return one.title, tuple(_step(lines[each], each == code) for each in codes), says


def _holds(one: Progress, item_id: UUID | None) -> bool:
    return any(line.item_id == item_id for line in one.items)


def _ends(one: Progress) -> date:
    return one.path.done_on.day if one.path else date.min


def _critical(one: Progress, lines: Mapping[str, ProgressLine]) -> list[str]:
    """Return the chain, and before it the refused item that holds up what is blocked."""
    chain = list(one.path.items) if one.path else []
    first = [
        code
        for code in (lines[chain[0]].waits_for if chain else ())
        if code in lines and code not in chain and lines[code].state in SETTLED
    ]
    return [*first, *chain]


def _waiting_for(code: str, items: Sequence[ProgressLine]) -> list[str]:
    """Return the items that cannot begin before this one, directly or through another."""
    held = {code}
    for _ in items:
        held |= {line.code for line in items if held & set(line.waits_for)}
    return [line.code for line in items if line.code in held - {code}]


def _step(line: ProgressLine, here: bool) -> PathStep:
    return PathStep(line.title, str(line.state), line.office, line.expected_on, here)
