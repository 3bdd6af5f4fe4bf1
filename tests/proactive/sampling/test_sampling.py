"""Sample visits on a real lake: drawn by lot under the line, bounded, and nobody twice."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text

from proactive.cases.store import case, case_event
from proactive.handlers import learning
from proactive.kernel.work import Work
from proactive.outcomes.sampling import A_YEAR, get_look, look_below
from proactive.outcomes.store import outcome, sample_round
from proactive.rules.check import check_rule
from proactive.rules.reading import RuleRefused
from proactive.scans.service import get_ready, look
from proactive.scans.store import hit, scan_run
from tests.proactive.tuning.conftest import RULE, SETUP, TRIGGER, County
from tests.proactive.tuning.conftest import county as county
from tests.proactive.tuning.conftest import filled as filled
from tests.switching import switch_on

SHIPPED = "sample: {share: 0.02, down_to: 0.8, per_run: 2}"
MANY = RULE.replace(SHIPPED, "sample: {share: 0.5, down_to: 0.4, per_run: 3}")


@contextmanager
def seen(county: County) -> Iterator[Work]:
    with county.platform.work(SETUP) as work:
        yield work


def round_of(county: County, run_id: UUID) -> Row[Any]:
    with seen(county) as work:
        query = select(sample_round).where(sample_round.c.run_id == run_id)
        return work.db.execute(query).one()


def samples(county: County) -> list[Row[Any]]:
    with seen(county) as work:
        return list(work.db.execute(select(hit).where(hit.c.sample).order_by(hit.c.created_at)))


def without_earlier_samples(county: County) -> None:
    """Forget what the county's first scans drew, so that a test counts its own."""
    with seen(county) as work:
        work.db.execute(text("DELETE FROM sample_round"))
        work.db.execute(text("UPDATE hit SET sample = false"))
        work.db.execute(text('UPDATE "case" SET sample = false'))


@pytest.fixture
def wide(county: County) -> County:
    """The county with a version live whose sample is large enough to look at."""
    assert SHIPPED in RULE
    without_earlier_samples(county)
    switch_on(county.platform, MANY)
    return county


def test_a_few_just_under_the_line_are_raised_and_marked(wide: County) -> None:
    run_id = wide.scan()

    made = round_of(wide, run_id)
    rows = samples(wide)
    assert made.raised == len(rows) == 3
    assert made.just_under == sum(made.bands.values()) >= made.chosen >= 3
    with seen(wide) as work:
        cases = work.db.execute(select(case).where(case.c.sample)).all()
        found = work.db.execute(select(outcome).where(outcome.c.sample)).all()
    assert {row.subject_key for row in cases} == {row.subject_key for row in rows}
    assert {row.state for row in cases} == {"assigned"}
    assert all(Decimal("0.4") <= row.margin < 1 for row in found)
    assert len(found) == 3
    assert {row.parameters["oop_threshold"]["value"] for row in rows} <= {"26000", "10000"}


def test_those_under_the_line_meet_everything_else_and_are_no_hits(wide: County) -> None:
    run_id = wide.scan()
    with seen(wide) as work:
        work.db.execute(text("DELETE FROM sample_round"))
        under = get_look(work, run_id, wide.platform.lake, wide.platform.contracts)
        work.db.execute(scan_run.update().where(scan_run.c.id == run_id).values(state="waiting"))
        ready = get_ready(work, run_id, wide.platform.lake, wide.platform.contracts)
    assert under is not None
    assert ready is not None

    low = set(look_below(under).hits["subject_key"].to_pylist())
    hits = set(look(ready).hits["subject_key"].to_pylist())

    assert hits < low
    assert {row.subject_key for row in samples(wide)} <= low - hits
    with seen(wide) as work:
        work.db.execute(scan_run.update().where(scan_run.c.id == run_id).values(state="done"))
    learning.sample(wide.platform, str(run_id))
    assert round_of(wide, run_id).just_under == len(low - hits)


def test_the_lot_is_the_same_whoever_draws_it_and_a_step_taken_twice_draws_nobody(
    wide: County,
) -> None:
    run_id = wide.scan()
    first = samples(wide)

    learning.sample(wide.platform, str(run_id))

    assert samples(wide) == first


def test_nobody_is_drawn_twice_in_a_year_and_no_run_draws_more_than_it_may(wide: County) -> None:
    for _ in range(4):
        wide.clock.advance(timedelta(days=1))
        made = round_of(wide, wide.scan())
        assert made.raised <= 3

    drawn = Counter(row.subject_key for row in samples(wide))
    assert len(drawn) > 3
    assert set(drawn.values()) == {1}
    assert timedelta(days=365) == A_YEAR


