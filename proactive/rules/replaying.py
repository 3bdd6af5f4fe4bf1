"""What a trigger would have done: the first day for everybody, or the counts of past moments.

The SQL is a scan's, with a table of moments in the place of its one day. A replay judges each
person only on days on which a row begins or ceases to count; in between no answer changes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, add
from proactive.rules.binding import Areas, Binding
from proactive.rules.counting_sql import Tally, first_hits
from proactive.rules.duck import EngineLimits, Run, connect
from proactive.rules.judging import CELLS_AT_ONCE, Judge
from proactive.rules.knowledge import Knowledge, knowledge_of
from proactive.rules.moments import Moment, Stretch, stretches
from proactive.rules.nodes import Plan
from proactive.rules.tables_sql import RunTables
from proactive.rules.views import View

LONGEST = Period(months=60)
MOST_MOMENTS = 60
FIRST_DAYS = pa.schema(
    [
        ("subject_key", pa.int64()),
        ("episode", pa.string()),
        ("first_day", pa.date32()),
        ("area", pa.string()),
    ]
)
Stopped = Callable[[], bool]
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MomentCounts:
    """What a scan of one moment would have found.

    `subjects`: persons or organisations hit; `new` of them at no earlier moment; `hits`: episodes,
    `asked` of them with a gap; `excluded` by `unless`; `unknown_counts` per fact, for how many
    candidates the answer hung on it. `by_area`: subjects by the area of their home register entry
    ('' where it is not known). In the years that can count: `assumed_feeds` have visible rows whose
    knowledge date is assumed (history loaded at go-live), `silent` ones had no visible row yet.
    """

    as_of: date
    known_at: datetime
    subjects: int
    hits: int
    asked: int
    excluded: int
    unknown_counts: Mapping[str, int]
    new: int
    by_area: Mapping[str, int]
    assumed_feeds: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def assumed(self) -> bool:
        """Did any visible row have its knowledge date assumed?"""
        return bool(self.assumed_feeds)


def replay(
    plan: Plan,
    views: Mapping[str, View],
    *,
    first: date,
    last: date,
    known_at: datetime,
    areas: Areas | None = None,
    aliases: pa.Table | None = None,
    limits: EngineLimits | None = None,
    stopped: Stopped | None = None,
    told: Told | None = None,
    portion: int = CELLS_AT_ONCE,
) -> pa.Table:
    """Return the first day of [first, last] on which each subject's condition holds.

    Columns: subject_key, episode, first_day, area ('' unknown: the home register's on that day),
    one row per subject and episode that a scan on any day of the span would hit, in that order.
    It uses everything known at `known_at` on every day, and knows nothing of what happens after a
    hit: no pending period, cool-down or snooze. `views` as in `evaluate`, with the home register
    if areas are wanted. `told(done, total)` counts days; `stopped` is asked before every step.
    Raises Refused `replay_too_long`, `bad_span`, `bad_day`, `not_in_force`, `cancelled`.
    """
    _check_span(plan, first, last, known_at)
    moments = [Moment(day, known_at) for day in _days(first, last)]
    asked = _Asked(plan, views, moments, areas or {}, aliases, limits, stopped, told, portion)
    with asked.judge(dense=False) as judge:
        found = [first_hits(judge, tables) for tables in asked.portions(judge)]
    return _first_days(found, moments)


def backtest(
    plan: Plan,
    views: Mapping[str, View],
    *,
    moments: Sequence[Moment],
    areas: Areas | None = None,
    aliases: pa.Table | None = None,
    limits: EngineLimits | None = None,
    stopped: Stopped | None = None,
    told: Told | None = None,
    portion: int = CELLS_AT_ONCE,
) -> list[MomentCounts]:
    """Return the counts of each moment, oldest first, each seen with what was known at its time.

    Row by row a moment counts what `evaluate` would find for its day and known-at. `views` as in
    `replay`; `told(done, total)` counts moments.
    Raises Refused `too_many_moments`, `no_moments`, `bad_day`, `not_in_force`, `cancelled`.
    """
    _check_moments(plan, moments)
    ordered = sorted(set(moments))
    asked = _Asked(plan, views, ordered, areas or {}, aliases, limits, stopped, told, portion)
    tally = Tally()
    with asked.judge(dense=True) as judge:
        knowledge = knowledge_of(judge)
        for tables in asked.portions(judge):
            tally.add(judge, tables)
    new = _first_points(tally.first)
    return [_counts(plan, one, point, tally, new, knowledge) for point, one in enumerate(ordered)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, on its way to the judge."""

    plan: Plan
    views: Mapping[str, View]
    moments: Sequence[Moment]
    areas: Areas
    aliases: pa.Table | None
    limits: EngineLimits | None
    stopped: Stopped | None
    told: Told | None
    portion: int

    @contextmanager
    def judge(self, *, dense: bool) -> Iterator[Judge]:
        """Yield a judge whose feeds are open."""
        feeds = self.plan.feeds | ({self.plan.home_feed} & set(self.views))
        views = {feed: self.views[feed] for feed in feeds}
        whole = Stretch(self.plan, 0, tuple(self.moments))
        with connect(views, self.limits or EngineLimits()) as db:
            run = Run(self.plan, whole.first, views, db)
            judge = Judge(run, self.areas, dense, self.stopped or _never, self.portion)
            judge.open(whole, self.aliases)
            yield judge

    def portions(self, judge: Judge) -> Iterator[RunTables]:
        """Yield each portion of each stretch, telling how many moments are done."""
        for stretch in stretches(self.plan, self.moments):
            yield from judge.portions(stretch, partial(self._tell, stretch))

    def _tell(self, stretch: Stretch, share: float) -> None:
        if self.told is not None:
            done = stretch.start + int(len(stretch.moments) * share)
            self.told(done, len(self.moments))


def _never() -> bool:
    return False


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days) for days in range((last - first).days + 1))


