"""The county's own set-up files: areas, posts, offices."""

from __future__ import annotations

from pathlib import Path

from proactive.simulate.files import write_rows
from proactive.simulate.places import County
from proactive.simulate.posts import Post, Posts

AREA_TITLES = ("code", "parent", "name", "level", "virtual")
LEVELS = ("", "province", "city", "county", "town", "village")
POST_TITLES = (
    "code", "kind", "area_code", "name", "holder_login", "holder_name", "holder_phone",
    "holder_id_number", "public_phone", "stand_in_login", "stand_in_name", "stand_in_from",
    "stand_in_to", "absent_from", "absent_to", "capacity_per_week",
)  # fmt: skip
OFFICE_TITLES = ("code", "kind", "name", "area_code", "phone", "address")
# The same words as the shipped mapping cn_stats_long, so that the folder stands for itself.
AREA_MAPPING = """\
title: The simulated county, one row per unit
form: long
code: code
parent: parent
name: name
level: level
levels: {province: 1, city: 2, county: 3, town: 4, village: 5}
virtual: virtual
coded: {lengths: [2, 4, 6, 9, 12], pad_to: 12}
"""


def write(folder: Path, county: County, posts: Posts) -> None:
    """Write posts, relatives and offices, and for an invented county areas.csv with its mapping."""
    if county.invented:
        rows = (
            (p.code, p.parent, p.name, LEVELS[p.level], "t" if p.virtual else "f")
            for p in county.rows
        )
        write_rows(folder / "areas.csv", AREA_TITLES, rows)
        (folder / "areas.mapping.yaml").write_text(AREA_MAPPING, encoding="utf-8")
    write_rows(folder / "posts.csv", POST_TITLES, map(_post_row, posts.posts))
    write_rows(folder / "relatives.csv", ("post_code", "id_number"), posts.relatives)
    write_rows(
        folder / "offices.csv",
        OFFICE_TITLES,
        ((o.code, o.kind, o.name, o.area_code, o.phone, o.address) for o in posts.offices),
    )


def _post_row(post: Post) -> tuple[object, ...]:
    days = post.absent if post.stand_in else ("", "")
    return (
        post.code, post.kind, post.area_code, post.name, post.login, post.holder,
        post.holder_phone, post.holder_number, post.public_phone,
        post.stand_in_login, post.stand_in, *days, *post.absent,
        "" if post.capacity is None else post.capacity,
    )  # fmt: skip
