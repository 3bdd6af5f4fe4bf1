"""Asking for a trial, cancelling it, keeping how far it is and how it ended.

Each of these is one short transaction; the looking itself happens outside of any (`running`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from proactive.feeds.contracts import Contracts
from proactive.kernel.errors import CodedError, Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import POLICY_DESK
from proactive.kernel.work import Work
from proactive.rules.axes import check_axes
from proactive.rules.nodes import Plan
from proactive.rules.service import plan_of, version_row
from proactive.tuning.coverage import check_covered
from proactive.tuning.model import OPEN, TrialKind, TrialState, month_ends
from proactive.tuning.queries import Trial, get_trial
from proactive.tuning.settings import axes_of, checked_settings
from proactive.tuning.store import trial

MOST_OPEN = 12
# A console that dies while it tries something leaves the trial to a worker.
INLINE_GRACE = timedelta(minutes=30)


def ask_trial(
    work: Work,
    kind: str,
    trigger: str,
    version: int,
    settings: Mapping[str, Any],
    *,
    contracts: Contracts | None = None,
    inline: bool = False,
) -> UUID:
    """Remember a trial and the step that runs it; return its id.

    The same question while it is still open is answered by the trial that is there. With
    `contracts` also what the engine would refuse is refused at once, and nothing is kept.
    `inline`: the asker runs it at once himself. Raises Refused: `no_named_person`,
    `no_such_version`, `too_many_trials`, or what is wrong with the settings.
    """
    if work.actor.role not in POLICY_DESK:
        raise Refused(
            "no_named_person",
            "A trigger is tried by a named person.",
            todo="Sign in as policy staff or operator.",
        )
    row = version_row(work, trigger, version)
    wanted = checked_settings(TrialKind(kind), settings, work.today)
    if contracts is not None:
        check_possible(work, TrialKind(kind), plan_of(work, row.id, contracts), wanted)
    same = _open_twin(work, row.id, kind, wanted)
    if same is not None:
        return same
    _check_room(work)
    trial_id = new_id()
    work.db.execute(
        trial.insert().values(
            id=trial_id,
            kind=kind,
            trigger=trigger,
            version_id=row.id,
            settings=wanted,
            asked_by=work.actor.id,
            asked_at=work.now,
        )
    )
    work.audit("ask_trial", "trial", trial_id, trigger=trigger, version=version, kind=kind)
    work.step("try", str(trial_id), due_at=work.now + INLINE_GRACE if inline else None)
    return trial_id


def check_possible(work: Work, kind: TrialKind, plan: Plan, settings: Mapping[str, Any]) -> None:
    """Refuse what cannot be looked at: values that make no sense, days before any delivery."""
    if kind is TrialKind.SWEEP:
        check_axes(plan, axes_of(settings), date.fromisoformat(settings["as_of"]))
    elif kind is TrialKind.BACKTEST:
        check_covered(work, plan, month_ends(work.today, settings["months"])[0])
    elif kind is TrialKind.REPLAY:
        check_covered(work, plan, date.fromisoformat(settings["first"]))


def cancel_trial(work: Work, trial_id: UUID) -> bool:
    """Ask a trial to stop; one that waits is cancelled at once. False when it has ended."""
    get_trial(work, trial_id)
    waiting = _move(work, trial_id, (TrialState.WAITING,), TrialState.CANCELLED, cancel_asked=True)
    asked = waiting or _put(work, trial_id, OPEN, cancel_asked=True)
    if asked:
        work.audit("cancel_trial", "trial", trial_id)
    return asked


def begin_trial(work: Work, trial_id: UUID) -> Trial | None:
    """Take a trial that waits, or one whose taker died; None when it has ended."""
    if not _put(work, trial_id, OPEN, state=TrialState.RUNNING, started_at=work.now, done=0):
        return None
    return get_trial(work, trial_id)


def note_progress(work: Work, trial_id: UUID, done: int, total: int) -> bool:
    """Keep how far a trial is; True when it was asked to stop (or has been ended otherwise)."""
    row = work.db.execute(
        update(trial)
        .where(trial.c.id == trial_id, trial.c.state == TrialState.RUNNING)
        .values(done=done, total=total)
        .returning(trial.c.cancel_asked)
    ).one_or_none()
    return row is None or bool(row.cancel_asked)


def keep_first_answer(work: Work, trial_id: UUID, answer: Mapping[str, Any]) -> bool:
    """Keep what a running trial can say before it is done."""
    return _put(work, trial_id, (TrialState.RUNNING,), first_answer=dict(answer))


def finish_trial(work: Work, trial_id: UUID, result: Mapping[str, Any]) -> bool:
    """Keep the answer of a running trial."""
    values = {"result": dict(result), "done": trial.c.total}
    return _move(work, trial_id, (TrialState.RUNNING,), TrialState.DONE, **values)


def end_trial(work: Work, trial_id: UUID, error: CodedError) -> bool:
    """Keep why a running trial gave no answer: cancelled, refused, or ours to mend."""
    state = TrialState.FAILED
    if isinstance(error, Refused):
        cancelled = error.code == "cancelled"
        state = TrialState.CANCELLED if cancelled else TrialState.REFUSED
    return _move(work, trial_id, (TrialState.RUNNING,), state, why=reason_of(error))


def reason_of(error: CodedError) -> dict[str, Any]:
    """Return an error as code, sentence templates and facts, for a page to say in any language."""
    parts = {"what": error.what}
    if isinstance(error, Refused):
        parts |= {"why": error.why, "todo": error.todo}
    facts = {name: str(value)[:200] for name, value in error.facts.items()}
    return {"code": error.code, **parts, "facts": facts}


def error_of(why: Mapping[str, Any]) -> Refused:
    """Return a kept reason as the refusal it was."""
    return Refused(
        why["code"],
        why["what"],
        why=why.get("why", ""),
        todo=why.get("todo", ""),
        **why.get("facts", {}),
    )


def _open_twin(work: Work, version_id: UUID, kind: str, settings: Mapping[str, Any]) -> UUID | None:
    found: UUID | None = work.db.execute(
        select(trial.c.id).where(
            trial.c.version_id == version_id,
            trial.c.kind == kind,
            trial.c.settings == dict(settings),
            trial.c.asked_by == work.actor.id,
            trial.c.state.in_(OPEN),
            trial.c.cancel_asked.is_(False),
        )
    ).scalar()
    return found


def _check_room(work: Work) -> None:
    count = work.db.execute(
        select(func.count()).select_from(trial).where(trial.c.state.in_(OPEN))
    ).scalar_one()
    if count >= MOST_OPEN:
        raise Refused(
            "too_many_trials",
            "{count} trials wait or run already.",
            why="Each reads all records, as a scan does.",
            todo="Wait until some have ended, or cancel those that nobody needs.",
            count=count,
        )


def _move(
    work: Work, trial_id: UUID, sources: tuple[str, ...], state: TrialState, **values: Any
) -> bool:
    return _put(work, trial_id, sources, state=state, finished_at=work.now, **values)


def _put(work: Work, trial_id: UUID, sources: tuple[str, ...], **values: Any) -> bool:
    statement = (
        update(trial).where(trial.c.id == trial_id, trial.c.state.in_(sources)).values(**values)
    )
    return work.db.execute(statement).rowcount == 1
