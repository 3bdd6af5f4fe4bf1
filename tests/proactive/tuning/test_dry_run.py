"""Dry runs: the figures of a day, what is new among them, and nothing raised."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from proactive.handlers.trying import dry_run_figures, try_now
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.tuning.model import FEW, TrialKind
from proactive.tuning.queries import latest_dry_run
from tests.proactive.tuning.conftest import NOW, OFFICER, SETUP, TRIGGER, County


def dry_run(county: County, version: int, **settings: Any) -> dict[str, Any]:
    trial = try_now(county.platform, OFFICER, TrialKind.DRY_RUN, TRIGGER, version, settings)
    assert trial.result is not None
    return dict(trial.result)


def open_cases(county: County) -> set[int]:
    with county.platform.work(SETUP) as work:
        rows = work.db.execute(text("SELECT subject_key FROM \"case\" WHERE state <> 'closed'"))
        return set(rows.scalars())


def test_a_dry_run_tells_new_from_open_and_raises_nothing(county: County) -> None:
    before, cases = county.raised(), open_cases(county)

    live, wider = dry_run(county, 1), dry_run(county, 2)

    assert county.raised() == before
    assert live["standing"]["open"] == live["subjects"] == len(cases) > 0
    assert live["standing"]["new"] == 0
    assert wider["subjects"] > live["subjects"]
    assert wider["standing"]["open"] == live["subjects"]
    assert wider["standing"]["new"] == wider["subjects"] - live["subjects"]
    assert sum(wider["standing"].values()) == wider["subjects"] == sum(wider["classes"].values())
    assert wider["pending"] == wider["standing"]["new"]  # all of them would wait three days
    assert wider["population"] > 6000


def test_what_raising_would_hold_back_is_told_apart(county: County) -> None:
    """The same people, put off, under cool-down, and closed: none of them would be new."""
    with county.platform.work(SETUP) as work:
        ids = work.db.execute(text('SELECT id FROM "case" ORDER BY id')).scalars().all()
        until = NOW.date() + timedelta(days=30)
        work.db.execute(
            text("UPDATE \"case\" SET state = 'snoozed', snoozed_until = :until WHERE id = :id"),
            {"id": ids[0], "until": until},
        )
        closing = text(
            "UPDATE \"case\" SET state = 'closed', closed_at = now(), next_step = NULL"
            " WHERE id = :id RETURNING subject_key"
        )
        cool = {
            id_: work.db.execute(closing, {"id": id_}).scalar_one()
            for id_ in (*ids[1:2], *ids[3:5])
        }
        work.db.execute(closing, {"id": ids[2]})
        # Two were reported and looked at: one before, one after all that the records tell.
        seen = (None, NOW.date(), date(2020, 1, 1))
        forget = "UPDATE hit SET fate = 'cool_down' WHERE subject_key = :key"
        for (id_, key), seen_on in zip(cool.items(), seen, strict=True):
            if seen_on:
                work.db.execute(text(forget), {"key": key})
            work.db.execute(
                text(
                    "INSERT INTO cool_down (trigger, subject_key, until, outcome, case_id, seen_on)"
                    " VALUES (:trigger, :key, :until, 'not_confirmed', :id, :seen)"
                ),
                {"trigger": TRIGGER, "key": key, "until": until, "id": id_, "seen": seen_on},
            )

    standing = dry_run(county, 1)["standing"]

    assert standing == {
        "new": 1,
        "open": len(ids) - 5,
        "known": 1,
        "cool_down": 2,
        "snoozed": 1,
    }


def test_the_forecast_lays_the_new_ones_on_the_posts_that_cover_their_homes(
    county: County,
) -> None:
    wider = dry_run(county, 2)

    posts = [one for one in wider["load"] if one["kind"] == "coordinator"]
    assert wider["posts"] == len(posts) > 1
    assert wider["capacity"] == sum(one["capacity"] or 0 for one in posts)
    assert sum(one["open"] for one in wider["load"]) == len(open_cases(county))
    told = sum(one["added"] or 0 for one in wider["load"])
    hidden = sum(one["added"] is None for one in wider["load"])
    new = wider["standing"]["new"]
    assert told + hidden <= new <= told + hidden * new
    assert wider["over"] == sum(one["over"] for one in posts)
    for one in posts:
        if one["capacity"] and one["open"] and one["added"] == 0:
            assert one["weeks"] == -(-one["open"] // one["capacity"])


def test_small_counts_by_place_are_hidden_and_cannot_be_worked_out(county: County) -> None:
    wider = dry_run(county, 2)

    for column, whole in (("found", wider["subjects"]), ("new", wider["standing"]["new"])):
        towns = [town[column] for town in wider["towns"]]
        assert all(count is None or count >= FEW or count == 0 for count in towns)
        hidden = towns.count(None)
        assert hidden != 1 or sum(count or 0 for count in towns) == 0 or len(towns) == 1
        assert sum(count or 0 for count in towns) <= whole
        for town in wider["towns"]:
            villages = [one[column] for one in wider["villages"] if one["town"] == town["area"]]
            shown = [count for count in villages if count]
            assert all(count >= FEW for count in shown)
            assert villages.count(None) != 1 or not shown


def test_the_result_names_nobody(county: County) -> None:
    """No subject key, no record id, no name, no number of anybody stands in what is kept."""
    results = json.dumps([dry_run(county, 2), dry_run(county, 1)], ensure_ascii=False)

    with county.platform.work(SETUP) as work:
        keys = work.db.execute(text("SELECT key::text FROM subject")).scalars().all()
        records = work.db.execute(text("SELECT record_id FROM case_evidence")).scalars().all()
    truth = (county.folder / "01_resident_register.csv").read_text(encoding="utf-8-sig")
    cells = {cell for line in truth.splitlines()[1:200] for cell in line.split(",")}
    numbers = {cell for cell in cells if len(cell) >= 15}
    assert len(keys) > 6000
    assert records
    assert numbers
    assert not [one for one in (*keys, *records, *numbers) if str(one) in results]


def test_the_sample_is_small_coarse_and_the_same_again(county: County) -> None:
    trial = try_now(county.platform, OFFICER, TrialKind.DRY_RUN, TRIGGER, 2, {})
    assert trial.result
    sample = trial.result["sample"]

    assert 0 < len(sample) <= 10
    shown = {town["area"]: town["found"] for town in trial.result["towns"]}
    for one in sample:
        assert not one["town"] or shown[one["town"]]
        assert "yuan" in one["en"]
        assert "元" in one["zh"]
        assert "00 yuan (" in one["en"]  # whole hundreds


def test_a_day_in_the_past_is_looked_at_with_what_is_known_now(county: County) -> None:
    earlier = dry_run(county, 1, as_of="2026-06-30")

    assert earlier["as_of"] == "2026-06-30"
    assert earlier["subjects"] > 0
    assert earlier != dry_run(county, 1)


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"as_of": "2026-11-22"}, "later_day"), ({"as_of": "yesterday"}, "bad_day")],
)
def test_a_day_that_cannot_be_looked_at_is_refused_and_nothing_kept(
    county: County, settings: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        try_now(county.platform, OFFICER, TrialKind.DRY_RUN, TRIGGER, 1, settings)

    assert refused.value.code == code
    with county.platform.work(SETUP) as work:
        assert work.db.execute(text("SELECT count(*) FROM trial")).scalar_one() == 0


def test_a_version_that_is_not_there_and_a_stranger_are_refused(county: County) -> None:
    for actor, version, code in (
        (OFFICER, 9, "no_such_version"),
        (Actor.machine("eager"), 1, "no_named_person"),
        (Actor(role=Role.CLERK, id="clerk"), 1, "no_named_person"),
    ):
        with pytest.raises(Refused) as refused:
            try_now(county.platform, actor, TrialKind.DRY_RUN, TRIGGER, version, {})
        assert refused.value.code == code


def test_a_feed_that_never_came_is_named_and_never_told_as_nobody_found(county: County) -> None:
    with county.platform.work(SETUP) as work:
        work.db.execute(
            text("UPDATE feed_state SET last_delivery_at = NULL WHERE feed = 'death_register'")
        )
        work.db.execute(
            text(
                "UPDATE feed_state SET last_delivery_at = '2025-01-01' WHERE feed = 'medical_bill'"
            )
        )

    found = dry_run(county, 1)

    assert found["never"] == ["death_register"]
    assert found["stale"] == ["medical_bill"]
    assert found["stops_scan"] == ["death_register"]


def test_the_newest_finished_dry_run_is_what_a_proposal_lays_before_its_approver(
    county: County,
) -> None:
    with county.platform.work(OFFICER) as work:
        row = work.db.execute(
            text("SELECT id, version FROM trigger_version WHERE version = 2")
        ).one()
        assert latest_dry_run(work, row.id) is None

    figures = dry_run_figures(county.platform, OFFICER, row.id, TRIGGER, 2)
    again = dry_run_figures(county.platform, OFFICER, row.id, TRIGGER, 2)

    assert figures == again
    with county.platform.work(OFFICER) as work:
        latest = latest_dry_run(work, row.id)
    assert latest
    assert latest.result == figures
    assert latest.asked_by == OFFICER.id
    assert date.fromisoformat(figures["as_of"]) == NOW.date()
