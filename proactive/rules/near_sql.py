"""The rows that can matter to a replay: of those who may ever hit, and whoever lives with them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from proactive.rules.conditions import Per
from proactive.rules.measures_sql import MeasureTables
from proactive.rules.moments import Turn
from proactive.rules.nodes import RECORD_ID, MeasureLeaf, OfField, Plan
from proactive.rules.rows_sql import RowReader
from proactive.rules.sql import Sql, both, col, either, eq, is_null, literal, named, no, table
from proactive.rules.tables_sql import Made
from proactive.rules.times_sql import MOMENTS
from proactive.rules.universe_sql import Universe

GONE = {"gone_on": "DATE", "gone_at": "TIMESTAMPTZ"}
RANKED = (RECORD_ID, "version", "recorded_on", "area")
BUCKETS = 4096


def near(feed: str) -> str:
    return f"near_{feed}"


def withdrawn(feed: str) -> str:
    return f"withdrawn_{feed}"


@dataclass(frozen=True, slots=True)
class NearRows(RowReader):
    """Reads the copies: known, not superseded and under their final keys already.

    `judged`: what was known differs between the moments, so each one looks for itself.
    """

    judged: bool = False

    def alone(self, feed: str) -> Sql | None:
        return col("r", "alone") if feed == self.binding.plan.home_feed else None

    def visible(self, feed: str) -> exp.Select:
        rows = exp.Select().from_(table(near(feed), "r"), copy=False)
        if not self.judged:
            return rows
        gone = either(
            [
                exp.LTE(this=col("r", "gone_on"), expression=self.times.known_on()),
                exp.LTE(this=col("r", "gone_at"), expression=self.times.known_at()),
            ]
        )
        still = no(exp.Coalesce(this=exp.paren(gone), expressions=[exp.false()]))
        return rows.where(self.known(feed), copy=False).where(still, copy=False)


@dataclass(frozen=True, slots=True)
class NearTables:
    """Writes the copies. `reader` reads the lake over the whole span; `feeds` are its feeds."""

    plan: Plan
    reader: RowReader
    feeds: Collection[str]
    judged: bool
    corrected: Collection[str]

    def made(self) -> Iterator[Made]:
        """`chance` (who may hit), `lived` (in which households), `near_people`, the copies."""
        widest = MeasureTables(self.plan, self.reader, widest=True)
        yield "chance", Universe(self.plan, self.reader, widest, subset=False).ever()
        if self.plan.needs_household:
            yield "near_houses", self._homes("household_key", "chance", "subject_key")
            yield "kin", self._homes("subject_key", "near_houses", "household_key")
            yield "near_people", self._either("kin", "chance")
        else:
            yield "near_people", _all_of("chance")
        for feed in sorted(self.feeds):
            yield near(feed), self._copy(feed)
        yield "lived", self._lived()
        yield "bucket", self._buckets()

    def columns(self, feed: str) -> list[str]:
        """What any query of the plan may ask of the copy, as far as the lake has it."""
        contract = self.plan.contracts[feed]
        wanted = {"subject_key", "household_key", "event_on", *self.plan.fields_used.get(feed, ())}
        if contract.register_ is not None:
            register = contract.register_
            wanted |= {register.valid_from, register.valid_to or "", register.status or ""}
        if feed in self._ranked_feeds():
            wanted |= {*RANKED, contract.record_group}
        if self.judged:
            wanted |= {"recorded_on", "arrived_at"}
        return sorted(name for name in wanted if name and self.reader.has(feed, name))

    def _ranked_feeds(self) -> set[str]:
        """Feeds whose records are told apart, or of which the latest counts."""
        found = {self.plan.home_feed}
        found |= {self.plan.episodes.feed} if self.plan.episodes else set()
        for leaf in self.plan.leaves():
            if isinstance(leaf, MeasureLeaf) and isinstance(leaf.of, OfField):
                found.add(leaf.of.feed)
        records = (one for one in self.plan.measures.values() if one.per is Per.RECORD)
        return found | {measure.feed for measure in records}

    # rows

    def _copy(self, feed: str) -> exp.Select:
        subject = self.reader.subject(feed)
        rows = self.reader.visible(feed)
        owned = self.plan.contracts[feed].subject is not None
        if owned:
            same = eq(col("n", "subject_key"), subject)
            rows = rows.join(table("near_people", "n"), on=same, copy=False)
        else:
            same = eq(col("n", "household_key"), self.reader.field(feed, "household_key"))
            rows = rows.join(table("near_houses", "n"), on=same, copy=False)
        names = [name for name in self.columns(feed) if name != "subject_key"]
        rows = rows.select(
            named(subject, "subject_key"),
            *(named(self.reader.field(feed, name), name) for name in names),
            copy=False,
        )
        if feed == self.plan.home_feed:
            together = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[subject])
            rows = rows.select(named(eq(together, literal(1)), "alone"), copy=False)
        return self._with_end(rows, feed) if self.judged else rows

    def _with_end(self, rows: exp.Select, feed: str) -> exp.Select:
        """When each row was superseded: on a recording day, or at an arrival."""
        if feed not in self.corrected:
            empty = (named(exp.cast(exp.null(), kind), name) for name, kind in GONE.items())
            return rows.select(*empty, copy=False)
        same = [
            eq(col("x", name), self.reader.field(feed, name)) for name in (RECORD_ID, "version")
        ]
        rows = rows.join(table(withdrawn(feed), "x"), on=both(same), join_type="left", copy=False)
        return rows.select(*(col("x", name) for name in GONE), copy=False)

    # people

    def _homes(self, wanted: str, owners: str, key: str) -> exp.Select:
        """The persons or households that an entry of the home register joins with the owners."""
        feed = self.plan.home_feed
        fields = {
            "subject_key": self.reader.subject(feed),
            "household_key": self.reader.field(feed, "household_key"),
        }
        return (
            self.reader.visible(feed)
            .select(named(fields[wanted], wanted), copy=False)
            .distinct(copy=False)
            .join(table(owners, "o"), on=eq(col("o", key), fields[key]), copy=False)
            .where(no(is_null(fields[wanted])), copy=False)
        )

    def _either(self, one: str, two: str) -> exp.Union:
        return exp.Union(this=_all_of(one), expression=_all_of(two), distinct=True)

    def _lived(self) -> exp.Select:
        """Every household a person may ever count to."""
        query = exp.Select().select(col("r", "subject_key"), copy=False)
        if not self.plan.needs_household:
            nowhere = named(exp.cast(exp.null(), "BIGINT"), "household_key")
            query = query.select(nowhere, copy=False).from_(table("chance", "r"), copy=False)
            return query.where(exp.false(), copy=False)
        query = query.select(col("r", "household_key"), copy=False).distinct(copy=False)
        return query.from_(table(near(self.plan.home_feed), "r"), copy=False).where(
            no(is_null(col("r", "household_key"))), copy=False
        )

    def _buckets(self) -> exp.Select:
        """Those who may hit, dealt out so that households mostly stay together."""
        household = exp.Min(this=col("l", "household_key"))
        owner = exp.Coalesce(this=household, expressions=[col("p", "subject_key")])
        dealt = exp.Mod(this=exp.func("hash", owner), expression=literal(BUCKETS))
        same = eq(col("l", "subject_key"), col("p", "subject_key"))
        return (
            exp.Select()
            .select(col("p", "subject_key"), named(exp.cast(dealt, "INT"), "bucket"), copy=False)
            .from_(table("chance", "p"), copy=False)
            .join(table("lived", "l"), on=same, join_type="left", copy=False)
            .where(no(is_null(col("p", "subject_key"))), copy=False)
            .group_by(col("p", "subject_key"), copy=False)
        )


@dataclass(frozen=True, slots=True)
class CellTables:
    """Writes which person has to be judged at which moment, as cells (point, subject_key)."""

    plan: Plan
    reader: NearRows

    def changing(self, turns: Sequence[Turn], first: int) -> Iterator[Made]:
        """`cell`: the first moment, and each at which a row can begin or cease to count."""
        own = [turn for turn in turns if self._owned(turn)]
        parts = [self._turned(some, "subject_key") for some in _by_column(own)]
        shared = [turn for turn in own if turn.shared and self.plan.needs_household]
        houses = [turn for turn in turns if not self._owned(turn)]
        moved = [self._of_houses(self._turned(some, "subject_key")) for some in _by_column(shared)]
        moved += [self._turned(some, "household_key") for some in _by_column(houses)]
        if moved:
            yield "house_turn", _distinct(moved, ("household_key", "point"))
            parts.append(self._of_members())
        parts = [self._dealt(part) for part in (*parts, self._at(first))]
        yield "cell", _distinct(parts, ("subject_key", "point", "bucket"))

    def wanted(self, low: int, high: int, *, dense: bool) -> exp.Select:
        """The cells of the buckets from `low` to under `high`; all there can be where `dense`."""
        columns = (col("q" if dense else "b", "point"), col("b", "subject_key"))
        cells = exp.Select().select(*columns, copy=False)
        cells = cells.from_(table("bucket" if dense else "cell", "b"), copy=False)
        if dense:
            cells = cells.join(table(MOMENTS, "q"), join_type="cross", copy=False)
        bucket = col("b", "bucket")
        return cells.where(exp.GTE(this=bucket, expression=literal(low)), copy=False).where(
            exp.LT(this=bucket, expression=literal(high)), copy=False
        )

    def _owned(self, turn: Turn) -> bool:
        return self.plan.contracts[turn.feed].subject is not None

    def _turned(self, turns: Sequence[Turn], key: str) -> exp.Select:
        """Owner and moment of every row whose column a clock passes."""
        feed, column = turns[0].feed, turns[0].column
        value = self.reader.field(feed, column)
        day = exp.cast(value, "DATE") if turns[0].instant else value
        clocks = sorted({turn.crossing for turn in turns})
        same = [
            eq(col("x", "day"), day),
            exp.In(this=col("x", "clock"), expressions=[literal(clock) for clock in clocks]),
        ]
        rows = exp.Select().select(col("r", key), col("x", "point"), copy=False)
        rows = rows.from_(table(near(feed), "r"), copy=False)
        return rows.join(table("crossing", "x"), on=both(same), copy=False)

    def _dealt(self, turned: exp.Select) -> exp.Select:
        """Those of them who may hit, with their buckets."""
        columns = [col("t", "subject_key"), col("t", "point"), col("b", "bucket")]
        same = eq(col("t", "subject_key"), col("b", "subject_key"))
        cells = exp.Select().select(*columns, copy=False)
        cells = cells.from_(turned.subquery("t", copy=False), copy=False)
        return cells.join(table("bucket", "b"), on=same, copy=False)

    def _of_houses(self, turned: exp.Select) -> exp.Select:
        same = eq(col("l", "subject_key"), col("m", "subject_key"))
        rows = exp.Select().select(col("l", "household_key"), col("m", "point"), copy=False)
        rows = rows.from_(turned.subquery("m", copy=False), copy=False)
        return rows.join(table("lived", "l"), on=same, copy=False)

    def _of_members(self) -> exp.Select:
        same = eq(col("l", "household_key"), col("h", "household_key"))
        rows = exp.Select().select(col("l", "subject_key"), col("h", "point"), copy=False)
        rows = rows.from_(table("house_turn", "h"), copy=False)
        return rows.join(table("lived", "l"), on=same, copy=False)

    def _at(self, point: int) -> exp.Select:
        rows = exp.Select().select(col("c", "subject_key"), copy=False)
        rows = rows.select(named(exp.cast(literal(point), "INT"), "point"), copy=False)
        return rows.from_(table("chance", "c"), copy=False)


def _all_of(name: str) -> exp.Select:
    query = exp.Select().select(col("a", "subject_key"), copy=False)
    return query.from_(table(name, "a"), copy=False)


def _distinct(parts: Sequence[exp.Select], names: Sequence[str]) -> exp.Select:
    union: exp.Query = parts[0]
    for part in parts[1:]:
        union = exp.Union(this=union, expression=part, distinct=False)
    columns: list[Sql] = [col("d", name) for name in names]
    query = exp.Select().select(*columns, copy=False).distinct(copy=False)
    return query.from_(union.subquery("d", copy=False), copy=False)


def _by_column(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Turns of one column are looked up in one reading."""
    found: dict[tuple[str, str, bool], list[Turn]] = {}
    for turn in turns:
        found.setdefault((turn.feed, turn.column, turn.instant), []).append(turn)
    return list(found.values())
