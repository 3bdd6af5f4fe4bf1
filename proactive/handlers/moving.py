"""What follows from a case having moved: the gate, the bundles, the cool-down, the outcome.

People decide; this only lays what they decided before the next person or desk.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.areas.calendar import add_working_days
from proactive.areas.store import path_in
from proactive.bootstrap import Platform
from proactive.bundles.opening import open_bundle
from proactive.bundles.records import records_of
from proactive.bundles.selection import SelectedBundle, select_bundles
from proactive.bundles.versions import live_definitions
from proactive.cases.cooling import end_cool_down
from proactive.cases.model import CaseState
from proactive.cases.queries import grounds_of
from proactive.cases.service import apply, get_case
from proactive.cases.store import case_event
from proactive.handlers.cooling import cool_down
from proactive.handlers.telling import announce
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor, Work
from proactive.outcomes.corrections import ask_correction
from proactive.outcomes.model import TAKEN_BACK
from proactive.outcomes.service import keep_judgement
from proactive.outcomes.taking_back import taken_back_since
from proactive.routing.board import read_posts
from proactive.routing.model import RANK, PostKind, desk_above
from proactive.rules.service import rule_of
from proactive.visits.queries import confirmation_of

ROUTER = Actor.machine("router")
GATE_WORKING_DAYS = 2
FOLLOW_UP_WORKING_DAYS = 10
ANSWERS = frozenset({"not_confirm", "close", "decline"})
Follow = Callable[[Platform, Work, Row[Any], Row[Any]], None]


def case_moved(platform: Platform, key: str) -> None:
    """Do what follows from one case event; events that ask for nothing are passed over.

    Handling an event twice does nothing the second time: each part looks at the case's present
    state first, and cool-downs, outcomes and notices have keys of their own.
    """
    with platform.work(ROUTER) as work:
        event = work.db.execute(select(case_event).where(case_event.c.id == UUID(key))).one()
        row = get_case(work, event.case_id)
        if event.action in ANSWERS and taken_back_since(work, event):
            return
        follow = FOLLOW.get(event.action)
        if follow is not None:
            follow(platform, work, row, event)
        keep_judgement(work, row.id)
        cool_down(work, row, event)


def _after_route(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    if row.state == CaseState.ASSIGNED:
        announce(platform, work, row)


def _after_confirm(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    """Lay the case before the town where a selected bundle asks for it; else go on at once."""
    if row.state != CaseState.CONFIRMED:
        return
    if _is_at_gate(work, event):
        return
    live = live_definitions(work.db)
    if any(live[one.bundle].definition.town_gate for one in _selected(work, row)):
        _to_gate(platform, work, row)
    else:
        apply(work, row.id, "prepare", detail={"post": str(row.owner_post_id)})


def _is_at_gate(work: Work, event: Row[Any]) -> bool:
    """Answer whether the case lies before the town since this confirmation: people decide then.

    A step that is taken again prepares nothing, also when no bundle asks for the gate any more.
    """
    done = select(case_event.c.id).where(
        case_event.c.case_id == event.case_id,
        case_event.c.action == "to_gate",
        case_event.c.seq > event.seq,
    )
    return work.db.execute(done).first() is not None


def _to_gate(platform: Platform, work: Work, row: Row[Any]) -> None:
    """Give the case to the town desk."""
    posts = read_posts(work.db, work.today)
    desk = desk_above(posts, path_in(row), rank=RANK[PostKind.COORDINATOR])
    due = add_working_days(work, work.today, GATE_WORKING_DAYS)
    apply(
        work,
        row.id,
        "to_gate",
        detail={"from_post": str(row.owner_post_id)},
        owner_post_id=desk.id if desk else row.owner_post_id,
        due_on=due.day,
        due_provisional=due.provisional,
    )


def _after_approval(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    """Begin the bundles where the person has agreed at the visit; else the offer is to be made."""
    if row.state != CaseState.APPROVED:
        return
    if row.consent:
        bundles = _open_bundles(platform, work, row)
        due = max(one.promised_on for one in bundles)
        moved = apply(work, row.id, "begin", due_on=due)
    else:
        due = add_working_days(work, work.today, GATE_WORKING_DAYS)
        moved = apply(work, row.id, "offer", due_on=due.day, due_provisional=due.provisional)
    _back_to_post(work, moved)


def _after_accept(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    if row.state == CaseState.FULFILLING:
        _open_bundles(platform, work, row)


def _after_send_back(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    if row.state == CaseState.ASSIGNED:
        _back_to_post(work, row)


def _after_not_confirm(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    """Ask the office that owns the record, where the visit found a record at fault."""
    ask_correction(
        work,
        row,
        event.reason,
        asked_by=event.actor_id,
        said_at=event.at,
        contracts=platform.contracts,
    )


def _after_take_back(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    end_cool_down(work, row.id)


def _after_complete(platform: Platform, work: Work, row: Row[Any], event: Row[Any]) -> None:
    if row.state != CaseState.COMPLETED:
        return
    due = add_working_days(work, work.today, FOLLOW_UP_WORKING_DAYS)
    if row.due_on != due.day:
        apply(
            work,
            row.id,
            "remind",
            reason="follow_up",
            due_on=due.day,
            due_provisional=due.provisional,
        )


FOLLOW: Mapping[str, Follow] = {
    "route": _after_route,
    "hand_over": _after_route,
    "confirm": _after_confirm,
    "approve": _after_approval,
    "prepare": _after_approval,
    "accept": _after_accept,
    "send_back": _after_send_back,
    "complete": _after_complete,
    "not_confirm": _after_not_confirm,
    **dict.fromkeys(TAKEN_BACK, _after_take_back),
}


def _selected(work: Work, row: Row[Any]) -> tuple[SelectedBundle, ...]:
    """Return the bundles that the visit's findings select, the triggers having proposed."""
    confirmation = confirmation_of(work, row.id)
    definitions = {code: one.definition for code, one in live_definitions(work.db).items()}
    proposed = {
        bundle
        for ground in grounds_of(work, [row.id])[row.id]
        for bundle in rule_of(work, ground.trigger_version_id).proposes
    }
    findings = confirmation.findings if confirmation else {}
    return select_bundles(definitions, findings, proposed, need=row.need)


def _open_bundles(platform: Platform, work: Work, row: Row[Any]) -> list[Any]:
    """Open the selected bundles; the office whose feed sensed first leads (首感负责).

    What other registers already hold of the person is looked up, so that it is not asked again.
    """
    contract = platform.contracts.get(row.lead_feed)
    live = live_definitions(work.db)
    selected = _selected(work, row)
    if not selected:
        raise Refused(
            "no_live_bundle",
            "No bundle for '{need}' is switched on.",
            why="A confirmed case would wait for nothing.",
            todo="Run 'proactive bundle activate', then 'proactive step retry'.",
            need=row.need,
        )
    return [
        open_bundle(
            work,
            row.id,
            one.bundle,
            lead_kind=contract.owner if contract else "",
            records=records_of(
                work,
                platform.lake,
                platform.contracts,
                live[one.bundle].definition,
                subject_key=row.subject_key,
                household_key=row.household_key,
            ),
        )
        for one in selected
    ]


def _back_to_post(work: Work, row: Row[Any]) -> None:
    """Return a case that was before the town to the post that had it."""
    detail = work.db.execute(
        select(case_event.c.detail)
        .where(case_event.c.case_id == row.id, case_event.c.action == "to_gate")
        .order_by(case_event.c.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    post = (detail or {}).get("from_post")
    if post and str(row.owner_post_id) != post:
        apply(work, row.id, "to_post", owner_post_id=UUID(post), detail={"post": post})
