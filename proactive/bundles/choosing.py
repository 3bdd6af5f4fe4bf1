"""Choosing from the menu: items put on or off a running bundle, with all that this touches."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import update

from proactive.bundles.model import ITEM_TABLE, Choice, ItemState, check_choice
from proactive.bundles.moving import move
from proactive.bundles.papers import lay_out_papers
from proactive.bundles.running import changed_meanwhile, load_running
from proactive.bundles.store import bundle
from proactive.kernel.work import Work


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
