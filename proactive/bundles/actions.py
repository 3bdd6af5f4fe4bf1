"""What each action of a person asks before it may be taken, and what it writes beside the state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from proactive.bundles.definition import Item
from proactive.bundles.form import item_fields_missing
from proactive.bundles.papers import promise_papers
from proactive.bundles.parts import Delivery
from proactive.bundles.running import AnyRow, Running
from proactive.kernel.errors import Refused
from proactive.kernel.ids import public_ref
from proactive.kernel.work import Work

LONGEST_REASON = 200
RETURN_REASONS = frozenset(
    {"paper_unreadable", "paper_wrong", "field_wrong", "wrong_office", "paper_late", "other"}
)


@dataclass(frozen=True, slots=True)
class ActionData:
    """What comes with an action. Only what the action wants is looked at.

    `values` and `papers` are answers and papers handed in with it; `results` the fields a grant
    gives to the other items; `codes` the papers or fields a return is about.
    """

    reason: str = ""
    legal_basis: str = ""
    codes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    papers: tuple[str, ...] = ()
    results: Mapping[str, str] = field(default_factory=dict)
    receipt_no: str = ""
    mode: str = ""
    pickup_code: str = ""
    tracking_no: str = ""
    until: date | None = None


Guard = Callable[[Work, Running, AnyRow, ActionData], dict[str, Any]]


def consequences(
    work: Work, running: Running, row: AnyRow, action: str, data: ActionData
) -> dict[str, Any]:
    """Check what `action` asks and return the columns it sets; Refused where it does not hold."""
    texts = (data.reason, data.legal_basis, data.receipt_no, data.tracking_no)
    if any(len(text) > LONGEST_REASON for text in texts):
        raise _refused("too_long", "This text is too long.", "Shorten it.")
    guard = _GUARDS.get(action)
    return guard(work, running, row, data) if guard else {}


def _submit(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    return {"reason": ""}


def _accept(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    missing = running.papers_missing(wanted)
    if missing:
        raise Refused(
            "papers_missing",
            "Papers are missing: {codes}.",
            todo="Accept leniently where that is allowed, or ask for them once.",
            codes=", ".join(missing),
        )
    return _accepted(work, running, row, data)


def _accept_lenient(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    missing = running.papers_missing(wanted)
    allowed = {paper.material for paper in wanted.materials if paper.lenient is not None}
    strict = [code for code in missing if code not in allowed]
    if strict:
        raise Refused(
            "not_lenient",
            "These papers may not come later: {codes}.",
            todo="Ask for them once.",
            codes=", ".join(strict),
        )
    if not missing:
        raise _refused("nothing_missing", "Nothing is missing.", "Accept it without conditions.")
    changes = _accepted(work, running, row, data)
    promise_papers(work, running, wanted, missing)
    return changes


def _accepted(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    empty = item_fields_missing(running.definition, wanted, running.filled)
    if empty:
        raise Refused(
            "fields_missing",
            "Fields of the form are empty: {codes}.",
            todo="Fill them in, or ask for them once.",
            fields=dict.fromkeys(empty, "fill this in"),
            codes=", ".join(empty),
        )
    changes: dict[str, Any] = {
        "accepted_by": work.actor.id,
        "accepted_on": work.today,
        "reason": "",
        "acceptance_no": row.acceptance_no or public_ref(),
    }
    if data.receipt_no:
        changes["receipt_no"] = data.receipt_no.strip()
    return changes


def _take_back(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    """Only a slip is undone: by whoever made it, on the same day."""
    if row.accepted_by != work.actor.id or row.accepted_on != work.today:
        raise _refused(
            "not_a_slip",
            "An acceptance is taken back by the one who accepted, on the same day.",
            "Return the item with reasons instead.",
        )
    return {"reason": "", "accepted_by": None, "accepted_on": None}


def _extend(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    if data.until is None or data.until <= work.today or not data.reason:
        raise _refused(
            "no_new_day", "A new day and a reason are needed.", "Name a later day and why."
        )
    return {}


def _return(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    known = {paper.material for paper in wanted.materials} | set(wanted.fields)
    unknown = [code for code in data.codes if code not in known]
    if data.reason not in RETURN_REASONS or unknown:
        raise _refused(
            "no_reason",
            "A return needs its reason, and what it is about.",
            "Choose a reason and the papers or fields of this item.",
        )
    return {"reason": data.reason}


def _refuse(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    reason = running.definition.item(row.code).reason(data.reason)
    if reason is None or not data.legal_basis.strip():
        raise _refused(
            "no_legal_basis",
            "A refusal needs a reason of the list and its legal basis.",
            "Choose the reason and name the text it rests on.",
        )
    return {
        "reason": data.reason,
        "legal_basis": data.legal_basis.strip(),
        "decided_by": work.actor.id,
        "decided_on": work.today,
    }


def _overturn(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    if row.decided_by == work.actor.id:
        raise _refused(
            "same_person",
            "Who refused it cannot review the refusal.",
            "Ask a colleague or the level above.",
        )
    if not data.reason:
        raise _refused("no_reason", "A reason is needed.", "Say why the refusal does not hold.")
    return {"reason": "", "legal_basis": "", "decided_by": None, "decided_on": None}


def _grant(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    may_follow = {
        paper.material
        for paper in wanted.materials
        if paper.lenient is not None and paper.lenient.may_follow_grant
    }
    open_papers = [code for code in running.papers_missing(wanted) if code not in may_follow]
    if open_papers:
        raise Refused(
            "papers_missing",
            "Papers are missing: {codes}.",
            todo="Wait for them, remind, or extend their day; then grant.",
            codes=", ".join(open_papers),
        )
    results_empty = [c for c in wanted.gives if not str(data.results.get(c, "")).strip()]
    if results_empty or set(data.results) - set(wanted.gives):
        raise Refused(
            "results_missing",
            "The result belongs to it: {codes}.",
            why="Other items go on with it.",
            todo="Enter the result.",
            fields=dict.fromkeys(results_empty, "fill this in"),
            codes=", ".join(wanted.gives),
        )
    mode = _mode(wanted, data.mode or wanted.delivery[0])
    return {
        "reason": "",
        "decided_by": work.actor.id,
        "decided_on": work.today,
        "delivery_mode": mode,
        "pickup_code": public_ref() if mode == Delivery.COLLECT else "",
    }


def _deliver(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    wanted = running.definition.item(row.code)
    mode = _mode(wanted, data.mode or row.delivery_mode)
    if mode == Delivery.COLLECT and row.pickup_code:
        given = data.pickup_code.strip().upper()
        if given != row.pickup_code:
            raise _refused(
                "wrong_pickup_code",
                "The pick-up code does not fit.",
                "Ask for the code of the message, or check who stands before you.",
            )
    tracking = "".join(data.tracking_no.split()).upper()
    if mode == Delivery.POST and not tracking:
        raise Refused(
            "no_tracking_no",
            "What goes by post needs its tracking number.",
            todo="Copy it from the slip of the post.",
            fields={"tracking_no": "fill this in"},
        )
    changes: dict[str, Any] = {"delivery_mode": mode, "delivered_on": work.today}
    if mode == Delivery.POST:
        changes["tracking_no"] = tracking
    if data.receipt_no:
        changes["receipt_no"] = data.receipt_no.strip()
    return changes


def _reasoned(work: Work, running: Running, row: AnyRow, data: ActionData) -> dict[str, Any]:
    if not data.reason:
        raise _refused("no_reason", "A reason is needed.", "Say why.")
    return {"reason": data.reason}


def _mode(wanted: Item, mode: str) -> str:
    if mode not in wanted.delivery:
        raise _refused(
            "unknown_mode",
            "This result does not go out that way.",
            "Choose one of the ways of this item.",
        )
    return mode


def _refused(code: str, what: str, todo: str) -> Refused:
    return Refused(code, what, todo=todo)


_GUARDS: Mapping[str, Guard] = {
    "submit": _submit,
    "accept": _accept,
    "accept_lenient": _accept_lenient,
    "take_back": _take_back,
    "extend": _extend,
    "return": _return,
    "refuse": _refuse,
    "overturn": _overturn,
    "grant": _grant,
    "deliver": _deliver,
    "withdraw": _reasoned,
    "cancel": _reasoned,
}
