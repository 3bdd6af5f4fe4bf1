"""Switching a whole set of trigger versions on: for fresh installations, the demo and the bench."""

from proactive.bootstrap import Platform
from proactive.handlers.trying import dry_run_figures
from proactive.kernel.work import Actor
from proactive.rules.approving import approve_trigger, propose_trigger
from proactive.rules.examples import prove_with
from proactive.rules.service import LoadedTrigger
from proactive.rules.switching import activate_trigger


def install_trigger(
    platform: Platform,
    loaded: LoadedTrigger,
    *,
    proposer: Actor,
    approver: Actor,
    note: str,
    assessment: str,
) -> LoadedTrigger:
    """Take a draft through its whole life in the names of two people; return what is live now.

    Raises what any of the steps refuses.
    """
    trigger, version = loaded.trigger, loaded.version
    prove = prove_with(platform.contracts)
    figures = dry_run_figures(platform, proposer, loaded.id, trigger, version)
    with platform.work(proposer) as work:
        propose_trigger(work, trigger, version, prove=prove, note=note, figures=figures)
    with platform.work(approver) as work:
        approve_trigger(work, trigger, version, prove=prove, assessment=assessment)
    with platform.work(proposer) as work:
        return activate_trigger(work, trigger, version, prove=prove)
