"""How busy posts would get: who covers which homes, against what they can take in a week."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from uuid import UUID

from sqlalchemy import select

from proactive.kernel.db import AreaPath
from proactive.kernel.work import Work
from proactive.routing.board import read_posts
from proactive.routing.model import RANK, START_RANK, Post, PostKind, field_kind
from proactive.routing.store import post
from proactive.rules.grammar import Route, TriggerRule
from proactive.tuning.model import guarded, weeks_due


@dataclass(frozen=True, slots=True)
class Crew:
    """The posts of today and what a rule asks of them; `weeks` until its cases are due."""

    posts: Sequence[Post]
    names: Mapping[UUID, str]
    paths: Mapping[str, AreaPath]
    route: str
    organisation: bool
    weeks: int
    teams: dict[AreaPath, list[Post]] = field(default_factory=dict)

    @property
    def field(self) -> list[Post]:
        """The posts that would visit."""
        kind = field_kind(self.route, organisation=self.organisation)
        return [one for one in self.posts if one.kind is kind]

    @property
    def capacity(self) -> int:
        """What the posts in the field with a stated capacity can take in a week."""
        return sum(one.capacity or 0 for one in self.field)

    def shares(self, people: Mapping[AreaPath, int]) -> dict[UUID, int]:
        """Return post → how many would come to it; those with no post at all are left out.

        As routing deals cases: innermost covering post, staffed ones only, evenly among several,
        the desks above where there is none.
        """
        dealt: dict[UUID, int] = defaultdict(int)
        for path, count in sorted(people.items()):
            team = self._team(path)
            for place, one in enumerate(team):
                dealt[one.id] += count // len(team) + (place < count % len(team))
        return {post_id: count for post_id, count in dealt.items() if count}

    def _team(self, path: AreaPath) -> list[Post]:
        """Return who covers a home, the least loaded first; found once for each home."""
        if path not in self.teams:
            able = self._able(path)
            self.teams[path] = sorted(able, key=lambda one: (one.load, one.code))
        return self.teams[path]

    def _able(self, path: AreaPath) -> list[Post]:
        first = START_RANK.get(self.route, 0)
        kinds = [] if first else [field_kind(self.route, organisation=self.organisation)]
        kinds += [k for k in (PostKind.TOWN_DESK, PostKind.COUNTY_DESK) if RANK[k] >= first]
        for kind in kinds:
            for code in reversed([part for part in path if part]):
                found = [p for p in self.posts if p.kind is kind and p.area_code == code]
                able = [p for p in found if p.staffed]
                if able:
                    return able
        return []

    def is_over(self, one: Post, added: int) -> bool:
        """Would the post's open cases with these be more than it can do before they are due?"""
        return one.capacity is not None and one.load + added > one.capacity * self.weeks

    def over(self, people: Mapping[AreaPath, int]) -> int:
        """Return how many posts in the field these people would bring over their capacity."""
        dealt = self.shares(people)
        return sum(self.is_over(one, dealt.get(one.id, 0)) for one in self.field)


def read_crew(work: Work, rule: TriggerRule, areas: Mapping[str, Sequence[str]]) -> Crew:
    """Return today's posts as a rule's cases would meet them."""
    today: date = work.today
    names = {row.id: row.name for row in work.db.execute(select(post.c.id, post.c.name))}
    return Crew(
        posts=read_posts(work.db, today),
        names=names,
        paths={code: as_path(path) for code, path in areas.items()},
        route="" if rule.hit.route is Route.COORDINATOR else str(rule.hit.route),
        organisation=rule.subject == "organisation",
        weeks=weeks_due(rule.hit.due_in.working_days),
    )


def as_path(path: Sequence[str]) -> AreaPath:
    """Return a path of five codes, '' where it is not known that deep."""
    a, b, c, d, e = (*path, "", "", "", "", "")[:5]
    return a, b, c, d, e


def forecast(crew: Crew, people: Mapping[AreaPath, int]) -> list[dict[str, object]]:
    """Return what each post would carry, as JSON: the posts in the field, and whoever gets some.

    `added` is None for one to four people where the post covers no more than a village.
    """
    dealt = crew.shares(people)
    told = _told(crew, dealt)
    field = {one.id for one in crew.field}
    rows: list[dict[str, object]] = [
        {
            "code": one.code,
            "name": crew.names.get(one.id, one.code),
            "kind": str(one.kind),
            "area": one.area_code,
            "capacity": one.capacity,
            "open": one.load,
            "added": told.get(one.id, 0),
            "weeks": ceil((one.load + dealt.get(one.id, 0)) / one.capacity)
            if one.capacity
            else None,
            "over": crew.is_over(one, dealt.get(one.id, 0)),
        }
        for one in crew.posts
        if one.id in field or dealt.get(one.id)
    ]
    return sorted(rows, key=lambda row: (not row["over"], str(row["area"]), str(row["code"])))


def _told(crew: Crew, dealt: Mapping[UUID, int]) -> dict[UUID, int | None]:
    """The shares with small ones hidden, town by town."""
    towns: dict[str, dict[str, int]] = defaultdict(dict)
    by_id = {one.id: one for one in crew.posts}
    for post_id, count in dealt.items():
        path = crew.paths.get(by_id[post_id].area_code, ("",) * 5)
        towns[path[3]][str(post_id)] = count
    return {
        UUID(name): count for counts in towns.values() for name, count in guarded(counts).items()
    }
