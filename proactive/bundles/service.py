"""Use cases of a running bundle: choosing items, acting on one, and what follows by itself."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import update

from proactive.bundles.actions import ActionData, consequences
from proactive.bundles.choosing import choose_items, end_items
from proactive.bundles.form import Sourced
from proactive.bundles.model import (
    ITEM_TABLE,
    BundleState,
    ItemState,
    bundle_state,
    settle,
)
from proactive.bundles.moving import move, step_reason
from proactive.bundles.opening import open_bundle
from proactive.bundles.papers import (
    all_fields,
    answers_checked,
    extend_papers,
    keep_values,
    receive_papers,
    renew_papers,
)
from proactive.bundles.requests import close_if_answered, lines_answered, lines_dropped
from proactive.bundles.running import (
    AnyRow,
    Running,
    changed_meanwhile,
    get_item,
    load_running,
)
from proactive.bundles.store import bundle
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Work

__all__ = [
    "act_on_item",
    "choose_items",
    "deliver",
    "end_items",
    "fill_form",
    "open_bundle",
    "settle_bundle",
]

# What the person is told of; each by its own event, worded by `notice_for`.
TOLD = frozenset({"return", "grant", "refuse"})
ROUNDS = 100  # far more than a bundle has items: settling always comes to rest


def act_on_item(
    work: Work, item_id: UUID, action: str, *, base_version: int, **data: Any
) -> AnyRow:
    """Take one action of a person on one item and return the item as it now stands.

    `data` are the fields of `ActionData`. Raises Refused `not_found`, `changed_meanwhile`,
    `not_possible_now`, `not_yours`, or what the action itself asks for; nothing is changed then.
    Asking for more goes through `requests.ask_for_more`.
    """
    if action in ("ask", "choose", "drop") or work.actor.role is Role.MACHINE:
        raise Refused("not_possible_now", "This is not taken here.", todo="Use the page for it.")
    given = ActionData(**data)
    row = get_item(work, item_id)
    if row.version != base_version:
        raise changed_meanwhile()
    transition = ITEM_TABLE.check(row.state, action, work.actor.role)
    running = _take_in(work, load_running(work, row.bundle_id), given)
    changes = consequences(work, running, row, action, given)
    moved, event_id = move(
        work,
        running,
        row,
        action=action,
        target=ItemState(transition.target),
        changes=changes,
        reason=given.reason,
        detail=_detail(given),
    )
    if action == "grant":
        _pass_on_results(work, running, moved, given)
    if action == "extend" and given.until is not None:
        extend_papers(work, running, running.definition.item(row.code), given.until)
    if moved.state != ItemState.SUSPENDED:
        lines_dropped(work, moved.id)
    if action in TOLD:
        work.step("notice_bundle_event", str(event_id))
    work.step("settle_bundle", str(row.bundle_id))
    return moved


def deliver(
    work: Work,
    item_id: UUID,
    *,
    base_version: int,
    mode: str = "",
    receipt_no: str = "",
    pickup_code: str = "",
) -> AnyRow:
    """Record that a result reached the person; the receipt number is unique per office."""
    return act_on_item(
        work,
        item_id,
        "deliver",
        base_version=base_version,
        mode=mode,
        receipt_no=receipt_no,
        pickup_code=pickup_code,
    )


def fill_form(
    work: Work, bundle_id: UUID, *, values: dict[str, str], papers: Collection[str] = ()
) -> None:
    """Take in answers and papers that are there, whoever asked for them.

    Raises Refused `bad_values` with each field, or `unknown_material`.
    """
    given = ActionData(values=values, papers=tuple(papers))
    _take_in(work, load_running(work, bundle_id), given)
    work.step("settle_bundle", str(bundle_id))


def settle_bundle(work: Work, bundle_id: UUID) -> BundleState:
    """Do what follows by itself, as the machine: make ready, say what blocks, pass answers on.

    Runs after every action; running it again changes nothing. When nothing more can happen
    without a new decision, remembers the step `bundle_completed`.
    """
    if work.actor.role is not Role.MACHINE:
        raise Refused("not_yours", "This is the machine's own step.", todo="Nothing is to be done.")
    running = load_running(work, bundle_id, lock=True)
    if renew_papers(work, running):
        running = load_running(work, bundle_id)
    for _ in range(ROUNDS):
        steps = settle(running.views())
        if not steps:
            break
        for step in steps:
            row = running.items[step.code]
            transition = ITEM_TABLE.check(row.state, step.action, Role.MACHINE)
            move(
                work,
                running,
                row,
                action=step.action,
                target=ItemState(transition.target),
                changes={"reason": step_reason(step)},
                reason=step_reason(step),
                detail={"because": step.because} if step.because else {},
            )
        running = load_running(work, bundle_id)
    close_if_answered(work, bundle_id)
    return _note_settled(work, running)


def _note_settled(work: Work, running: Running) -> BundleState:
    state = bundle_state(row.state for row in running.items.values())
    settled = state is BundleState.SETTLED
    if settled and running.row.settled_at is None:
        work.step("bundle_completed", str(running.row.id))
    if settled != (running.row.settled_at is not None):
        work.db.execute(
            update(bundle)
            .where(bundle.c.id == running.row.id)
            .values(settled_at=work.now if settled else None)
        )
    return state


def _take_in(work: Work, running: Running, given: ActionData) -> Running:
    """Keep the answers and papers that came with an action; return the bundle as it then is."""
    if not given.values and not given.papers:
        return running
    values = answers_checked(work, running.definition, given.values, all_fields(running))
    keep_values(work, running, values, by=work.actor.id)
    receive_papers(work, running, given.papers)
    lines_answered(work, running.row.id, {*given.values, *given.papers})
    running = load_running(work, running.row.id)
    if renew_papers(work, running):
        running = load_running(work, running.row.id)
    return running


def _pass_on_results(work: Work, running: Running, row: AnyRow, given: ActionData) -> None:
    """Write what a grant found out into the form, so that no other item asks for it."""
    source = f"item:{row.code}"
    values = {
        code: Sourced(str(value).strip(), source, work.today)
        for code, value in given.results.items()
    }
    keep_values(work, running, values, by=work.actor.id)


def _detail(given: ActionData) -> dict[str, Any]:
    """Return what the item's history keeps: codes and days, never a value of the form."""
    kept = {
        "codes": list(given.codes),
        "papers": list(given.papers),
        "fields": sorted(given.values),
        "results": sorted(given.results),
        "legal_basis": given.legal_basis,
        "mode": given.mode,
        "until": given.until.isoformat() if given.until else "",
    }
    return {name: value for name, value in kept.items() if value}
