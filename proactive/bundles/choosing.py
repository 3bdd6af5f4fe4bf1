"""Choosing from the menu: items put on or off a running bundle, with all that this touches."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import update

from proactive.bundles.model import ITEM_TABLE, SETTLED, Choice, ItemState, check_choice
from proactive.bundles.moving import move
from proactive.bundles.papers import lay_out_papers
from proactive.bundles.running import changed_meanwhile, load_running
from proactive.bundles.store import bundle
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work

ENDABLE = frozenset(ItemState) - SETTLED - {ItemState.GRANTED} | {ItemState.BLOCKED}


def choose_items(
    work: Work,
    bundle_id: UUID,
    *,
    base_version: int,
    choose: Collection[str] = (),
    drop: Collection[str] = (),
    cascade: bool = False,
) -> Choice:
    """Put items on or off the menu of a running bundle and return all that this touched.

    Raises Refused `draws_others_along` naming the other items it touches, unless `cascade` says
    the person has seen and wants that; `changed_meanwhile` for a stale page.
    """
    if work.actor.role is Role.CLERK:
        raise Refused(
            "not_yours",
            "A clerk does not choose for the person.",
            todo="Ask the coordinator; your own item can be withdrawn.",
        )
    running = load_running(work, bundle_id, lock=True)
    if running.row.version != base_version:
        raise changed_meanwhile()
    choice = check_choice(running.views(), choose=choose, drop=drop, cascade=cascade)
    plan = [("choose", code) for code in choice.choose] + [("drop", code) for code in choice.drop]
    for action, code in plan:
        row = running.items[code]
        transition = ITEM_TABLE.check(row.state, action, work.actor.role)
        along = "drawn_along" if code in choice.drawn_along else ""
        move(work, running, row, action=action, target=ItemState(transition.target), reason=along)
    lay_out_papers(work, running, {}, (*running.chosen, *choice.choose))
    work.db.execute(
        update(bundle)
        .where(bundle.c.id == bundle_id)
        .values(version=bundle.c.version + 1, settled_at=None)
    )
    work.step("settle_bundle", str(bundle_id))
    return choice


def end_items(work: Work, bundle_id: UUID, *, action: str, reason: str) -> int:
    """End every item of a bundle that is still open; return how many.

    `withdraw`: the person no longer wants it · `cancel`: town or county call it off (the person
    died, opened by mistake). What is granted is handed over, never taken back. Raises Refused
    `no_reason`, or `not_yours` where the actor may not.
    """
    if action not in ("withdraw", "cancel") or not reason.strip():
        raise Refused("no_reason", "A reason is needed.", todo="Say why everything ends.")
    running = load_running(work, bundle_id, lock=True)
    open_ones = [row for row in running.items.values() if row.state in ENDABLE]
    for row in open_ones:
        transition = ITEM_TABLE.check(row.state, action, work.actor.role)
        target = ItemState(transition.target)
        move(
            work,
            running,
            row,
            action=action,
            target=target,
            changes={"reason": reason},
            reason=reason,
        )
    work.step("settle_bundle", str(bundle_id))
    return len(open_ones)
