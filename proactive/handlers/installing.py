"""Switching a whole set of trigger versions on: for fresh installations, the demo and the bench."""

from typing import Any

from proactive.bootstrap import Platform
from proactive.kernel.work import Actor, Work
from proactive.rules.approving import approve_trigger, propose_trigger
from proactive.rules.examples import prove_with
from proactive.rules.service import LoadedTrigger
from proactive.rules.switching import activate_trigger
from proactive.scans.trial import try_out


def dry_run_figures(platform: Platform, work: Work, trigger: str, version: int) -> dict[str, Any]:
    """Return the figures of a dry run of this version as of today; nothing is raised."""
    found = try_out(work, platform.lake, platform.contracts, trigger, version, work.today)
    return {"as_of": work.today.isoformat(), **found.as_json()}


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
    with platform.work(proposer) as work:
        figures = dry_run_figures(platform, work, trigger, version)
        propose_trigger(work, trigger, version, prove=prove, note=note, figures=figures)
    with platform.work(approver) as work:
        approve_trigger(work, trigger, version, prove=prove, assessment=assessment)
    with platform.work(proposer) as work:
        return activate_trigger(work, trigger, version, prove=prove)
