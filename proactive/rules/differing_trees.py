"""Which conditions of two trees were added, removed or changed; order alone is no change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proactive.rules.conditions import (
    All,
    Any_,
    Condition,
    MeasureTest,
    Not,
    NotReceiving,
    NotRegistered,
    Receiving,
    RecordTest,
    Registered,
)


@dataclass(frozen=True, slots=True)
class TreeChange:
    """A condition before and after; None where it was not there."""

    before: Condition | None
    after: Condition | None


def changed_condition(old: Condition, new: Condition) -> Iterator[TreeChange]:
    """Yield the smallest conditions that differ."""
    if old == new:
        return
    if isinstance(old, All) and isinstance(new, All):
        yield from changed_list(old.all, new.all)
    elif isinstance(old, Any_) and isinstance(new, Any_):
        yield from changed_list(old.any, new.any)
    elif isinstance(old, Not) and isinstance(new, Not):
        yield from changed_condition(old.not_, new.not_)
    else:
        yield TreeChange(old, new)


def changed_list(old: Sequence[Condition], new: Sequence[Condition]) -> Iterator[TreeChange]:
    """Yield the differences of two lists: equal ones are left out, like ones compared."""
    gone, come = list(old), list(new)
    for one in old:
        if one in come:
            come.remove(one)
            gone.remove(one)
    for one in list(gone):
        like = next((two for two in come if _about(one) == _about(two)), None)
        if like is not None:
            gone.remove(one)
            come.remove(like)
            yield from changed_condition(one, like)
    for one in gone:
        yield TreeChange(one, None)
    for two in come:
        yield TreeChange(None, two)


def _about(condition: Condition) -> tuple[str, str]:
    """What a condition is about: two about the same are one that changed."""
    if isinstance(condition, MeasureTest):
        return "measure", condition.measure
    if isinstance(condition, RecordTest):
        return "feed", condition.record
    if isinstance(condition, Registered):
        return "feed", condition.registered_in
    if isinstance(condition, NotRegistered):
        return "feed", condition.not_registered_in
    if isinstance(condition, Receiving | NotReceiving):
        return "benefits", ""
    return type(condition).__name__, ""
