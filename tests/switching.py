"""A trigger version is in use the way the product wants it: two people, a dry run, a reason."""

from collections.abc import Sequence
from datetime import date

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.approving import Prove, approve_trigger, propose_trigger
from proactive.rules.service import LoadedTrigger, load_trigger
from proactive.rules.switching import activate_trigger

AUTHOR = Actor(role=Role.POLICY, id="policy-author")
APPROVER = Actor(role=Role.POLICY, id="policy-approver")
FIGURES = {"as_of": "2026-11-01", "subjects": 0, "hits": 0}


def nothing_to_prove(_rule: object, _text: str) -> None:
    """Stand in for the golden examples where a test is not about them."""


def approve(
    platform: Platform, trigger: str, version: int, *, prove: Prove = nothing_to_prove
) -> None:
    """Have a draft proposed by one person and approved by another."""
    with platform.work(AUTHOR) as work:
        propose_trigger(work, trigger, version, prove=prove, note="For a test.", figures=FIGURES)
    with platform.work(APPROVER) as work:
        approve_trigger(work, trigger, version, prove=prove, assessment="IA-2026-1")


def switch_on(
    platform: Platform,
    text: str,
    *,
    examples: str = "",
    prove: Prove = nothing_to_prove,
    live_from: date | None = None,
    areas: Sequence[str] = (),
) -> LoadedTrigger:
    """Keep a trigger file, have it approved and switch it on; return the version."""
    with platform.work(AUTHOR) as work:
        loaded = load_trigger(work, text, platform.contracts, examples=examples)
    approve(platform, loaded.trigger, loaded.version, prove=prove)
    with platform.work(AUTHOR) as work:
        return activate_trigger(
            work, loaded.trigger, loaded.version, prove=prove, live_from=live_from, areas=areas
        )