def _first_days(found: Sequence[pa.Table], moments: Sequence[Moment]) -> pa.Table:
    """The earliest of each subject and episode over all stretches, with its day."""
    if not found:
        return FIRST_DAYS.empty_table()
    rows = pa.concat_tables(found).sort_by([("point", "ascending")])
    keys = ["subject_key", "episode"]
    firsts = [("point", "first"), ("area", "first")]
    rows = rows.group_by(keys, use_threads=False).aggregate(firsts)
    days = pa.array([moment.as_of for moment in moments], pa.date32())
    columns = [rows["subject_key"], rows["episode"], days.take(rows["point_first"])]
    table = pa.table([*columns, rows["area_first"]], schema=FIRST_DAYS)
    return table.sort_by([(key, "ascending") for key in keys])


def _first_points(found: Sequence[pa.Table]) -> Counter[int]:
    """How many subjects were hit for the first time at each moment."""
    if not found:
        return Counter()
    rows = pa.concat_tables(found).group_by("subject_key").aggregate([("point", "min")])
    counted = pc.value_counts(rows["point_min"]).to_pylist()
    return Counter({row["values"]: row["counts"] for row in counted})


def _counts(
    plan: Plan, moment: Moment, point: int, tally: Tally, new: Counter[int], knowledge: Knowledge
) -> MomentCounts:
    binding = Binding(plan, moment.as_of, moment.known_at)
    by_area = {area: count for (at, area), count in sorted(tally.areas.items()) if at == point}
    unknown = {fact: n for (at, fact), n in sorted(tally.unknown.items()) if at == point and n}
    return MomentCounts(
        as_of=moment.as_of,
        known_at=moment.known_at,
        subjects=sum(by_area.values()),
        hits=tally.counts[point, "hits"],
        asked=tally.counts[point, "asked"],
        excluded=tally.counts[point, "excluded"],
        unknown_counts=unknown,
        new=new[point],
        by_area=by_area,
        assumed_feeds=knowledge.assumed(binding),
        silent=knowledge.silent(binding),
    )


def _check_span(plan: Plan, first: date, last: date, known_at: datetime) -> None:
    if last < first:
        raise Refused(
            "bad_span",
            "A replay from {first} to {last} has no day.",
            todo="Give a last day that is not before the first.",
            first=first.isoformat(),
            last=last.isoformat(),
        )
    for day in (first, last):
        Binding(plan, day, known_at).check()
    if last >= add(first, LONGEST):
        raise Refused(
            "replay_too_long",
            "A replay from {first} to {last} is longer than five years.",
            why="It judges every single day.",
            todo="Choose at most five years; several replays can be put one after the other.",
            first=first.isoformat(),
            last=last.isoformat(),
        )


def _check_moments(plan: Plan, moments: Sequence[Moment]) -> None:
    if not moments:
        raise Refused("no_moments", "A back-test needs at least one day.", todo="Name a day.")
    if len(moments) > MOST_MOMENTS:
        raise Refused(
            "too_many_moments",
            "A back-test of {asked} moments is more than {most}.",
            todo="Choose fewer days, for example the ends of months of at most five years.",
            asked=len(moments),
            most=MOST_MOMENTS,
        )
    for moment in moments:
        Binding(plan, moment.as_of, moment.known_at).check()
