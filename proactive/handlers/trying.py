"""Trying versions: trials that people ask for, and looks of shadows beside runs; nothing raised."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from proactive.bootstrap import Platform
from proactive.kernel.errors import Failed
from proactive.kernel.work import Actor
from proactive.tuning.beside import run_shadow
from proactive.tuning.ground import Bench
from proactive.tuning.model import TrialKind, TrialState
from proactive.tuning.queries import Trial, get_trial, latest_dry_run
from proactive.tuning.running import Hear, run_trial
from proactive.tuning.service import ask_trial, error_of

TUNER = Actor.machine("tuner")


def bench_of(platform: Platform) -> Bench:
    """Return where this platform's trials are run."""
    return Bench(lambda: platform.work(TUNER), platform.lake, platform.contracts)


def try_it(platform: Platform, key: str) -> None:
    """Run one trial that was asked for."""
    run_trial(bench_of(platform), UUID(key))


def look_beside(platform: Platform, key: str) -> None:
    """Do one look of a shadow."""
    run_shadow(bench_of(platform), UUID(key))


def try_now(
    platform: Platform,
    actor: Actor,
    kind: TrialKind,
    trigger: str,
    version: int,
    settings: Mapping[str, Any],
    *,
    hear: Hear | None = None,
) -> Trial:
    """Ask for a trial in a person's name and run it here; return it done.

    Raises the Refused it ended with (`cancelled` too), or Failed `trial_failed`.
    """
    with platform.work(actor) as work:
        contracts = platform.contracts
        trial_id = ask_trial(
            work, kind, trigger, version, settings, contracts=contracts, inline=True
        )
    run_trial(bench_of(platform), trial_id, hear=hear)
    with platform.work(actor) as work:
        trial = get_trial(work, trial_id)
    if trial.state == TrialState.FAILED:
        raise Failed("trial_failed", "Something of ours broke while it was tried; see the log.")
    if trial.why:
        raise error_of(trial.why)
    return trial


def dry_run_figures(
    platform: Platform, actor: Actor, version_id: UUID, trigger: str, version: int
) -> dict[str, Any]:
    """Return the figures of the version's newest dry run; one is made where there is none."""
    with platform.work(actor) as work:
        trial = latest_dry_run(work, version_id)
    trial = trial or try_now(platform, actor, TrialKind.DRY_RUN, trigger, version, {})
    return dict(trial.result or {})
