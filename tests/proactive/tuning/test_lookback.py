"""Back-tests and replays: figures of the past, refused where nothing was known."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from proactive.handlers.trying import try_now
from proactive.kernel.errors import Refused
from proactive.rules.duck import evaluate
from proactive.tuning.ground import end_of, read_ground
from proactive.tuning.model import TrialKind, month_ends
from tests.fullness import in_full
from tests.proactive.tuning.conftest import NOW, OFFICER, SETUP, TRIGGER, County


def look(county: County, kind: TrialKind, **settings: Any) -> dict[str, Any]:
    trial = try_now(county.platform, OFFICER, kind, TRIGGER, 1, settings)
    assert trial.result is not None
    return dict(trial.result)


def found_on(county: County, day: date) -> list[set[tuple[int, str]]]:
    """Return whom the rule finds on a day: known by its end, and known now."""
    with county.platform.work(SETUP) as work:
        version = work.db.execute(
            text("SELECT id FROM trigger_version WHERE version = 1")
        ).scalar_one()
        ground = read_ground(work, county.platform.lake, county.platform.contracts, version, on=day)
    answers = []
    for known_at in (end_of(day, ground.plan.zone), NOW):
        hits = evaluate(
            ground.plan, ground.views, as_of=day, known_at=known_at, aliases=ground.aliases
        ).hits
        keys, episodes = hits["subject_key"].to_pylist(), hits["episode"].to_pylist()
        answers.append(set(zip(keys, episodes, strict=True)))
    return answers


def test_month_ends_are_those_of_full_months() -> None:
    assert month_ends(date(2026, 3, 30), 3) == [
        date(2025, 12, 31),
        date(2026, 1, 31),
        date(2026, 2, 28),
    ]
    assert month_ends(date(2024, 2, 29), 1) == [date(2024, 2, 29)]


def test_a_back_test_counts_each_month_end_as_it_was_known_then(county: County) -> None:
    before = county.raised()

    found = look(county, TrialKind.BACKTEST, months=6)

    assert county.raised() == before
    days = [date.fromisoformat(one["as_of"]) for one in found["moments"]]
    assert days == month_ends(NOW.date(), 6)
    seen: set[int] = set()
    for day, moment in zip(days, found["moments"], strict=True):
        keys = {key for key, _ in found_on(county, day)[0]}
        assert moment["subjects"] == len(keys)
        assert moment["new"] == len(keys - seen)
        seen |= keys
    assert seen
    assert "medical_bill" in found["assumed"] or not found["assumed"]


def test_a_replay_gives_the_first_day_as_a_scan_of_every_day_would(county: County) -> None:
    first, last = in_full(date(2026, 11, 10), date(2026, 10, 20)), date(2026, 11, 20)
    before = county.raised()

    found = look(county, TrialKind.REPLAY, first=first.isoformat(), last=last.isoformat())

    assert county.raised() == before
    expected: Counter[date] = Counter()
    seen: set[tuple[int, str]] = set()
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        hits = found_on(county, day)[1]
        expected[day] = len(hits - seen)
        seen |= hits
    assert {date.fromisoformat(day): n for day, n in found["days"]} == +expected
    assert found["hits"] == len(seen) == sum(n for _, n in found["days"])
    assert found["standing"] == expected[first]


def test_a_replay_stands_beside_what_scans_really_found(county: County) -> None:
    with county.platform.work(SETUP) as work:
        hits = work.db.execute(text("SELECT count(*) FROM hit")).scalar_one()

    found = look(county, TrialKind.REPLAY, first="2026-11-01", last="2026-11-21")

    assert sum(n for _, n in found["really"]) == hits > 0
    assert found["scanned"] >= 2


@pytest.mark.parametrize(
    ("kind", "settings", "code"),
    [
        (TrialKind.BACKTEST, {"months": 60}, "before_first_delivery"),
        (TrialKind.BACKTEST, {"months": 0}, "bad_months"),
        (TrialKind.BACKTEST, {"months": "many"}, "bad_months"),
        (TrialKind.REPLAY, {"first": "2019-01-01", "last": "2019-12-31"}, "before_first_delivery"),
        (TrialKind.REPLAY, {"first": "2026-10-02", "last": "2026-10-01"}, "reversed_span"),
        (TrialKind.REPLAY, {"first": "2026-10-02", "last": "2027-10-01"}, "later_day"),
        (TrialKind.REPLAY, {"first": "2020-10-02", "last": "2026-10-01"}, "long_span"),
    ],
)
def test_what_cannot_be_looked_back_at_is_refused_and_nothing_kept(
    county: County, kind: TrialKind, settings: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        look(county, kind, **settings)

    assert refused.value.code == code
    if code == "before_first_delivery":
        assert "medical_bill" in refused.value.sentence()
    with county.platform.work(SETUP) as work:
        assert work.db.execute(text("SELECT count(*) FROM trial")).scalar_one() == 0


def test_a_feed_that_never_came_is_named(county: County) -> None:
    with county.platform.work(SETUP) as work:
        work.db.execute(text("UPDATE delivery SET state = 'refused' WHERE feed = 'medical_bill'"))

    with pytest.raises(Refused) as refused:
        look(county, TrialKind.BACKTEST, months=1)

    assert refused.value.code == "never_delivered"


def test_what_is_kept_of_the_past_names_nobody(county: County) -> None:
    kept = json.dumps(
        [
            look(county, TrialKind.BACKTEST, months=2),
            look(county, TrialKind.REPLAY, first="2026-10-01", last="2026-11-20"),
        ]
    )

    with county.platform.work(SETUP) as work:
        keys = work.db.execute(text("SELECT key::text FROM subject")).scalars().all()
    assert keys
    assert not [key for key in keys if key in kept]
