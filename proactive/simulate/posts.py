"""Who works in the county: coordinators, desks and offices, as the files that bring them in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proactive.simulate import names, numbers
from proactive.simulate.draws import Chance, Ints
from proactive.simulate.people import People, coordinator_phone
from proactive.simulate.places import County

VACANT_EVERY = 17  # about one village in seventeen has nobody at the moment
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
    """One row of the posts file. `relatives` are citizen numbers this post may not visit."""

    code: str
    kind: str
    area_code: str
    name: str
    holder: str
    login: str
    phone: str
    stand_in: str = ""
    capacity: int | None = None
    relatives: tuple[str, ...] = ()


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
    """All posts and offices; `covered` are the villages with a coordinator of their own."""

    posts: tuple[Post, ...]
    offices: tuple[Office, ...]
    covered: tuple[int, ...]

    def of_village(self, county: County, village: int) -> Post:
        """Find the coordinator of a covered village."""
        code = county.villages[village].code
        return next(p for p in self.posts if p.kind == "coordinator" and p.area_code == code)


def make_posts(chance: Chance, county: County, people: People) -> Posts:
    """Staff the county: a coordinator in nearly every village, a desk in every town and above."""
    covered = tuple(
        at for at in range(len(county.villages)) if at % VACANT_EVERY != VACANT_EVERY - 1
    )
    return Posts(
        posts=(*_coordinators(county, people, covered), *_desks(chance, county)),
        offices=_offices(county),
        covered=covered,
    )


def _coordinators(county: County, people: People, covered: tuple[int, ...]) -> list[Post]:
    fit = np.isnat(people.died) & (people.age >= 28) & (people.age <= 60)
    login = {at: f"c{at + 1:03d}" for at in covered}
    posts = []
    for at in covered:
        holder = _first(np.flatnonzero(fit & (people.living == at)))
        town = county.town_of[at]
        mates = [other for other in covered if county.town_of[other] == town and other != at]
        stand_in = next((other for other in mates if other > at), mates[0] if mates else None)
        family = () if holder is None else _family(people, holder)
        posts.append(
            Post(
                code=f"P-{county.villages[at].code}",
                kind="coordinator",
                area_code=county.villages[at].code,
                name=f"{county.villages[at].name}民政协理员",
                holder="待定" if holder is None else people.name[holder],
                login=login[at],
                phone=coordinator_phone(at),
                stand_in="" if stand_in is None else login[stand_in],
                capacity=CAPACITY_PER_WEEK,
                relatives=family,
            )
        )
    return posts


def _first(found: Ints) -> int | None:
    return int(found[0]) if len(found) else None


def _family(people: People, holder: int) -> tuple[str, ...]:
    mates = np.flatnonzero(people.household == people.household[holder])
    return tuple(people.number[at] for at in mates.tolist() if at != holder)


def _desks(chance: Chance, county: County) -> list[Post]:
    rng = chance.part("desks")
    count = len(county.towns) + 3
    holders = names.people_names(rng, names.surnames(rng, count), rng.random(count) < 0.5)
    town_logins = [f"t{at + 1:02d}" for at in range(len(county.towns))]
    desks = [
        Post(
            code=f"P-{town.code}",
            kind="town_desk",
            area_code=town.code,
            name=f"{town.name}社会救助窗口",
            holder=holders[at],
            login=town_logins[at],
            phone=numbers.landline(1000 + at),
            stand_in=town_logins[at + 1] if at + 1 < len(town_logins) else "county",
        )
        for at, town in enumerate(county.towns)
    ]
    for extra, (kind, login, title, stand_in) in enumerate(
        (
            ("county_desk", "county", "社会救助服务中心", "county2"),
            ("county_desk", "county2", "社会救助服务中心二科", "county"),
            ("enterprise_desk", "enterprise", "企业服务专窗", "county"),
        )
    ):
        desks.append(
            Post(
                code=f"P-{county.county.code}-{login}",
                kind=kind,
                area_code=county.county.code,
                name=f"{county.name}{title}",
                holder=holders[len(county.towns) + extra],
                login=login,
                phone=numbers.landline(10 + extra),
                stand_in=stand_in,
            )
        )
    return desks


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
