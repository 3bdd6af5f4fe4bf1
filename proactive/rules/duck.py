"""Runs a plan with DuckDB, in this process, over the pinned Parquet files of the lake."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from proactive.feeds.lake import lake_schema
from proactive.rules.binding import Areas, Binding
from proactive.rules.corrections import known_corrections, resolved_aliases
from proactive.rules.evidence_sql import Evidence
from proactive.rules.nodes import Param, Plan
from proactive.rules.results import Evaluation, HitColumns, assemble
from proactive.rules.rows_sql import RowReader, lake, superseded
from proactive.rules.sql import both, col, eq, is_null, literal, named, no, when
from proactive.rules.sql import table as table_named
from proactive.rules.tables_sql import RunTables
from proactive.rules.views import MemoryView, View

CHOICES = pa.schema(
    [("stretch", pa.int32()), ("klass", pa.string()), ("area", pa.string()), ("index", pa.int32())]
)

YEAR = re.compile(r"/year=(\d+)/")


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What one run may use; `spill` is a folder for data that does not fit into memory."""

    memory: str = "2GB"
    threads: int = 2
    spill: Path | None = None


@dataclass(slots=True)
class Run:
    """One evaluation on one connection."""

    plan: Plan
    binding: Binding
    views: Mapping[str, View]
    db: duckdb.DuckDBPyConnection

    def make(self, name: str, query: exp.Expression, *, kind: str = "TABLE") -> None:
        created = exp.Create(
            this=exp.to_table(name),
            kind=kind,
            expression=query,
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        self.execute(created)

    def execute(self, statement: exp.Expression) -> duckdb.DuckDBPyConnection:
        return self.db.execute(statement.sql(dialect="duckdb"))

    def fetch(self, query: exp.Expression) -> pa.Table:
        return self.db.sql(query.sql(dialect="duckdb")).to_arrow_table()


def evaluate(
    plan: Plan,
    views: Mapping[str, View],
    *,
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None = None,
    areas: Areas | None = None,
    aliases: pa.Table | None = None,
    limits: EngineLimits | None = None,
) -> Evaluation:
    """Return who meets the plan on `as_of`, seen with what was known at `known_at`.

    `views` holds one view per feed of `plan.feeds`. `subjects` narrows the run to these keys.
    `areas` maps an area code to its path, outermost first; only triggers whose values differ by
    area need it. `aliases` has the columns temporary_key and key.
    Raises Refused `not_in_force` when a parameter has no value on `as_of`.
    """
    deciding = _decided(plan, views, as_of, known_at, subjects, areas, aliases, limits)
    with deciding as (run, reader):
        return _collect(run, reader)


def count_found(
    plan: Plan,
    views: Mapping[str, View],
    *,
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None = None,
    areas: Areas | None = None,
    aliases: pa.Table | None = None,
    limits: EngineLimits | None = None,
) -> int:
    """Return how many subjects `evaluate` would find, without the records behind them."""
    deciding = _decided(plan, views, as_of, known_at, subjects, areas, aliases, limits)
    with deciding as (run, _):
        counted = exp.Count(this=exp.Distinct(expressions=[exp.column("subject_key")]))
        query = exp.Select().select(counted).from_("decided").where(exp.column("hit"))
        return int((run.execute(query).fetchone() or (0,))[0])


@contextmanager
def _decided(
    plan: Plan,
    views: Mapping[str, View],
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None,
    areas: Areas | None,
    aliases: pa.Table | None,
    limits: EngineLimits | None,
) -> Iterator[tuple[Run, RowReader]]:
    """Yield a run whose table `decided` says of everybody in question whether they are a hit."""
    binding = Binding(plan, as_of, known_at)
    binding.check()
    with connect({feed: views[feed] for feed in plan.feeds}, limits or EngineLimits()) as db:
        run = Run(plan, binding, views, db)
        reader = prepare(run, areas or {}, aliases, subjects)
        for name, query in RunTables(plan, reader, subset=subjects is not None).made():
            run.make(name, query)
        yield run, reader


@contextmanager
def connect(views: Mapping[str, View], limits: EngineLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that can read the files of `views` and nothing else, and stays so."""
    db = duckdb.connect(config={"threads": limits.threads, "memory_limit": limits.memory})
    try:
        files = [str(file) for view in views.values() for file in view.files]
        db.execute("SET TimeZone = 'UTC'")
        db.execute("SET preserve_insertion_order = false")
        db.execute("SET autoinstall_known_extensions = false")
        db.execute("SET autoload_known_extensions = false")
        db.execute("SET python_enable_replacements = false")
        db.execute("SET temp_directory = $folder", {"folder": str(limits.spill or "")})
        db.execute("SET allowed_paths = $files", {"files": files})
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        yield db
    finally:
        db.close()


def prepare(
    run: Run, areas: Areas, aliases: pa.Table | None, subjects: Collection[int] | None
) -> RowReader:
    """Make the feeds, what is superseded, aliases, choices and wanted subjects readable."""
    columns: dict[str, Collection[str]] = {}
    corrected = set()
    for feed in run.plan.feeds:
        columns[feed] = open_feed(run, feed, run.binding.years(feed))
        gone = known_corrections(run.binding, run.views[feed].superseded)
        if gone.num_rows:
            run.db.register(superseded(feed), gone)
            corrected.add(feed)
    final = register_aliases(run, aliases)
    if subjects is not None:
        keys = sorted({final.get(key, key) for key in subjects})
        run.db.register("wanted", pa.table({"subject_key": pa.array(keys, pa.int64())}))
    register_choices(run, areas)
    return RowReader(run.binding, columns, corrected, bool(final))


def register_aliases(run: Run, aliases: pa.Table | None) -> dict[int, int]:
    """Make the final key of each temporary one readable as `alias`."""
    final = resolved_aliases(aliases)
    if final:
        pairs = {"temporary_key": list(final), "key": list(final.values())}
        run.db.register("alias", pa.table(pairs))
    return final


def register_choices(run: Run, areas: Areas) -> None:
    """Make the values that hold on the binding's day readable as `choice_<parameter>`."""
    for param in run.plan.params.values():
        if param.varies:
            choices = [*run.binding.everywhere(param), *run.binding.by_area(param, areas)]
            rows = [{name: getattr(one, name) for name in CHOICES.names} for one in choices]
            table = pa.Table.from_pylist(rows, schema=CHOICES)
            run.db.register(f"choice_{param.name}", table)


def open_feed(run: Run, feed: str, years: tuple[int, int] | None) -> Collection[str]:
    """Make a feed readable as `lake_<feed>`; return the columns it has."""
    view = run.views[feed]
    if isinstance(view, MemoryView):
        run.db.register(lake(feed), view.table)
        return frozenset(view.table.column_names)
    files = _needed(view.files, years)
    if not files:
        empty = lake_schema(run.plan.contracts[feed]).empty_table()
        run.db.register(lake(feed), empty)
        return frozenset(empty.column_names)
    relation = run.db.read_parquet(files, union_by_name=True, hive_partitioning=False)
    relation.create_view(lake(feed))
    return frozenset(relation.columns)


def _needed(files: Sequence[str], years: tuple[int, int] | None) -> list[str]:
    """Leave out the partitions of years that cannot count; rows without a date stand under 0."""
    if years is None:
        return [str(file) for file in files]
    first, last = years
    found = ((str(file), YEAR.search(str(file))) for file in files)
    return [
        file
        for file, year in found
        if year is None or int(year[1]) == 0 or first <= int(year[1]) <= last
    ]


# results


def _collect(run: Run, reader: RowReader) -> Evaluation:
    tables = RunTables(run.plan, reader, subset=False)
    facts = tables.truths.unknown_facts()
    totals = [exp.CountIf(this=exp.column("excluded"))]
    totals += [exp.CountIf(this=exp.column(f"hang_{index}")) for index in range(len(facts))]
    counting = exp.Select().select(*totals, copy=False).from_("decided", copy=False)
    excluded, *hanging = (number or 0 for number in run.execute(counting).fetchone() or ())
    unknown_counts = dict(zip(facts, hanging, strict=True))
    return assemble(run.plan, _hits(run, reader, facts), unknown_counts, excluded)


def _hits(run: Run, reader: RowReader, facts: Sequence[str]) -> HitColumns:
    """The hits with the records behind them, column by column: no row passes through Python."""
    evidence = Evidence(run.plan, reader)
    for name, query in evidence.proofs():
        run.make(name, query)
    run.make("proven", evidence.listed())
    asked = [when((col("d", f"ask_{i}"), literal(fact))) for i, fact in enumerate(facts)]
    unknowns = exp.func("list_filter", exp.array(*asked), _is_there())
    varying = [param.name for param in run.plan.params.values() if param.varies]
    names = ["subject_key", "episode", "klass", "area"]
    names += [f"v_{name}" for name in run.plan.measures] + [f"p_{name}" for name in varying]
    same = [eq(col("p", key), col("d", key)) for key in ("subject_key", "episode")]
    table = run.fetch(
        exp.Select()
        .select(*(col("d", name) for name in names), copy=False)
        .select(named(unknowns, "unknowns"), col("p", "evidence"), copy=False)
        .from_(table_named("decided", "d"), copy=False)
        .join(table_named("proven", "p"), on=both(same), join_type="left", copy=False)
        .where(col("d", "hit"), copy=False)
    ).combine_chunks()
    columns = {name: _array(table[name]) for name in table.column_names}
    return HitColumns(
        subject_key=columns["subject_key"],
        episode=columns["episode"],
        klass=columns["klass"],
        area=columns["area"],
        measures={name: columns[f"v_{name}"] for name in run.plan.measures},
        choices={
            name: columns[f"p_{name}"] if param.varies else _constant(run, param, table.num_rows)
            for name, param in run.plan.params.items()
        },
        unknowns=columns["unknowns"],
        evidence=pc.fill_null(columns["evidence"], []),
    )


def _is_there() -> exp.Expression:
    one = exp.to_identifier("one")
    return exp.Lambda(this=no(is_null(exp.column("one"))), expressions=[one])


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _constant(run: Run, param: Param, rows: int) -> pa.Array:
    index = run.binding.constant(param).index
    return pa.array([index], pa.int32()).take(pa.array([0] * rows, pa.int32()))
