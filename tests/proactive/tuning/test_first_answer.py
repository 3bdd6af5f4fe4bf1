"""The first answer: few people drawn by lot, the same ones again, scaled up with an interval."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from proactive.rules.duck import count_found
from proactive.rules.service import version_row
from proactive.tuning import running
from proactive.tuning.first_answer import draw, estimate_sweep, looks
from proactive.tuning.ground import Ground, read_ground
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import get_trial
from proactive.tuning.service import ask_trial
from tests.proactive.tuning.conftest import AS_OF, NOW, OFFICER, TRIGGER, County

LIMITS = [str(value) for value in range(5000, 60001, 5000)]
FEW = 20


def sweep_of(parameter: str, values: list[str]) -> dict[str, Any]:
    axis = {"parameter": parameter, "values": values, "area": "", "class": ""}
    return {"as_of": AS_OF.isoformat(), "axes": [axis]}


def ground_of(county: County) -> Ground:
    with county.bench.work() as work:
        version_id = version_row(work, TRIGGER, 1).id
        bench = county.bench
        return read_ground(work, bench.lake, bench.contracts, version_id, on=AS_OF)


def test_the_lot_is_the_trials_own_and_its_figures_are_those_of_a_run_for_them(
    county: County,
) -> None:
    ground, trial = ground_of(county), UUID(int=2**127 + 5)
    with county.bench.work() as work:
        drawn = draw(work, ground, trial, fewest=FEW)
        again = draw(work, ground, trial, fewest=FEW)
        other = draw(work, ground, UUID(int=6), fewest=FEW)
        assert draw(work, ground, trial, fewest=5000) is None
    assert drawn
    assert again
    assert other
    everybody = replace(drawn, keys=[*drawn.keys, *other.keys])
    answer = estimate_sweep(ground, everybody, sweep_of("oop_threshold", LIMITS), NOW)

    asked: dict[str, Any] = {"as_of": AS_OF, "known_at": NOW, "areas": ground.areas}
    alone = count_found(ground.plan, ground.views, subjects=everybody.keys, **asked)
    assert list(drawn.keys) == list(again.keys) != list(other.keys)
    assert 50 < len(drawn.keys) < 150  # one in 64 of six thousand
    assert [one["values"] for one in answer["points"]] == [[value] for value in LIMITS]
    abouts = [one["about"] for one in answer["points"]]
    assert abouts == sorted(abouts, reverse=True)
    assert answer["looked_at"] == len(everybody.keys)
    assert alone * 64 in range(abouts[-1], abouts[0] + 1)
    assert all(one["low"] <= one["about"] <= one["high"] for one in answer["points"])


def test_a_value_that_decides_which_records_count_is_first_told_at_its_ends(
    county: County,
) -> None:
    ground, asked = ground_of(county), sweep_of("oop_window", ["P3M", "P6M", "P9M", "P12M"])
    with county.bench.work() as work:
        drawn = draw(work, ground, UUID(int=7), fewest=FEW)
    assert drawn

    answer = estimate_sweep(ground, drawn, asked, NOW)

    assert [one["values"] for one in answer["points"]] == [["P3M"], ["P12M"]]
    assert looks(ground.plan, asked) == 4
    assert looks(ground.plan, sweep_of("oop_threshold", LIMITS)) == 1


def test_a_dry_run_tells_an_estimate_then_the_count_then_everything(county: County) -> None:
    bench = replace(county.bench, fewest_drawn=FEW)
    with county.platform.work(OFFICER) as work:
        trial_id = ask_trial(work, TrialKind.DRY_RUN, TRIGGER, 1, {"as_of": AS_OF})
    told: list[Any] = []

    def hear(_done: int, _total: int) -> None:
        with county.platform.work(OFFICER) as work:
            told.append(get_trial(work, trial_id).first_answer)

    running.run_trial(bench, trial_id, hear=hear)

    with county.platform.work(OFFICER) as work:
        done = get_trial(work, trial_id)
    assert done.result
    assert done.first_answer
    assert [one and one["one_in"] for one in told] == [None, 64, 1]
    assert done.first_answer["points"][0]["about"] == done.result["subjects"]
