"""Who is in question: homes, members of households, the single records."""

from dataclasses import dataclass

from sqlglot import exp

from proactive.rules.nodes import (
    RECORD_ID,
    Plan,
)
from proactive.rules.rows_sql import RowReader
from proactive.rules.sql import (
    Sql,
    both,
    col,
    eq,
    is_null,
    literal,
    named,
    no,
    table,
)


@dataclass(frozen=True, slots=True)
class PeopleTables:
    """Writes the tables about persons, households and records."""

    plan: Plan
    reader: RowReader

    # who and where

    def distinct(self, source: str, key: str) -> exp.Select:
        query = (
            exp.Select()
            .select(*self.reader.moment("d"), col("d", key), copy=False)
            .distinct(copy=False)
            .from_(table(source, "d"), copy=False)
        )
        return query.where(no(is_null(col("d", key))), copy=False)

    def homes(self, owners: str | None) -> exp.Select | exp.Union:
        """Each person's one entry of the home register on the as-of day: household and area."""
        if owners is None:
            return self._latest_home(self._home_rows())
        alone = self.reader.alone(self.plan.home_feed)
        if alone is None:
            return self._latest_home(self._homes_of(table(owners, "o")))
        single = self._homes_of(table(owners, "o")).where(alone, copy=False)
        several = self._homes_of(table(owners, "o")).where(no(alone), copy=False)
        return _together(single.select(*self._home("o"), copy=False), self._latest_home(several))

    def _homes_of(self, owners: Sql) -> exp.Select:
        same = eq(col("o", "subject_key"), self.reader.subject(self.plan.home_feed))
        rows = self._home_rows().join(owners, on=same, copy=False)
        return self.reader.seen_from(rows, "o")

    def _home_rows(self) -> exp.Select:
        feed = self.plan.home_feed
        rows = self.reader.visible(feed)
        return rows.where(self.reader.holding(feed).t, copy=False).where(
            no(is_null(self.reader.subject(feed))), copy=False
        )

    def _home(self, owner: str) -> list[Sql]:
        feed = self.plan.home_feed
        return [
            *self.reader.moment(owner),
            named(self.reader.subject(feed), "subject_key"),
            named(self.reader.field(feed, "household_key"), "household_key"),
            named(self.reader.field(feed, "area"), "area"),
        ]

    def _latest_home(self, rows: exp.Select) -> exp.Select:
        feed = self.plan.home_feed
        register = self.plan.contracts[feed].register_
        begun = register.valid_from if register else "event_on"
        order = [
            exp.Ordered(this=self.reader.field(feed, name), desc=True, nulls_first=False)
            for name in (begun, "recorded_on", "version", RECORD_ID)
        ]
        subject = self.reader.subject(feed)
        rank = exp.Window(
            this=exp.RowNumber(),
            partition_by=[*self.reader.moment("o"), subject],
            order=exp.Order(expressions=order),
        )
        ranked = rows.select(*self._home("o"), named(rank, "place"), copy=False)
        latest = (
            exp.Select()
            .from_(ranked.subquery("ranked", copy=False), copy=False)
            .where(eq(col("ranked", "place"), literal(1)), copy=False)
        )
        return latest.select(
            *self.reader.moment("ranked"),
            *(col("ranked", name) for name in ("subject_key", "household_key", "area")),
            copy=False,
        )

    def members(self) -> exp.Select | exp.Union:
        """Everybody whose household on the as-of day is one of those in question."""
        alone = self.reader.alone(self.plan.home_feed)
        if alone is None:
            return self._latest_members(self._in_houses())
        single = self._in_houses().where(alone, copy=False)
        several = self._in_houses().where(no(alone), copy=False)
        return _together(single.select(*self._home("k"), copy=False), self._latest_members(several))

    def _in_houses(self) -> exp.Select:
        """The entries that hold and name one of the households in question."""
        feed = self.plan.home_feed
        same = eq(col("k", "household_key"), self.reader.field(feed, "household_key"))
        rows = self._home_rows().join(table("houses", "k"), on=same, copy=False)
        return self.reader.seen_from(rows, "k")

    def _latest_members(self, perhaps: exp.Select) -> exp.Select:
        """Those of them whose one entry it is."""
        subject = named(self.reader.subject(self.plan.home_feed), "subject_key")
        perhaps = perhaps.select(*self.reader.moment("k"), subject, copy=False).distinct(copy=False)
        homes = self._latest_home(self._homes_of(perhaps.subquery("o", copy=False)))
        same_house = [eq(col("k", "household_key"), col("ranked", "household_key"))]
        same_house += self.reader.same_moment("k", "ranked")
        return homes.join(table("houses", "k"), on=both(same_house), copy=False)

    # single records

    def records(self) -> exp.Select:
        """The one visible row of each record in question."""
        feed = self.plan.episodes.feed if self.plan.episodes else ""
        subject = self.reader.subject(feed)
        names = self.plan.fields_used.get(feed, ())
        order = [
            exp.Ordered(this=self.reader.field(feed, name), desc=True, nulls_first=False)
            for name in ("version", "recorded_on")
        ]
        rank = exp.Window(
            this=exp.RowNumber(),
            partition_by=[
                *self.reader.moment("u"),
                subject,
                self.reader.field(feed, RECORD_ID),
            ],
            order=exp.Order(expressions=order),
        )
        same = both(
            [
                eq(col("u", "subject_key"), subject),
                eq(col("u", "episode"), self.reader.field(feed, RECORD_ID)),
            ]
        )
        rows = (
            self.reader.visible(feed)
            .join(table("universe", "u"), on=same, copy=False)
            .where(self.reader.not_after(feed), copy=False)
            .select(
                *self.reader.moment("u"),
                named(subject, "subject_key"),
                named(self.reader.field(feed, RECORD_ID), "episode"),
                named(self.reader.field(feed, "area"), "area"),
                named(self.reader.field(feed, "version"), "version"),
                *(named(self.reader.field(feed, name), f"f_{name}") for name in names),
                named(rank, "place"),
                copy=False,
            )
        )
        rows = self.reader.seen_from(rows, "u")
        return (
            exp.Select()
            .select(exp.Star(), copy=False)
            .from_(rows.subquery("ranked", copy=False), copy=False)
            .where(eq(col("ranked", "place"), literal(1)), copy=False)
        )


def _together(one: exp.Select, two: exp.Select) -> exp.Union:
    return exp.Union(this=one, expression=two, distinct=False)
