"""Running a trial: looking outside of any transaction, telling how far it is, stopping when asked.

Killed at any point it is simply run again: what is known is pinned by the moment of asking.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow.compute as pc
from sqlalchemy.exc import OperationalError

from proactive.kernel.errors import CodedError, Failed, Refused
from proactive.kernel.logs import get_logger
from proactive.tuning import curve, dry_run, first_answer, lookback
from proactive.tuning.ground import Bench, Ground, read_ground
from proactive.tuning.judged import hold_against, read_visits
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import Trial
from proactive.tuning.service import (
    begin_trial,
    end_trial,
    finish_trial,
    keep_first_answer,
    note_progress,
)

SECONDS_BETWEEN = 0.5
log = get_logger(__name__)
Hear = Callable[[int, int], None]


@dataclass(slots=True)
class Watch:
    """Keeps how far a trial is, at most twice a second, and knows whether it is to stop."""

    bench: Bench
    trial_id: UUID
    hear: Hear | None = None
    done: int = 0
    total: int = 1
    stopping: bool = False
    _last: float = field(default=0.0)

    def told(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.hear is not None:
            self.hear(done, total)
        self.stopped()

    def stopped(self) -> bool:
        """Answer whether somebody has asked the trial to stop."""
        now = time.monotonic()
        if not self.stopping and now - self._last >= SECONDS_BETWEEN:
            self._last = now
            with self.bench.work() as work:
                self.stopping = note_progress(work, self.trial_id, self.done, self.total)
        return self.stopping

    def first(self, answer: Mapping[str, Any]) -> None:
        """Keep what can be shown before the trial is done; go no further when it is to stop."""
        with self.bench.work() as work:
            keep_first_answer(work, self.trial_id, answer)
        self.check()

    def check(self) -> None:
        """Raise Refused `cancelled` when the trial is to stop."""
        self._last = 0.0
        if self.stopped():
            raise Refused("cancelled", "The trial was cancelled.")


def run_trial(bench: Bench, trial_id: UUID, *, hear: Hear | None = None) -> None:
    """Run a trial that waits, or one whose runner died; one that has ended is left alone."""
    with bench.work() as work:
        trial = begin_trial(work, trial_id)
    if trial is None:
        return
    try:
        result = _result(bench, trial, Watch(bench, trial_id, hear))
    except CodedError as error:
        _end(bench, trial, error)
    except OperationalError:
        raise  # the database went away: the step is taken again
    except Exception as error:
        log.error("A trial failed.", trigger=trial.trigger, exc_info=error)
        _end(bench, trial, Failed("trial_failed", "Something of ours broke while it was tried."))
    else:
        with bench.work() as work:
            finish_trial(work, trial_id, result)
        log.info("A trial was run.", trigger=trial.trigger, state="done")


def _end(bench: Bench, trial: Trial, error: CodedError) -> None:
    with bench.work() as work:
        end_trial(work, trial.id, error)


def _result(bench: Bench, trial: Trial, watch: Watch) -> dict[str, Any]:
    days = [trial.settings[name] for name in ("as_of", "last") if name in trial.settings]
    with bench.work() as work:
        on = date.fromisoformat(days[0]) if days else work.today
        ground = read_ground(work, bench.lake, bench.contracts, trial.version_id, on=on)
    watch.check()
    return RUNNERS[TrialKind(trial.kind)](bench, trial, ground, watch)


def _dry_run(bench: Bench, trial: Trial, ground: Ground, watch: Watch) -> dict[str, Any]:
    as_of = date.fromisoformat(trial.settings["as_of"])
    watch.told(0, 3)
    drawn = _draw(bench, trial, ground)
    if drawn is not None:
        watch.first(first_answer.estimate_day(ground, drawn, as_of, trial.asked_at))
    found = dry_run.look(ground, as_of, trial.asked_at)
    watch.told(1, 3)
    watch.first(first_answer.counted(pc.count_distinct(found.hits["subject_key"]).as_py()))
    with bench.work() as work:
        visits = read_visits(work, trial.trigger)
    judged = hold_against(ground, visits, trial.asked_at, watch.check)
    watch.told(2, 3)
    with bench.work() as work:
        told = dry_run.told(work, ground, found, as_of, trial.id)
    return {**told, "judged": judged}


def _draw(bench: Bench, trial: Trial, ground: Ground) -> first_answer.Drawn | None:
    with bench.work() as work:
        return first_answer.draw(work, ground, trial.id, fewest=bench.fewest_drawn)


def _sweep(bench: Bench, trial: Trial, ground: Ground, watch: Watch) -> dict[str, Any]:
    drawn = _draw(bench, trial, ground)
    if drawn is not None:
        settings, known_at = trial.settings, trial.asked_at
        watch.first(first_answer.estimate_sweep(ground, drawn, settings, known_at))
    found = curve.look(ground, trial.settings, trial.asked_at, watch.stopped, watch.told)
    watch.check()
    with bench.work() as work:
        return curve.told(work, ground, trial.settings, found)


def _backtest(bench: Bench, trial: Trial, ground: Ground, watch: Watch) -> dict[str, Any]:
    with bench.work() as work:
        moments = lookback.moments(work, ground, trial.asked_at, trial.settings["months"])
    found = lookback.look_at_moments(ground, moments, watch.stopped, watch.told)
    watch.check()
    with bench.work() as work:
        return lookback.told_moments(work, ground, found)


def _replay(bench: Bench, trial: Trial, ground: Ground, watch: Watch) -> dict[str, Any]:
    first, last = (date.fromisoformat(trial.settings[name]) for name in ("first", "last"))
    with bench.work() as work:
        lookback.check_replay(work, ground, first)
    found = lookback.look_at_days(ground, first, last, trial.asked_at, watch.stopped, watch.told)
    watch.check()
    with bench.work() as work:
        return lookback.told_days(work, ground, found, first, last)


Runner = Callable[[Bench, Trial, Ground, Watch], dict[str, Any]]
RUNNERS: Mapping[TrialKind, Runner] = {
    TrialKind.DRY_RUN: _dry_run,
    TrialKind.SWEEP: _sweep,
    TrialKind.BACKTEST: _backtest,
    TrialKind.REPLAY: _replay,
}
