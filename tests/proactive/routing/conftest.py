"""A small county with its posts, and cases to route in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, insert, select, text

from proactive.areas.calendar import refresh_calendar
from proactive.areas.queries import paths_of
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.cases.store import case
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts
from proactive.routing.reading import PostRow

OPERATOR = Actor.operator_on_server("setup")
COUNTY, TOWN, OTHER_TOWN = "371422000000", "371422001000", "371422002000"
EAST, WEST, NORTH, EMPTY = "371422001001", "371422001002", "371422002001", "371422002002"
AREAS = f"""code,parent,name,level,virtual
{COUNTY},371400000000,示例县,county,f
{TOWN},{COUNTY},甲镇,town,f
{OTHER_TOWN},{COUNTY},乙镇,town,f
{EAST},{TOWN},东村委会,village,f
{WEST},{TOWN},西村委会,village,f
{NORTH},{OTHER_TOWN},北村委会,village,f
{EMPTY},{OTHER_TOWN},空村委会,village,f
"""
POSTS = (
    PostRow("c1", "county_desk", COUNTY, "县救助中心", "county", "赵县"),
    PostRow("t1", "town_desk", TOWN, "甲镇便民中心", "town", "钱镇"),
    PostRow("t2", "town_desk", OTHER_TOWN, "乙镇便民中心", "town2", "孙镇"),
    PostRow("e1", "enterprise_desk", COUNTY, "企业服务窗口", "desk", "李企"),
    PostRow("v1", "coordinator", EAST, "", "east", "周东", "13800000001"),
    PostRow("v2", "coordinator", WEST, "", "west", "吴西", capacity_per_week="2"),
    PostRow("v3", "coordinator", NORTH, "", "north", "郑北"),
)


@dataclass
class County:
    """What the tests do with the county: raise cases, look at them, act in somebody's name."""

    platform: Platform
    posts: dict[str, UUID] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def load(self, rows: Sequence[PostRow]) -> Any:
        with self.platform.work(OPERATOR) as work:
            report = load_posts(work, rows)
            found = work.db.execute(text("SELECT id, code, holder_id FROM post")).all()
        self.posts = {row.code: row.id for row in found}
        self.holders = {row.code: row.holder_id for row in found}
        return report

    def raise_cases(self, n: int = 1, *, at: str = EAST, **more: Any) -> list[UUID]:
        """Raise `n` cases of new subjects living at `at` ('' for nowhere known)."""
        path = dict(zip(AREA_COLUMNS, self.paths.get(at, ("", "", "", "", "")), strict=True))
        rows, subjects = [], []
        with self.platform.work(Actor.machine("raise")) as work:
            for _ in range(n):
                self.count += 1
                key = more.get("subject_key", self.count)
                subjects.append(
                    {
                        "key": key,
                        "blind": str(key).encode(),
                        "household": more.get("household_key"),
                        "now": work.now,
                        **path,
                    }
                )
                rows.append(
                    {
                        "id": new_id(),
                        "ref": public_ref(),
                        "kind": "person",
                        "need": "medical_cost_relief",
                        "trigger": "large_medical_bill",
                        "state": "raised",
                        "owner_post_id": self.posts["c1"],
                        "next_step": "route",
                        "due_on": work.today + timedelta(days=12),
                        "raised_at": work.now,
                        "raised_by": "scan",
                        **path,
                        **more,
                        "subject_key": key,
                    }
                )
            work.db.execute(
                text(
                    "INSERT INTO subject (key, kind, scheme, id_cipher, id_blind, household_key,"
                    " created_at, area_1, area_2, area_3, area_4, area_5) VALUES (:key, 'person',"
                    " 'opaque', :blind, :blind, :household, :now, :area_1, :area_2, :area_3,"
                    " :area_4, :area_5) ON CONFLICT (key) DO NOTHING"
                ),
                subjects,
            )
            work.db.execute(insert(case), rows)
        return [row["id"] for row in rows]

    def case(self, case_id: UUID) -> Row[Any]:
        with self.platform.work(Actor.machine("look")) as work:
            return work.db.execute(select(case).where(case.c.id == case_id)).one()

    def owner(self, case_id: UUID) -> str:
        owner = self.case(case_id).owner_post_id
        return next(code for code, post_id in self.posts.items() if post_id == owner)

    def actor(self, code: str) -> Actor:
        """Return whoever holds a post, as his session would."""
        level = {"c": 3, "t": 4, "v": 5, "e": 3}[code[0]]
        role = {"c": Role.COUNTY, "t": Role.TOWN}.get(code[0], Role.COORDINATOR)
        area_of = {"c1": COUNTY, "t1": TOWN, "t2": OTHER_TOWN, "e1": COUNTY}
        villages = {"v1": EAST, "v2": WEST, "v3": NORTH}
        return Actor(
            role,
            self.holders[code],
            ((area_of | villages)[code],),
            level,
            posts=(str(self.posts[code]),),
        )


@pytest.fixture
def county(platform: Platform, tmp_path: Path) -> County:
    file = tmp_path / "areas.csv"
    file.write_text(AREAS, encoding="utf-8")
    with platform.work(OPERATOR) as work:
        load_areas(work, file, "cn_stats_long")
        refresh_calendar(work, "CN", 2026, 2027)
        paths = paths_of(work.db, [COUNTY, TOWN, OTHER_TOWN, EAST, WEST, NORTH, EMPTY])
    made = County(platform, paths=dict(paths))
    made.load(POSTS)
    return made


@pytest.fixture
def row_of() -> Callable[[str], PostRow]:
    return lambda code: next(row for row in POSTS if row.code == code)


TODAY = date(2026, 11, 21)
