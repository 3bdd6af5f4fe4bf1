"""What is read from a judged portion: the first hits, or the counts of every moment."""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
from sqlglot import exp

from proactive.rules.judging import Judge
from proactive.rules.sql import Sql, both, col, either, eq, literal, named, table
from proactive.rules.tables_sql import RunTables

COUNTS = ("hits", "asked", "excluded")


@dataclass(slots=True)
class Tally:
    """Counts by number of moment; `first` says at which one a subject was hit first."""

    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    unknown: Counter[tuple[int, str]] = field(default_factory=Counter)
    areas: Counter[tuple[int, str]] = field(default_factory=Counter)
    first: list[pa.Table] = field(default_factory=list)

    def add(self, judge: Judge, tables: RunTables) -> None:
        """Take in a portion: every subject is in one portion of its stretch only."""
        facts = tables.truths.unknown_facts()
        judge.make("verdict", _verdict(facts))
        for row in judge.run.fetch(_counts(facts)).to_pylist():
            point = row["point"]
            self.counts.update({(point, name): row[name] for name in COUNTS})
            self.unknown.update({(point, f): row[f"hang_{i}"] for i, f in enumerate(facts)})
        judge.make("hitting", _hitting())
        _find_homes(judge, tables)
        for row in judge.run.fetch(_by_area()).to_pylist():
            self.areas[row["point"], row["area"]] += row["subjects"]
        self.first.append(judge.run.fetch(_first("hitting", ("subject_key",))))


def first_hits(judge: Judge, tables: RunTables) -> pa.Table:
    """The first hit of each subject and episode of a portion: with point and area."""
    episodes = ("subject_key", "episode")
    judge.make("hitting", _first("decided", episodes, only=col("d", "hit")))
    _find_homes(judge, tables)
    columns = [col("h", name) for name in ("point", *episodes)]
    return judge.run.fetch(_with_area(columns))


def _verdict(facts: list[str]) -> exp.Select:
    """The flags that are counted, without everything that led to them."""
    asked = either(col("d", f"ask_{number}") for number in range(len(facts)))
    names = ("point", "subject_key", "hit", "excluded")
    hanging = (f"hang_{number}" for number in range(len(facts)))
    query = exp.Select().select(*(col("d", name) for name in (*names, *hanging)), copy=False)
    query = query.select(named(both([col("d", "hit"), asked]), "asked"), copy=False)
    return query.from_(table("decided", "d"), copy=False)


def _counts(facts: list[str]) -> exp.Select:
    flags = {"hits": "hit", "asked": "asked", "excluded": "excluded"}
    flags |= {f"hang_{number}": f"hang_{number}" for number in range(len(facts))}
    counted = [named(_number(col("v", flag)), name) for name, flag in flags.items()]
    query = exp.Select().select(col("v", "point"), *counted, copy=False)
    return query.from_(table("verdict", "v"), copy=False).group_by(col("v", "point"), copy=False)


def _number(flag: Sql) -> Sql:
    return exp.cast(exp.CountIf(this=flag), "BIGINT")


def _hitting() -> exp.Select:
    query = exp.Select().select(col("v", "point"), col("v", "subject_key"), copy=False)
    query = query.distinct(copy=False).from_(table("verdict", "v"), copy=False)
    return query.where(col("v", "hit"), copy=False)


def _first(source: str, keys: tuple[str, ...], only: Sql | None = None) -> exp.Select:
    columns = [col("d", key) for key in keys]
    earliest = named(exp.Min(this=col("d", "point")), "point")
    query = exp.Select().select(*columns, earliest, copy=False)
    query = query.from_(table(source, "d"), copy=False).group_by(*columns, copy=False)
    return query.where(only, copy=False) if only is not None else query


def _find_homes(judge: Judge, tables: RunTables) -> None:
    """Make `hitting_home`, the register's entry of everybody hit at the moment of the hit."""
    if tables.plan.home_feed in judge.feeds:
        judge.make("hitting_home", tables.people.homes("hitting"))
        return
    nothing = [named(exp.cast(exp.null(), "BIGINT"), name) for name in ("point", "subject_key")]
    nothing.append(named(exp.cast(exp.null(), "TEXT"), "area"))
    judge.make("hitting_home", exp.Select().select(*nothing).where(exp.false()))


def _with_area(columns: list[Sql]) -> exp.Select:
    area = exp.Coalesce(this=col("a", "area"), expressions=[literal("")])
    same = [eq(col("a", name), col("h", name)) for name in ("point", "subject_key")]
    query = exp.Select().select(*columns, named(area, "area"), copy=False)
    query = query.from_(table("hitting", "h"), copy=False)
    return query.join(table("hitting_home", "a"), on=both(same), join_type="left", copy=False)


def _by_area() -> exp.Select:
    keys = [col("s", "point"), col("s", "area")]
    placed = _with_area([col("h", "point")]).subquery("s", copy=False)
    subjects = named(exp.Count(this=exp.Star()), "subjects")
    query = exp.Select().select(*keys, subjects, copy=False).from_(placed, copy=False)
    return query.group_by(*keys, copy=False)
