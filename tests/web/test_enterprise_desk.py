"""A desk for organisations works for the whole county, and the database shows it no home there."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.routing.queries import narrowed, posts_of
from tests.web.browsing import COUNTY
from tests.web.story import MACHINE, Story


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
