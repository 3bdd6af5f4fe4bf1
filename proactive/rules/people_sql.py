"""Who is in question: homes, members of households, the single records."""

from dataclasses import dataclass

from sqlglot import exp

from proactive.rules.nodes import (
    RECORD_ID,
    Plan,
)
from proactive.rules.rows_sql import RowReader
from proactive.rules.sql import (
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
            .select(col("d", key), copy=False)
            .distinct(copy=False)
            .from_(table(source, "d"), copy=False)
        )
        return query.where(no(is_null(col("d", key))), copy=False)

    def homes(self, owners: str | None) -> exp.Select:
        """Each person's one entry of the home register on the as-of day: household and area."""
        return self._latest_home(self._home_rows(owners))

    def _home_rows(self, owners: str | None) -> exp.Select:
        feed = self.plan.home_feed
        rows = self.reader.visible(feed)
        if owners:
            same = eq(col("o", "subject_key"), self.reader.subject(feed))
            rows = rows.join(table(owners, "o"), on=same, copy=False)
        return rows.where(self.reader.holding(feed).t, copy=False).where(
            no(is_null(self.reader.subject(feed))), copy=False
        )

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
            this=exp.RowNumber(), partition_by=[subject], order=exp.Order(expressions=order)
        )
        ranked = rows.select(
            named(subject, "subject_key"),
            named(self.reader.field(feed, "household_key"), "household_key"),
            named(self.reader.field(feed, "area"), "area"),
            named(rank, "place"),
            copy=False,
        )
        latest = (
            exp.Select()
            .from_(ranked.subquery("ranked", copy=False), copy=False)
            .where(eq(col("ranked", "place"), literal(1)), copy=False)
        )
        return latest.select(
            *(col("ranked", name) for name in ("subject_key", "household_key", "area")), copy=False
        )

    def members(self) -> exp.Select:
        """Everybody whose household on the as-of day is one of those in question."""
        feed = self.plan.home_feed
        same = eq(col("k", "household_key"), self.reader.field(feed, "household_key"))
        perhaps = (
            self._home_rows(None)
            .select(named(self.reader.subject(feed), "subject_key"), copy=False)
            .distinct(copy=False)
            .join(table("houses", "k"), on=same, copy=False)
        )
        same = eq(col("o", "subject_key"), self.reader.subject(feed))
        rows = self._home_rows(None).join(perhaps.subquery("o", copy=False), on=same, copy=False)
        homes = self._latest_home(rows)
        same = eq(col("k", "household_key"), col("ranked", "household_key"))
        return homes.join(table("houses", "k"), on=same, copy=False)

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
            partition_by=[subject, self.reader.field(feed, RECORD_ID)],
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
                named(subject, "subject_key"),
                named(self.reader.field(feed, RECORD_ID), "episode"),
                named(self.reader.field(feed, "area"), "area"),
                named(self.reader.field(feed, "version"), "version"),
                *(named(self.reader.field(feed, name), f"f_{name}") for name in names),
                named(rank, "place"),
                copy=False,
            )
        )
        return (
            exp.Select()
            .select(exp.Star(), copy=False)
            .from_(rows.subquery("ranked", copy=False), copy=False)
            .where(eq(col("ranked", "place"), literal(1)), copy=False)
        )
