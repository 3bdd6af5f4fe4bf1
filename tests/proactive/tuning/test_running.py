"""Running trials: by a worker, cancelled, killed and taken up again, asked for twice."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from proactive.handlers.trying import bench_of, try_it
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.stepping import run_due_steps
from proactive.tuning import running
from proactive.tuning.ground import Bench
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import Trial, get_trial, list_trials
from proactive.tuning.service import MOST_OPEN, ask_trial, begin_trial, cancel_trial
from tests.proactive.tuning.conftest import OFFICER, SETUP, TRIGGER, County

AXES = {
    "axes": [{"parameter": "oop_threshold", "values": [str(n) for n in range(5000, 9000, 100)]}]
}


class Killed(BaseException):
    """What ends a process in the middle; no handler of ours catches it."""


def ask(county: County, kind: TrialKind = TrialKind.DRY_RUN, **settings: Any) -> UUID:
    with county.platform.work(OFFICER) as work:
        contracts = county.platform.contracts
        return ask_trial(work, kind, TRIGGER, 1, settings, contracts=contracts)


def told(county: County, trial_id: UUID) -> Trial:
    with county.platform.work(OFFICER) as work:
        return get_trial(work, trial_id)


def test_a_worker_runs_what_was_asked_for(county: County) -> None:
    trial_id = ask(county)
    assert told(county, trial_id).state == "waiting"

    run_due_steps(county.platform)

    trial = told(county, trial_id)
    assert trial.state == "done"
    assert trial.result
    assert trial.done == trial.total > 0
    assert trial.asked_by == OFFICER.id
    with county.platform.work(OFFICER) as work:
        assert [one.id for one in list_trials(work, TRIGGER)] == [trial_id]


def test_the_same_question_is_asked_once_while_it_is_open(county: County) -> None:
    first, again = ask(county), ask(county)
    other = ask(county, as_of="2026-10-31")

    assert first == again != other
    run_due_steps(county.platform)
    assert ask(county) != first


def test_a_trial_that_waits_is_cancelled_at_once_and_never_runs(county: County) -> None:
    trial_id = ask(county)
    with county.platform.work(OFFICER) as work:
        assert cancel_trial(work, trial_id)

    run_due_steps(county.platform)

    assert told(county, trial_id).state == "cancelled"
    with county.platform.work(OFFICER) as work:
        assert not cancel_trial(work, trial_id)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (TrialKind.DRY_RUN, {}),
        (TrialKind.SWEEP, AXES),
        (TrialKind.BACKTEST, {"months": 6}),
        (TrialKind.REPLAY, {"first": "2026-01-01", "last": "2026-11-20"}),
    ],
)
def test_a_running_trial_stops_when_asked(
    county: County, kind: TrialKind, settings: dict[str, Any]
) -> None:
    """Somebody presses cancel the moment the trial has begun to look."""
    trial_id = ask(county, kind, **settings)
    asked = []

    def hear(_done: int, _total: int) -> None:
        if not asked:
            asked.append(True)
            with county.platform.work(OFFICER) as work:
                cancel_trial(work, trial_id)

    running.run_trial(bench_of(county.platform), trial_id, hear=hear)

    trial = told(county, trial_id)
    assert asked
    assert trial.state == "cancelled"
    assert trial.result is None


def test_a_killed_trial_is_run_again_with_the_same_result(county: County) -> None:
    trial_id, twin = ask(county, TrialKind.SWEEP, **AXES), UUID(int=0)

    def die(_done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        running.run_trial(bench_of(county.platform), trial_id, hear=die)
    assert told(county, trial_id).state == "running"
    try_it(county.platform, str(trial_id))

    with county.platform.work(OFFICER) as work:
        twin = ask_trial(work, TrialKind.SWEEP, TRIGGER, 1, AXES)
    try_it(county.platform, str(twin))
    assert told(county, trial_id).state == "done"
    assert told(county, trial_id).result == told(county, twin).result


def test_a_finished_trial_is_left_alone(county: County) -> None:
    trial_id = ask(county)
    run_due_steps(county.platform)
    before = told(county, trial_id)

    try_it(county.platform, str(trial_id))

    assert told(county, trial_id) == before


def test_what_the_engine_refuses_is_kept_as_a_reason(county: County) -> None:
    """Between asking and running the deliveries were taken back: the trial says so."""
    trial_id = ask(county, TrialKind.BACKTEST, months=6)
    with county.platform.work(SETUP) as work:
        work.db.execute(text("UPDATE delivery SET state = 'refused' WHERE feed = 'medical_bill'"))

    run_due_steps(county.platform)

    trial = told(county, trial_id)
    assert trial.state == "refused"
    assert trial.why
    assert trial.why["code"] == "never_delivered"
    assert trial.why["facts"] == {"feed": "medical_bill"}


def test_what_breaks_is_kept_as_failed_without_its_text(county: County) -> None:
    trial_id = ask(county)
    good = bench_of(county.platform)

    class Broken:
        def files(self, feed: str, version: int | None) -> list[str]:
            raise RuntimeError("a name and a number")

    running.run_trial(Bench(good.work, Broken(), good.contracts), trial_id)  # type: ignore[arg-type]

    trial = told(county, trial_id)
    assert trial.state == "failed"
    assert "a name" not in str(trial.why)


def test_no_transaction_is_open_while_it_looks(county: County) -> None:
    """Every unit of work is closed again before the engine says how far it is."""
    open_now: list[Work] = []
    good = bench_of(county.platform)
    seen = []
    from contextlib import contextmanager

    @contextmanager
    def counted() -> Any:
        with good.work() as work:
            open_now.append(work)
            yield work
            open_now.pop()

    def hear(_done: int, _total: int) -> None:
        seen.append(len(open_now))

    trial_id = ask(county, TrialKind.SWEEP, **AXES)
    running.run_trial(Bench(counted, good.lake, good.contracts), trial_id, hear=hear)

    assert seen
    assert set(seen) == {0}


def test_too_many_at_once_are_refused(county: County) -> None:
    for n in range(MOST_OPEN):
        ask(county, as_of=f"2026-10-{n + 1:02d}")

    with pytest.raises(Refused) as refused:
        ask(county)

    assert refused.value.code == "too_many_trials"


def test_the_policy_desk_reads_trials_and_a_clerk_cannot(county: County) -> None:
    from sqlalchemy.exc import ProgrammingError

    trial_id = ask(county)
    with county.platform.work(OFFICER) as work:
        assert begin_trial(work, trial_id)
    clerk = Actor(role=Role.CLERK, id="clerk")
    with pytest.raises(ProgrammingError), county.platform.work(clerk) as work:
        get_trial(work, trial_id)
