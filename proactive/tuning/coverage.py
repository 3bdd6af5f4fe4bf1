"""From which day on a feed's records were known, as far as its deliveries tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from proactive.feeds.store import delivery
from proactive.feeds.words import Kind
from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work
from proactive.rules.nodes import MeasurePlan, Plan, Ref, RegisterLeaf, leaves_of


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the deliveries of one feed say; `since` is None where nothing has come.

    `assumed`: history was loaded at go-live, and where the source gave no recording day the day of
    the event is taken for the day on which it was known.
    """

    feed: str
    since: date | None
    assumed: bool


def coverage(work: Work, plan: Plan, feeds: Iterable[str]) -> list[Coverage]:
    """Return, by name, from when each feed was known.

    An entry of a register counts from its own day on. A record is known from its source's
    recording day; without one, from its arrival; in loaded history, from its event.
    """
    wanted = sorted(feeds)
    found: dict[str, tuple[date, bool]] = {}
    rows = work.db.execute(
        select(
            delivery.c.feed, delivery.c.received_at, delivery.c.history, delivery.c.event_from
        ).where(delivery.c.feed.in_(wanted), delivery.c.state == "applied")
    )
    for row in rows:
        contract = plan.contracts[row.feed]
        since = local_date(row.received_at, work.zone)
        if row.history or contract.recorded_on:
            since = date.min if contract.kind is Kind.REGISTER else (row.event_from or since)
        before, assumed = found.get(row.feed, (since, False))
        found[row.feed] = min(before, since), assumed or row.history
    return [
        Coverage(feed, *found[feed]) if feed in found else Coverage(feed, None, False)
        for feed in wanted
    ]


def bearing_feeds(plan: Plan) -> frozenset[str]:
    """Return the feeds without whose records nobody can be found."""
    feeds = {measure.feed for measure in plan.measures.values()}
    if plan.episodes is not None:
        feeds.add(plan.episodes.feed)
    if feeds:
        return frozenset(feeds)
    leaves = leaves_of(plan.when)
    return frozenset(
        leaf.feed for leaf in leaves if isinstance(leaf, RegisterLeaf) and leaf.positive
    )


def check_covered(work: Work, plan: Plan, first: date) -> None:
    """Refuse a look back at a day before what finds people had been delivered."""
    for one in coverage(work, plan, bearing_feeds(plan)):
        if one.since is None:
            raise Refused(
                "never_delivered",
                "The feed '{feed}' has not been delivered yet.",
                why="Without its records nobody could have been found at any time.",
                todo="Take its first delivery in, then look back.",
                feed=one.feed,
            )
        if one.since > first:
            raise Refused(
                "before_first_delivery",
                "{first} lies before the first records of the feed '{feed}': {since}.",
                why="What was known before that day is not on record, so a count would mislead.",
                todo="Choose {since} or a later day to begin with.",
                first=first.isoformat(),
                feed=one.feed,
                since=one.since.isoformat(),
            )


def whole_from(work: Work, plan: Plan) -> date | None:
    """Return the first day whose windows lie wholly within what was delivered, if one is known."""
    known = {one.feed: one.since for one in coverage(work, plan, bearing_feeds(plan))}
    days = [
        add(since, span)
        for measure in plan.measures.values()
        if (since := known.get(measure.feed)) is not None and since > date.min
        for span in _spans(plan, measure)
    ]
    return max(days, default=None)


def _spans(plan: Plan, measure: MeasurePlan) -> list[Period]:
    span = measure.window.span
    if isinstance(span, Ref):
        values = [one.value for one in plan.params[span.name].values]
        return [value for value in values if isinstance(value, Period)]
    return [span] if isinstance(span, Period) else []
