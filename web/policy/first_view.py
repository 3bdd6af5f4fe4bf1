"""What a trial shows while it runs: its first answer, how it looks, and how long it may take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from proactive.rules.grammar import TriggerRule
from proactive.rules.nodes import Plan
from proactive.tuning.first_answer import looks
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import Trial
from web.policy.curve_view import axis_title
from web.policy.trial_words import say_value

# A page that waits looks again so often: at first for the first answer, then for the whole.
SOON, LATER, SOON_FOR = 1, 3, 20
MOST_ROWS = 12  # of a first answer; the whole one follows


@dataclass(frozen=True, slots=True)
class FirstView:
    """`rows`: the values of a point as people read them, about, low, high.

    `looks`: how often the records are read, where more than once; `minutes` left, 0 for unknown
    or less than one.
    """

    names: list[str]
    rows: list[dict[str, Any]]
    one_in: int
    looked_at: int
    looks: int
    minutes: int


def first_view(trial: Trial, rule: TriggerRule, plan: Plan, now: datetime) -> FirstView:
    """Return what can be said of a trial that waits or runs."""
    answer = trial.first_answer or {"points": [], "one_in": 1, "looked_at": 0}
    axes = [(axis, rule.parameters[axis["parameter"]]) for axis in trial.settings.get("axes", ())]
    parameters = [parameter for _, parameter in axes]
    return FirstView(
        names=[axis_title(axis, parameter, rule) for axis, parameter in axes],
        rows=[
            {
                **point,
                "said": [say_value(*one) for one in zip(parameters, point["values"], strict=True)],
            }
            for point in _thinned(answer["points"])
        ],
        one_in=answer["one_in"],
        looked_at=answer["looked_at"],
        looks=looks(plan, trial.settings) if trial.kind == TrialKind.SWEEP else 1,
        minutes=_minutes_left(trial, now),
    )


def _thinned(points: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return points from the first to the last, no more than can be taken in at a glance."""
    if len(points) <= MOST_ROWS:
        return list(points)
    last = len(points) - 1
    return [points[round(last * n / (MOST_ROWS - 1))] for n in range(MOST_ROWS)]


def seconds_to_next(trial: Trial, now: datetime) -> int:
    """Return after how many seconds a page that waits looks again."""
    young = (now - trial.asked_at).total_seconds() < SOON_FOR
    return SOON if young and not trial.first_answer else LATER


def _minutes_left(trial: Trial, now: datetime) -> int:
    if trial.started_at is None or not 0 < trial.done < trial.total:
        return 0
    spent = (now - trial.started_at).total_seconds()
    left = spent / trial.done * (trial.total - trial.done)
    return ceil(left / 60) if left > 60 else 0
