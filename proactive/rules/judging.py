"""Judges many moments in one go: copies what can matter, then makes a scan's tables per portion."""

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from proactive.kernel.errors import Refused
from proactive.rules.binding import Areas
from proactive.rules.corrections import known_corrections
from proactive.rules.duck import (
    Run,
    open_feed,
    register_aliases,
    register_choices,
)
from proactive.rules.moments import Stretch, crossing_table, moment_table, turns_of
from proactive.rules.near_sql import BUCKETS, CellTables, NearRows, NearTables, withdrawn
from proactive.rules.nodes import Plan
from proactive.rules.rows_sql import RowReader, superseded
from proactive.rules.sql import table
from proactive.rules.tables_sql import RunTables
from proactive.rules.times_sql import MOMENTS, AtMoments, OneDay, Span

# each of these is read once, by the next one: a query instead of rows
PASSING = {"class_facts", "class_truths", "facts", "truths", "decided"}
CELLS_AT_ONCE = 1_000_000


@dataclass(slots=True)
class Judge:
    """Judges stretches of moments on one connection.

    `dense`: everybody at every moment; otherwise only where an answer can change.
    `portion`: how many pairs of person and moment are judged at once; it bounds the memory.
    """

    run: Run
    areas: Areas
    dense: bool
    stopped: Callable[[], bool]
    portion: int = CELLS_AT_ONCE
    columns: dict[str, Collection[str]] = field(default_factory=dict)
    aliased: bool = False
    _made: list[str] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return self.run.plan

    @property
    def feeds(self) -> list[str]:
        """The plan's feeds, and the home register for the places, where it is at hand."""
        return sorted(self.plan.feeds | ({self.plan.home_feed} & set(self.run.views)))

    def open(self, whole: Stretch, aliases: pa.Table | None) -> None:
        """Make feeds and aliases readable; no more years of a feed than `whole` can need."""
        for feed in self.feeds:
            begins, ends = whole.first.years(feed), whole.last.years(feed)
            years = (begins[0], ends[1]) if begins and ends else None
            self.columns[feed] = open_feed(self.run, feed, years)
            ended = first_ends(self.run.views[feed].superseded)
            self.run.db.register(withdrawn(feed), ended)
        self.aliased = bool(register_aliases(self.run, aliases))

    def portions(self, stretch: Stretch, done: Callable[[float], None]) -> Iterator[RunTables]:
        """Yield once the table `decided` of each portion is there; `done` is told the share."""
        cells = self._begin(stretch)
        reader = self._near_rows(stretch)
        kept = len(self._made)
        shares = _shares(cells, self.portion)
        for number, (low, high) in enumerate(shares, start=1):
            wanted = CellTables(self.plan, reader).wanted(low, high, dense=self.dense)
            self.make("wanted", wanted)
            tables = RunTables(self.plan, reader, subset=True)
            for name, query in tables.made():
                self.make(name, query)
            yield tables
            self._forget(kept)
            done(number / len(shares))
        self._forget(0)
        if not shares:
            done(1)

    def make(self, name: str, query: exp.Expression) -> None:
        """Make a table that goes with the portion. Raises Refused `cancelled`."""
        if self.stopped():
            raise Refused("cancelled", "The trial was cancelled.")
        kind = "VIEW" if name in PASSING else "TABLE"
        self.run.make(name, query, kind=kind)
        self._made.append(name)

    def _forget(self, kept: int) -> None:
        while len(self._made) > kept:
            name = self._made.pop()
            kind = "VIEW" if name in PASSING else "TABLE"
            self.run.execute(exp.Drop(tables=[table(name)], kind=kind))

    # what can matter

    def _begin(self, stretch: Stretch) -> int:
        """Copy what can matter; return how many cells there are to judge."""
        self.run.binding = stretch.first
        register_choices(self.run, self.areas)
        self._load(MOMENTS, moment_table(stretch))
        for name, query in self._near(stretch, self._lake_rows(stretch)).made():
            self.make(name, query)
        if self.dense:
            return self._count("bucket") * len(stretch.moments)
        turns = turns_of(self.plan, stretch.first)
        self._load("crossing", crossing_table(stretch, turns))
        cells = CellTables(self.plan, self._near_rows(stretch))
        for name, query in cells.changing(turns, stretch.start):
            self.make(name, query)
        return self._count("cell")

    def _lake_rows(self, stretch: Stretch) -> RowReader:
        """The lake over the whole stretch: everything that is visible at one of its moments."""
        corrected = set()
        for feed in self.feeds:
            gone = known_corrections(stretch.first, self.run.views[feed].superseded)
            self.run.db.register(superseded(feed), gone)
            corrected |= {feed} if gone.num_rows else set()
        span = Span(OneDay(stretch.first), OneDay(stretch.last))
        return RowReader(stretch.first, self.columns, corrected, self.aliased, span)

    def _near(self, stretch: Stretch, reader: RowReader) -> NearTables:
        ended = {feed for feed in self.feeds if self.run.views[feed].superseded.num_rows}
        return NearTables(self.plan, reader, self.feeds, not stretch.same_knowledge, ended)

    def _near_rows(self, stretch: Stretch) -> NearRows:
        lake = RowReader(stretch.first, self.columns, (), self.aliased)
        copies = self._near(stretch, lake)
        columns = {feed: frozenset(copies.columns(feed)) for feed in self.feeds}
        return NearRows(stretch.first, columns, (), False, AtMoments(), judged=copies.judged)

    def _load(self, name: str, rows: pa.Table) -> None:
        given = f"{name}_given"
        self.run.db.register(given, rows)
        self.make(name, exp.Select().select(exp.Star()).from_(table(given)))
        self.run.db.unregister(given)

    def _count(self, name: str) -> int:
        counting = exp.Select().select(exp.Count(this=exp.Star())).from_(table(name))
        ((count,),) = self.run.execute(counting).fetchall()
        return int(count)


def first_ends(entries: pa.Table) -> pa.Table:
    """When each superseded row was first known to be so: by a recording day, or by an arrival."""
    recorded = entries["since_recorded"]
    by_arrival = pc.if_else(pc.is_null(recorded), entries["since"], None)
    told = entries.select(["record_id", "version", "since_recorded"])
    told = told.append_column("since_arrived", by_arrival.cast(entries["since"].type))
    grouped = told.group_by(["record_id", "version"]).aggregate(
        [("since_recorded", "min"), ("since_arrived", "min")]
    )
    names = {"since_recorded_min": "gone_on", "since_arrived_min": "gone_at"}
    return grouped.rename_columns([names.get(name, name) for name in grouped.column_names])


def _shares(cells: int, portion: int) -> list[tuple[int, int]]:
    """Buckets in as many runs as the cells need portions."""
    many = min(BUCKETS, -(-cells // portion))
    bounds = [BUCKETS * number // many for number in range(many + 1)] if many else []
    return list(itertools.pairwise(bounds))
