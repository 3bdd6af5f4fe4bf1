"""Sweeps: every point as a dry run of that value would find it, posts and judgements beside it."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from proactive.handlers.trying import try_now
from proactive.kernel.errors import Refused
from proactive.rules.service import load_trigger
from proactive.tuning.model import TrialKind
from tests.proactive.tuning.conftest import OFFICER, RULE, SETUP, TRIGGER, County

VALUES = ("8000", "13000", "26000", "60000")


def axis(*values: str, **more: str) -> dict[str, Any]:
    return {"parameter": "oop_threshold", "values": list(values), **more}


def sweep(county: County, *axes: dict[str, Any]) -> dict[str, Any]:
    trial = try_now(county.platform, OFFICER, TrialKind.SWEEP, TRIGGER, 1, {"axes": list(axes)})
    assert trial.result is not None
    return dict(trial.result)


def test_each_point_counts_what_a_dry_run_of_that_value_finds(county: County) -> None:
    before = county.raised()

    found = sweep(county, axis(*VALUES))

    assert county.raised() == before
    points = {point["values"][0]: point for point in found["points"]}
    for value in VALUES:
        with county.platform.work(OFFICER) as work:
            rule = RULE.replace("value: 26000", f"value: {value}")
            version = load_trigger(work, rule, county.platform.contracts).version
        run = try_now(county.platform, OFFICER, TrialKind.DRY_RUN, TRIGGER, version, {}).result
        assert run
        assert points[value]["subjects"] == run["subjects"]
        assert points[value]["hits"] == run["hits"]
        assert points[value]["asked"] == run["asked"]
    assert found["axes"][0]["in_force"] == "26000"
    assert found["known"] == points["26000"]["subjects"]
    assert points["26000"]["new"] == points["60000"]["new"] == 0
    assert points["8000"]["new"] == points["8000"]["subjects"] - found["known"]
    assert found["capacity"] > 0
    assert points["8000"]["over"] >= points["26000"]["over"]


def test_two_parameters_make_a_grid(county: County) -> None:
    other = {"parameter": "income_share", "values": ["0.3", "0.8"]}

    found = sweep(county, axis("8000", "26000"), other)

    cells = {tuple(point["values"]): point["subjects"] for point in found["points"]}
    assert set(cells) == {(a, b) for a in ("8000", "26000") for b in ("0.3", "0.8")}
    assert cells["8000", "0.3"] >= cells["26000", "0.3"]
    assert cells["8000", "0.3"] >= cells["8000", "0.8"]
    assert all(point["precision"] is None for point in found["points"])


def test_what_people_judged_stands_at_each_point_with_its_interval(county: County) -> None:
    figures = ((1_400_000, True), (2_700_000, True), (3_000_000, False), (7_000_000, True))
    with county.platform.work(SETUP) as work:
        version = work.db.execute(
            text("SELECT id FROM trigger_version WHERE version = 1")
        ).scalar_one()
        for fen, confirmed in figures:
            work.db.execute(
                text(
                    "INSERT INTO outcome (case_id, trigger, trigger_version_id, result, reason,"
                    " measures, klass, raised_at, judged_at) VALUES (gen_random_uuid(), :trigger,"
                    " :version, :result, '', CAST(:measures AS jsonb), 'other', now(), now())"
                ),
                {
                    "trigger": TRIGGER,
                    "version": version,
                    "result": "confirmed" if confirmed else "not_confirmed",
                    "measures": json.dumps({"oop_person": fen}),
                },
            )

    points = sweep(county, axis(*VALUES))["points"]

    assert [(p["precision"]["count"], p["precision"]["of"]) for p in points] == [
        (3, 4),
        (3, 4),
        (2, 3),
        (1, 1),
    ]
    assert 0.3 < points[0]["precision"]["low"] < 0.75 < points[0]["precision"]["high"] < 1


@pytest.mark.parametrize(
    ("axes", "code"),
    [
        ([], "bad_sweep"),
        ([axis()], "empty_range"),
        ([axis("0")], "bad_value"),
        ([axis("-5000")], "bad_value"),
        ([axis("a lot")], "bad_value"),
        ([axis("8000", **{"class": "nobody"})], "no_such_value"),
        ([{"parameter": "oop_treshold", "values": ["1"]}], "unknown_parameter"),
        ([{"parameter": "settle_delay", "values": ["P1D"]}], "not_swept"),
    ],
)
def test_an_impossible_range_is_refused_and_nothing_is_kept(
    county: County, axes: list[dict[str, Any]], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        sweep(county, *axes)

    assert refused.value.code == code
    assert refused.value.sentence()
    with county.platform.work(SETUP) as work:
        assert work.db.execute(text("SELECT count(*) FROM trial")).scalar_one() == 0