def test_a_sample_stays_inside_the_rules_cap(county: County) -> None:
    without_earlier_samples(county)
    capped = re.sub(r"cap: \{.*\}", "cap: {per_run: 1}", MANY)
    assert capped != MANY
    switch_on(county.platform, capped)

    made = round_of(county, county.scan())

    with seen(county) as work:
        new = work.db.execute(select(hit).where(hit.c.run_id == made.run_id, ~hit.c.sample)).all()
    assert made.chosen >= 3
    assert made.raised == max(0, 1 - len(new))


def test_a_sample_takes_only_room_that_nobody_else_needs(wide: County) -> None:
    with seen(wide) as work:
        monday = work.today - timedelta(days=work.today.weekday())
        work.db.execute(text("UPDATE post SET capacity_per_week = 1"))
        work.db.execute(
            text(
                "INSERT INTO assignment (case_id, post_id, week, at, why)"
                " SELECT (SELECT id FROM \"case\" LIMIT 1), id, :week, :now, 'route' FROM post"
            ),
            {"week": monday, "now": work.now},
        )

    made = round_of(wide, wide.scan())

    assert (made.raised, samples(wide)) == (0, [])
    assert made.kept_back["no_room"] > 0


BARS = {
    "cool_down": "INSERT INTO cool_down (trigger, subject_key, outcome, case_id)"
    " SELECT :trigger, key, 'not_confirmed', gen_random_uuid() FROM subject",
    "died": "UPDATE subject SET died_on = '2026-01-01' WHERE key IN (SELECT key FROM subject)",
    "no_place": "UPDATE subject SET area_1 = '', area_2 = '', area_3 = '', area_4 = '',"
    " area_5 = ''",
    "drawn_before": "INSERT INTO hit (id, run_id, seen_run_id, trigger, trigger_version_id,"
    " subject_key, episode, as_of, measures, parameters, unknowns, evidence, sample, fate)"
    " SELECT gen_random_uuid(), r.id, r.id, r.trigger, r.trigger_version_id, s.key, 'sample:then',"
    " '2026-03-01', '{}', '{}', '[]', '[]', true, 'raised'"
    " FROM subject AS s, (SELECT * FROM scan_run LIMIT 1) AS r",
}


@pytest.mark.parametrize("why", list(BARS))
def test_whoever_must_be_left_alone_is_not_drawn(wide: County, why: str) -> None:
    with seen(wide) as work:
        statement = text(BARS[why])
        work.db.execute(statement, {"trigger": TRIGGER} if ":trigger" in BARS[why] else {})
    before = len(samples(wide))

    made = round_of(wide, wide.scan())

    assert made.raised == 0
    assert len(samples(wide)) == before
    assert made.kept_back[why] > 0
    assert set(made.kept_back) <= {why, "open_case", "no_room"}
    assert made.chosen >= 3


def test_a_sample_case_hears_nothing_of_signals_that_have_gone(wide: County) -> None:
    wide.scan()
    wide.clock.advance(timedelta(days=1))
    wide.scan()

    with seen(wide) as work:
        gone = work.db.execute(
            select(case_event.c.reason)
            .join(case, case.c.id == case_event.c.case_id)
            .where(case.c.sample, case_event.c.reason == "signal_gone")
        ).all()
        marked = work.db.execute(
            select(case.c.id).where(case.c.sample, case.c.signal_gone_at.is_not(None))
        ).all()
    assert (gone, marked) == ([], [])


def test_the_shipped_rule_draws_at_most_two_in_a_run(county: County) -> None:
    with seen(county) as work:
        rounds = work.db.execute(select(sample_round)).all()

    assert rounds
    assert all(0 <= row.raised <= 2 for row in rounds)


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("{share: 0.6, down_to: 0.8, per_run: 2}", "0.5"),
        ("{share: 0.02, down_to: 1, per_run: 2}", "1"),
        ("{share: 0.02, down_to: 0.8}", "per_run"),
        ("{share: 0.02, down_to: 0.8, per_run: 0}", "1"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused_at_its_place(
    county: County, sample: str, said: str
) -> None:
    with pytest.raises(RuleRefused) as refused:
        check_rule(RULE.replace(SHIPPED, f"sample: {sample}"), county.platform.contracts)

    assert said in str(refused.value)


def test_a_rule_without_a_line_has_nothing_to_look_under(county: County) -> None:
    text_of = county.platform.settings.definitions / "disability_record" / "trigger.yaml"
    rule = text_of.read_text(encoding="utf-8").replace("hit:\n", f"hit:\n  {SHIPPED}\n", 1)

    with pytest.raises(RuleRefused, match="no line to look under"):
        check_rule(rule, county.platform.contracts)
