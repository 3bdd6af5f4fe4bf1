"""A sweep: how many a day would find at every point of a curve or a grid, in one pass.

Where a value is only the limit of a figure, the figures are made once and all points are told from
them. Where it decides which rows count or who is of which class, the tables that depend on it are
made again for each value, and no others. The tables and the conditions are those of a scan.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import product

import pyarrow as pa
from sqlglot import exp

from proactive.kernel.errors import Refused
from proactive.rules.axes import Axis, Swept, check_axes
from proactive.rules.binding import Areas, Binding
from proactive.rules.duck import EngineLimits, Run, connect, prepare
from proactive.rules.nodes import Plan
from proactive.rules.points_sql import Points, placed
from proactive.rules.rows_sql import RowReader
from proactive.rules.tables_sql import Made, RunTables
from proactive.rules.variants import with_value
from proactive.rules.views import View

__all__ = ("Axis", "Sweep", "Total", "sweep")

COUNTS = pa.schema(
    [
        ("point", pa.int32()),
        ("area", pa.string()),
        ("subjects", pa.int64()),
        ("hits", pa.int64()),
        ("asked", pa.int64()),
    ]
)
COUNTED = exp.Select().select(exp.Star()).from_("counted")
Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """What one point finds: subjects, their hits, and how many hits have a gap to ask about."""

    subjects: int
    hits: int
    asked: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """The answer: `points` are the values tried, one text per axis, the last axis fastest.

    `table`: point (place in `points`), area (of the home register on the day, '' where it is not
    known), subjects, hits, asked. A point has no row for an area where it finds nobody.
    """

    points: tuple[Texts, ...]
    table: pa.Table

    def totals(self) -> list[Total]:
        """Return the counts of every point over all areas."""
        sums = [[0, 0, 0] for _ in self.points]
        for row in self.table.to_pylist():
            for place, name in enumerate(("subjects", "hits", "asked")):
                sums[row["point"]][place] += row[name]
        return [Total(*one) for one in sums]


def sweep(
    plan: Plan,
    views: Mapping[str, View],
    *,
    axes: Sequence[Axis],
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None = None,
    areas: Areas | None = None,
    aliases: pa.Table | None = None,
    limits: EngineLimits | None = None,
    stopped: Callable[[], bool] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Return what `evaluate` would count with each point's values in the file.

    `views` holds one view per feed of `plan.feeds` and that of the home register. `subjects`
    narrows the sweep to these keys. `stopped` is asked now and then, `told` hears how many points
    of how many are done.
    Raises Refused for axes that make no sense, `not_in_force` as a scan does, and `cancelled`.
    """
    swept = check_axes(plan, axes, as_of, areas)
    widest = [one.widest(plan.params[one.parameter], as_of) for one in swept]
    wide = placed(replace(plan, located=True), swept, widest)
    binding = Binding(wide, as_of, known_at)
    binding.check()
    with connect({feed: views[feed] for feed in wide.feeds}, limits or EngineLimits()) as db:
        run = Run(wide, binding, views, db)
        reader = prepare(run, areas or {}, aliases, subjects)
        subset = subjects is not None
        sweeping = _Sweeping(run, reader, swept, subset, stopped or _never, told or _nobody)
        return Sweep(sweeping.points, sweeping.counts())


def _never() -> bool:
    return False


def _nobody(_done: int, _total: int) -> None:
    """Nobody asked to hear how far it is."""


@dataclass(slots=True)
class _Kept:
    """Tables on the connection, made as `make` makes files: again only if out of date."""

    run: Run
    made: dict[str, exp.Expression] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def make(self, name: str, query: exp.Expression) -> None:
        if name in self.made:
            if self._holds(name, query):
                return
            self.run.execute(exp.Drop(tables=[exp.to_table(name)], kind="TABLE"))
        self.run.make(name, query)
        self.count += 1
        self.made[name], self.order[name] = query, self.count

    def _holds(self, name: str, query: exp.Expression) -> bool:
        """Is it the same query, and is no table it reads younger?"""
        read = (one.name for one in query.find_all(exp.Table))
        youngest = max(self.order.get(one, 0) for one in read)
        return self.made[name] == query and youngest < self.order[name]


@dataclass(slots=True)
class _Sweeping:
    """One sweep on one connection; `run.plan` has the widest value on every axis."""

    run: Run
    reader: RowReader
    swept: list[Swept]
    subset: bool
    stopped: Callable[[], bool]
    told: Callable[[int, int], None]

    @property
    def points(self) -> tuple[Texts, ...]:
        return tuple(product(*(one.values for one in self.swept)))

    def counts(self) -> pa.Table:
        """Tell every point, those that share their figures together."""
        kept, points, found, done = _Kept(self.run), self.points, [], 0
        for shared in self._sharing():
            self._go_on()
            first = self._shown(points[shared[0]])
            for name, query in self._tables(first):
                self._go_on()
                kept.make(name, query)
            counted = Points(first, self._reader(first), self.swept).counted(shared[0])
            kept.make("counted", counted)
            found.append(self.run.fetch(COUNTED).cast(COUNTS))
            done += len(shared)
            self.told(done, len(points))
        return pa.concat_tables(found).sort_by([("point", "ascending"), ("area", "ascending")])

    def _go_on(self) -> None:
        if self.stopped():
            raise Refused("cancelled", "The sweep was cancelled.", todo="Start it again.")

    def _sharing(self) -> list[list[int]]:
        """The points in groups that differ in limits only."""
        groups: dict[Texts, list[int]] = {}
        for number, texts in enumerate(self.points):
            pairs = zip(self.swept, texts, strict=True)
            groups.setdefault(tuple(text for one, text in pairs if not one.late), []).append(number)
        return list(groups.values())

    def _shown(self, texts: Texts) -> Plan:
        """The plan for all points that share these texts: limits at their lowest."""
        plan = self.run.plan
        for one, text in zip(self.swept, texts, strict=True):
            if not one.late:
                plan = with_value(plan, one.parameter, one.index, text)
        return plan

    def _reader(self, plan: Plan) -> RowReader:
        return replace(self.reader, binding=replace(self.reader.binding, plan=plan))

    # tables

    def _tables(self, plan: Plan) -> Iterator[Made]:
        """The tables of a scan up to its facts, then what all points have in common."""
        tables = RunTables(plan, self._reader(plan), subset=self.subset)
        names = set()
        for name, query in tables.made():
            names.add(name)
            yield name, query
            if name == "facts":
                break
        if "home" not in names:
            yield "home", tables.people.homes("people")
        yield "common", Points(plan, self._reader(plan), self.swept).common()
