"""What a trial stands on: the rule, the pinned files, the places; read once in a short work."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from proactive.areas.queries import all_paths
from proactive.feeds.contracts import Contracts
from proactive.feeds.lake import FeedView, Lake
from proactive.feeds.store import feed_state
from proactive.feeds.views import feed_views, head_of, stale_feeds
from proactive.kernel.work import Work
from proactive.people.vault import aliases_table
from proactive.rules.nodes import Plan
from proactive.rules.service import plan_of

OpenWork = Callable[[], AbstractContextManager[Work]]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trials are run: short works in the machine's name, the lake, the contracts.

    `fewest_drawn`: with fewer people drawn by lot the whole is counted as quickly, and the lot
    would say little.
    """

    work: OpenWork
    lake: Lake
    contracts: Contracts
    fewest_drawn: int = 500


@dataclass(frozen=True, slots=True)
class Ground:
    """A version ready to be tried.

    `areas`: code → path, outermost first. `stale`: feeds silent for too long; `never`: feeds
    that have not come at all. `heads` are the pinned versions of the files.
    """

    plan: Plan
    views: Mapping[str, FeedView]
    areas: Mapping[str, Sequence[str]]
    aliases: Any
    stale: tuple[str, ...]
    never: tuple[str, ...]
    heads: Mapping[str, int | None]

    @property
    def stops_scan(self) -> tuple[str, ...]:
        """The silent feeds over which a scan stops itself, as they could take somebody out."""
        silent = (*self.stale, *self.never)
        return tuple(feed for feed in silent if feed in self.plan.exclusion_feeds)


def read_ground(
    work: Work,
    lake: Lake,
    contracts: Contracts,
    version_id: UUID,
    *,
    on: date,
    heads: Mapping[str, int | None] | None = None,
) -> Ground:
    """Read what trying a version needs, the home register always; `heads` pins an earlier state."""
    plan = plan_of(work, version_id, contracts)
    if plan.home_feed in contracts:
        plan = replace(plan, located=True)
    pinned = {feed: (heads or {}).get(feed, head_of(work, feed)) for feed in sorted(plan.feeds)}
    views = feed_views(work, lake, sorted(plan.feeds), contracts)
    came = set(
        work.db.execute(
            select(feed_state.c.feed).where(feed_state.c.last_delivery_at.is_not(None))
        ).scalars()
    )
    silent = [feed for feed in stale_feeds(work, contracts) if feed in plan.feeds]
    return Ground(
        plan=plan,
        views={
            feed: replace(view, files=lake.files(feed, pinned[feed]))
            if heads and feed in heads
            else view
            for feed, view in views.items()
        },
        areas=all_paths(work.db, on=on),
        aliases=aliases_table(work),
        stale=tuple(feed for feed in silent if feed in came),
        never=tuple(feed for feed in silent if feed not in came),
        heads=pinned,
    )


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last moment of a day, at which what came on it was known."""
    return datetime.combine(day, time.max, zone)
