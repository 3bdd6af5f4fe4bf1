"""A desk for organisations works for the whole county, and the database shows it no home there."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.handing import hand_over
from proactive.routing.loading import load_posts
from proactive.routing.queries import narrowed, posts_of
from proactive.routing.reading import PostRow
from tests.web.browsing import COUNTY, SETUP
from tests.web.story import MACHINE, POSTS, Story

SECOND = PostRow("e2", "enterprise_desk", COUNTY, "青禾县企业服务二窗口", "desk2", "周企")
ABOUT_CASES = ("case_event", "case_evidence", "case_hit", "notice", "message", "assignment")


def test_the_database_itself_keeps_the_homes_of_the_county_from_the_enterprise_desk(
    story: Story, platform: Platform
) -> None:
    home, firm = story.raise_case(1), story.raise_case(20, "credit_blemish")
    with platform.work(MACHINE) as work:
        account = story.accounts["desk"]
        posts = posts_of(work.db, account, work.today)
        held = Actor(Role.COORDINATOR, account, areas=(COUNTY,), level=3, posts=posts)
        desk = narrowed(work.db, held)
        rows = {
            table: work.db.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
            for table in ("case_event", "case_evidence", "notice", "message", "subject")
        }
    assert desk.firms_only

    with platform.work(desk) as work:
        seen = work.db.execute(text('SELECT id FROM "case"')).scalars().all()
        subjects = work.db.execute(text("SELECT DISTINCT kind FROM subject")).scalars().all()
        names = text("SELECT count(*) FROM identity WHERE subject_key = 1")
        assert work.db.execute(names).scalar_one() == 0
        for table in ("case_event", "case_evidence", "notice", "message"):
            of_home = text(f'SELECT count(*) FROM "{table}" WHERE case_id = :id')
            assert work.db.execute(of_home, {"id": home}).scalar_one() == 0, table
        moved = text('UPDATE "case" SET due_on = due_on WHERE id = :id')
        assert work.db.execute(moved, {"id": home}).rowcount == 0
        assert work.db.execute(moved, {"id": firm}).rowcount == 1
    assert seen == [firm]
    assert subjects == ["organisation"]
    assert min(rows.values()) > 0
    with pytest.raises(ProgrammingError, match="row-level security"), platform.work(desk) as work:
        note = text(
            "INSERT INTO assignment (case_id, post_id, week, at, why, area_3) VALUES"
            " (:id, :post, date_trunc('week', now()), now(), 'x', :county)"
        )
        work.db.execute(note, {"id": home, "post": posts[0], "county": COUNTY})


def test_the_database_itself_keeps_two_desks_for_firms_of_one_county_apart(
    story: Story, platform: Platform
) -> None:
    """Each sees what lies with its own posts or once did; who holds none sees nothing."""
    case_id = story.raise_case(20, "credit_blemish")
    with platform.work(SETUP) as work:
        load_posts(work, (*POSTS, SECOND))
    with platform.work(MACHINE) as work:
        rows = work.db.execute(text("SELECT code, id, holder_id FROM post WHERE code LIKE 'e%'"))
        posts = {row.code: row for row in rows}
        first, second, nobody = (
            narrowed(
                work.db,
                Actor(Role.COORDINATOR, "desk", areas=(COUNTY,), level=3, posts=held),
            )
            for held in ((str(posts["e1"].id),), (str(posts["e2"].id),), ())
        )

    def seen(actor: Actor) -> dict[str, int]:
        tables = ("case", *ABOUT_CASES, "subject", "identity")
        count = 'SELECT count(*) FROM "{}"'
        with platform.work(actor) as work:
            return {each: work.db.execute(text(count.format(each))).scalar_one() for each in tables}

    whole = seen(first)
    assert (whole["case"], min(whole.values())) == (1, 1)
    assert set(seen(second).values()) == set(seen(nobody).values()) == {0}
    with platform.work(second) as work:
        mine = text('UPDATE "case" SET owner_post_id = :post WHERE id = :id')
        values = {"post": posts["e2"].id, "id": case_id}
        assert work.db.execute(mine, values).rowcount == 0

    with platform.work(first) as work:
        version = work.db.execute(text('SELECT version FROM "case"')).scalar_one()
        reason = "nearer to them"
        hand_over(work, case_id, posts["e2"].id, base_version=version, reason=reason)

    assert seen(second)["case"] == seen(first)["case"] == 1
