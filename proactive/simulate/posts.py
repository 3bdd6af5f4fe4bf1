"""Who works in the county: coordinators, desks and offices, as the files that bring them in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from proactive.simulate import names, numbers
from proactive.simulate.draws import Chance
from proactive.simulate.people import People, coordinator_phone
from proactive.simulate.places import County

VACANT_EVERY = 17  # about one village in seventeen has nobody at the moment
AWAY_EVERY = 11
CAPACITY_PER_WEEK = 6
OFFICES = (
    ("medical_insurance", "医疗保障局"),
    ("civil_affairs", "民政局"),
    ("disabled_federation", "残疾人联合会"),
    ("health", "卫生健康局"),
    ("public_security", "公安局"),
    ("human_resources", "人力资源和社会保障局"),
    ("market_regulation", "市场监督管理局"),
    ("development_reform", "发展和改革局"),
    ("charity", "慈善总会"),
    ("care_centre", "困难残疾人集中供养中心"),
    ("education", "教育和体育局"),
    ("tax", "税务局"),
)
TOWN_OFFICES = (
    ("civil_affairs", "民政办"),
    ("public_security", "派出所"),
    ("health", "卫生院"),
)


@dataclass(frozen=True, slots=True)
class Post:
    """One row of the posts file; `holder_number` is the holder's own citizen number."""

    code: str
    kind: str
    area_code: str
    name: str
    login: str
    holder: str
    holder_phone: str = ""
    holder_number: str = ""
    public_phone: str = ""
    stand_in_login: str = ""
    stand_in: str = ""
    absent: tuple[str, str] = ("", "")
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """One row of the offices file."""

    code: str
    kind: str
    name: str
    area_code: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Posts:
    """All posts and offices; `covered` are the villages with a coordinator who is there now.

    `relatives` pairs a post with the citizen number of somebody it may not visit.
    """

    posts: tuple[Post, ...]
    offices: tuple[Office, ...]
    covered: tuple[int, ...]
    relatives: tuple[tuple[str, str], ...]
    holders: tuple[int, ...]

    def of_village(self, county: County, village: int) -> Post:
        """Find the coordinator of a covered village."""
        code = county.villages[village].code
        return next(p for p in self.posts if p.kind == "coordinator" and p.area_code == code)


def make_posts(chance: Chance, county: County, people: People) -> Posts:
    """Staff the county: a coordinator in nearly every village, a desk in every town and above.

    A few coordinators are away, with a neighbour standing in for those days.
    """
    staffed = [at for at in range(len(county.villages)) if at % VACANT_EVERY != VACANT_EVERY - 1]
    holders = _holders(people, staffed)
    posts = [
        _coordinator(county, people, at, holder, chance.as_of) for at, holder in holders.items()
    ]
    return Posts(
        posts=(*_with_stand_ins(county, holders, posts), *_desks(chance, county)),
        offices=_offices(county),
        covered=tuple(at for at in holders if not _is_away(at)),
        relatives=tuple(_relatives(county, people, holders)),
        holders=tuple(holders.values()),
    )


def _is_away(village: int) -> bool:
    return village % AWAY_EVERY == AWAY_EVERY - 2


def _holders(people: People, villages: list[int]) -> dict[int, int]:
    """Choose a grown resident as coordinator of each village; villages without one stay out."""
    fit = np.isnat(people.died) & (people.age >= 28) & (people.age <= 60)
    chosen = {}
    for at in villages:
        found = np.flatnonzero(fit & (people.living == at))
        if len(found):
            chosen[at] = int(found[0])
    return chosen


def _coordinator(county: County, people: People, at: int, holder: int, as_of: date) -> Post:
    village = county.villages[at]
    away = (as_of - timedelta(days=2), as_of + timedelta(days=12))
    return Post(
        code=f"P-{village.code}",
        kind="coordinator",
        area_code=village.code,
        name=f"{village.name}民政协理员",
        login=f"c{at + 1:03d}",
        holder=people.name[holder],
        holder_phone=coordinator_phone(at),
        holder_number=people.number[holder],
        public_phone=numbers.landline(3000 + at),
        absent=(f"{away[0]}", f"{away[1]}") if _is_away(at) else ("", ""),
        capacity=CAPACITY_PER_WEEK,
    )


def _with_stand_ins(county: County, holders: dict[int, int], posts: list[Post]) -> list[Post]:
    """Name a coordinator of the same town as stand-in of everybody who is away."""
    by_village = dict(zip(holders, posts, strict=True))
    told = []
    for at, post in by_village.items():
        mates = [
            other
            for other in holders
            if county.town_of[other] == county.town_of[at] and not _is_away(other)
        ]
        mate = by_village[mates[0]] if mates and _is_away(at) else None
        told.append(
            replace(post, stand_in_login=mate.login, stand_in=mate.holder) if mate else post
        )
    return told


def _relatives(
    county: County, people: People, holders: dict[int, int]
) -> Iterator[tuple[str, str]]:
    for at, holder in holders.items():
        for mate in np.flatnonzero(people.household == people.household[holder]).tolist():
            if mate != holder:
                yield f"P-{county.villages[at].code}", people.number[mate]


def _desks(chance: Chance, county: County) -> list[Post]:
    rng = chance.part("desks")
    count = len(county.towns) + 3
    holders = names.people_names(rng, names.surnames(rng, count), rng.random(count) < 0.5)
    county_holder, county_second, enterprise_holder = holders[-3:]
    desks = [
        Post(
            code=f"P-{town.code}",
            kind="town_desk",
            area_code=town.code,
            name=f"{town.name}社会救助窗口",
            login=f"t{at + 1:02d}",
            holder=holders[at],
            public_phone=numbers.landline(1000 + at),
        )
        for at, town in enumerate(county.towns)
    ]
    return [
        *desks,
        Post(
            code="P-county",
            kind="county_desk",
            area_code=county.county.code,
            name=f"{county.name}社会救助服务中心",
            login="county",
            holder=county_holder,
            public_phone=numbers.landline(10),
            stand_in_login="county2",
            stand_in=county_second,
        ),
        Post(
            code="P-enterprise",
            kind="enterprise_desk",
            area_code=county.county.code,
            name=f"{county.name}企业服务专窗",
            login="enterprise",
            holder=enterprise_holder,
            public_phone=numbers.landline(11),
        ),
    ]


def _offices(county: County) -> tuple[Office, ...]:
    rows = [
        Office(
            code=f"O-{kind}",
            kind=kind,
            name=f"{county.name}{title}",
            area_code=county.county.code,
            phone=numbers.landline(100 + at),
            address=f"{county.name}政务服务中心{at + 1}号窗口",
        )
        for at, (kind, title) in enumerate(OFFICES)
    ]
    rows += [
        Office(
            code=f"O-{kind}-{town.code}",
            kind=kind,
            name=f"{town.name}{title}",
            area_code=town.code,
            phone=numbers.landline(2000 + 10 * at + which),
            address=f"{town.name}便民服务中心",
        )
        for at, town in enumerate(county.towns)
        for which, (kind, title) in enumerate(TOWN_OFFICES)
    ]
    return tuple(rows)
