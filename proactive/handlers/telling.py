"""Who is told what, and when: the person about the case and its items, the post once a day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select

from proactive.bootstrap import Platform
from proactive.bundles.queries import all_settled
from proactive.bundles.service import settle_bundle
from proactive.bundles.telling import BundleNotice, Message, completion_notice, notice_for
from proactive.cases.model import CaseState, NextStep
from proactive.cases.service import apply, get_case
from proactive.cases.store import case
from proactive.connectors.planning import plan_calls
from proactive.kernel.work import Actor, Work
from proactive.notices.asking import ask_receipts
from proactive.notices.sending import send_due
from proactive.notices.service import LATE, tell, tell_post_digest
from proactive.notices.sweeping import sweep
from proactive.outcomes.service import note_help
from proactive.routing.model import PostKind
from proactive.routing.queries import PostLine, get_post
from proactive.routing.store import assignment
from proactive.voice import asking as voice_asking
from proactive.voice.escalating import late_by_post

TELLER = Actor.machine("teller")

# How the first message names what will happen, by how the need is confirmed.
ANNOUNCEMENTS = {
    NextStep.VISIT: "someone_will_come",
    NextStep.CALL: "someone_will_call",
    NextStep.DESK: "please_contact_us",
}

TEMPLATES = {
    Message.MISSING: "what_is_missing",
    Message.READY_TO_COLLECT: "ready_to_collect",
    Message.ON_ITS_WAY: "on_its_way",
    Message.AT_HOME: "on_its_way",
    Message.TELL_IN_PERSON: "refused",
    Message.DONE: "done",
}


def announce(platform: Platform, work: Work, row: Row[Any]) -> None:
    """Tell the person once who will come or call; a second routing does not repeat it."""
    template = ANNOUNCEMENTS.get(NextStep(row.next_step)) if row.next_step else None
    if template is None:
        return
    post = get_post(work.db, row.owner_post_id, work.today)
    params = {"office": _known_as(post) if post else "", "who": post.holder if post else ""}
    _tell(platform, work, row, "announce", template, params)


def _known_as(post: PostLine) -> str:
    """Return how people call a post: a coordinator by the village, a desk by its own name."""
    return post.area_name if post.kind == PostKind.COORDINATOR else post.name


def notice_bundle_event(platform: Platform, key: str) -> None:
    """Tell the person what an item's event means, if it still holds."""
    with platform.work(TELLER) as work:
        found = notice_for(work, UUID(key), language=platform.settings.language)
        if found is not None:
            _tell_found(platform, work, found)


def give_code(platform: Platform, key: str) -> None:
    """Send a code for the own page to the phone on record, if there is such a case and phone."""
    with platform.work(TELLER) as work:
        voice_asking.give_code(work, platform.desk, UUID(key))


def settle(platform: Platform, key: str) -> None:
    """Make ready what can begin, say what blocks; plan calls to offices; note the first help."""
    with platform.work(TELLER) as work:
        settle_bundle(work, UUID(key))
        if platform.settings.office_systems:
            plan_calls(work, UUID(key), list(platform.settings.office_systems))
        note_help(work, UUID(key))


def bundle_completed(platform: Platform, key: str) -> None:
    """Tell the end of a bundle; note on the case when all of its bundles have ended."""
    with platform.work(TELLER) as work:
        found = completion_notice(work, UUID(key))
        if found is None:
            return
        _tell_found(platform, work, found)
        row = get_case(work, found.case_id)
        if row.state == CaseState.FULFILLING and all_settled(work, row.id):
            apply(work, row.id, "complete")


def _tell_found(platform: Platform, work: Work, found: BundleNotice) -> None:
    template = TEMPLATES.get(found.message)
    if template is None:
        return
    params = {
        name: value for name, value in found.params.items() if name in _wanted(platform, template)
    }
    if "where" in _wanted(platform, template):
        params["where"] = found.params.get("office", "")
    row = get_case(work, found.case_id)
    _tell(platform, work, row, str(found.event_id), template, params, matter=str(found.bundle_id))


def _wanted(platform: Platform, template: str) -> frozenset[str]:
    return frozenset(platform.desk.templates.get(template).placeholders)


def _tell(
    platform: Platform,
    work: Work,
    row: Row[Any],
    event_id: str,
    template: str,
    params: dict[str, str],
    *,
    matter: str = "",
) -> None:
    tell(
        work,
        platform.desk,
        subject_key=row.subject_key,
        event_id=event_id,
        template=template,
        params={name: value for name, value in params.items() if value},
        case_id=row.id,
        matter=matter,
    )


def send_messages(platform: Platform, key: str) -> None:
    """Send what is due; no transaction is open during a call."""
    send_due(lambda: platform.work(TELLER), platform.desk)


def sweep_messages(platform: Platform, key: str) -> None:
    """Look up what is unknown, list who must be told otherwise; ask where nothing is reported."""
    sweep(lambda: platform.work(TELLER), platform.desk)
    ask_receipts(lambda: platform.work(TELLER), platform.desk)


def tell_posts(platform: Platform, key: str) -> None:
    """Tell each post, once a day, how many answers are late, or else how many visits wait.

    Waiting for today are those that came since yesterday, are due, or are overdue.
    """
    waiting = (CaseState.ASSIGNED, CaseState.UNREACHABLE, CaseState.OFFERED)
    with platform.work(TELLER) as work:
        new = exists().where(
            assignment.c.case_id == case.c.id,
            assignment.c.post_id == case.c.owner_post_id,
            assignment.c.at > work.now - timedelta(days=1),
        )
        query = (
            select(case.c.owner_post_id, func.count().label("n"))
            .where(case.c.state.in_(waiting), new | (case.c.due_on <= work.today))
            .group_by(case.c.owner_post_id)
        )
        for post_id, number in late_by_post(work).items():
            tell_post_digest(work, platform.desk, post_id, number, template=LATE)
        for row in work.db.execute(query).all():
            tell_post_digest(work, platform.desk, row.owner_post_id, row.n)
