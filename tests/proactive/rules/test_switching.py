"""The life of a trigger version: two people, chosen areas, a day, and the way back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from proactive.accounts.service import create_account
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.approving import approve_trigger, propose_trigger, send_back_trigger
from proactive.rules.examples import prove_with
from proactive.rules.service import LoadedTrigger, list_triggers, live_triggers, load_trigger
from proactive.rules.switching import (
    activate_trigger,
    retire_trigger,
    roll_back_trigger,
    start_scheduled,
)
from tests.proactive.rules.test_service import CONTRACTS, EXAMPLES, MACHINE, TEXT
from tests.switching import FIGURES

NAME = "birth_registration"
LI = Actor(role=Role.POLICY, id="li")
WANG = Actor(role=Role.POLICY, id="wang")
PROVE = prove_with(CONTRACTS)
BROKEN = EXAMPLES.replace("2026-11-07", "2026-11-08")
AREAS = """code,parent,name,level,virtual
990000000000,,P,province,f
990100000000,990000000000,C,city,f
990101000000,990100000000,K,county,f
990101001000,990101000000,T,town,f
990101002000,990101000000,U,town,f
"""
TOWN, OTHER_TOWN = "990101001000", "990101002000"


@pytest.fixture
def places(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    with platform.work(Actor.operator_on_server("setup")) as work:
        load_areas(work, tmp_path / "areas.csv", "cn_stats_long")


def load(platform: Platform, remark: str = "", examples: str = EXAMPLES, by: Actor = LI) -> int:
    with platform.work(by) as work:
        return load_trigger(work, TEXT + remark, CONTRACTS, examples=examples).version


def propose(platform: Platform, version: int, by: Actor = LI, **more: Any) -> LoadedTrigger:
    given = {"note": "Found too late until now.", "figures": FIGURES, "prove": PROVE, **more}
    with platform.work(by) as work:
        return propose_trigger(work, NAME, version, **given)


def approve(platform: Platform, version: int, by: Actor = WANG, **more: Any) -> LoadedTrigger:
    given = {"assessment": "IA-2026-07", "prove": PROVE, **more}
    with platform.work(by) as work:
        return approve_trigger(work, NAME, version, **given)


def activate(
    platform: Platform, version: int, day: str = "", areas: Sequence[str] = (), by: Actor = LI
) -> LoadedTrigger:
    live_from = date.fromisoformat(day) if day else None
    with platform.work(by) as work:
        return activate_trigger(work, NAME, version, prove=PROVE, live_from=live_from, areas=areas)


def roll_back(platform: Platform, by: Actor = LI) -> LoadedTrigger:
    with platform.work(by) as work:
        return roll_back_trigger(work, NAME)


def approved(platform: Platform, remark: str = "") -> int:
    version = load(platform, remark)
    propose(platform, version)
    approve(platform, version)
    return version


def row(platform: Platform, version: int) -> Any:
    with platform.work(LI) as work:
        return next(one for one in list_triggers(work) if one.version == version)


def states(platform: Platform) -> dict[int, str]:
    with platform.work(LI) as work:
        return {one.version: one.state for one in list_triggers(work)}


def in_use(platform: Platform) -> list[int]:
    with platform.work(MACHINE) as work:
        start_scheduled(work, work.today)
        return [one.version for one in live_triggers(work, work.today)]


def actions(platform: Platform) -> list[str]:
    query = text(
        "SELECT action || ' ' || actor_id FROM audit WHERE entity = 'trigger_version' ORDER BY id"
    )
    with platform.work(MACHINE) as work:
        return list(work.db.execute(query).scalars())


def test_a_version_goes_from_one_person_to_the_next_and_into_use(platform: Platform) -> None:
    version = load(platform)

    assert propose(platform, version).state == "proposed"
    assert approve(platform, version).state == "approved"
    assert in_use(platform) == []
    assert activate(platform, version).state == "live"

    assert in_use(platform) == [version]
    kept = row(platform, version)
    assert (kept.loaded_by, kept.proposed_by, kept.approved_by) == ("li", "li", "wang")
    assert (kept.note, kept.assessment) == ("Found too late until now.", "IA-2026-07")
    assert kept.figures == FIGURES
    assert actions(platform) == [
        "load_trigger li",
        "propose_trigger li",
        "approve_trigger wang",
        "activate_trigger li",
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"note": "  "}, "no_note"),
        ({"figures": None}, "no_dry_run"),
        ({"figures": {}}, "no_dry_run"),
        ({"by": MACHINE}, "no_named_person"),
        ({"by": Actor(role=Role.COUNTY, id="zhou", level=3)}, "no_named_person"),
    ],
)
def test_a_proposal_that_lacks_something_is_refused(
    platform: Platform, given: dict[str, Any], code: str
) -> None:
    version = load(platform)

    with pytest.raises(Refused) as refused:
        propose(platform, version, **given)

    assert refused.value.code == code
    assert states(platform) == {version: "draft"}


def test_without_examples_or_with_a_broken_one_nothing_is_proposed(platform: Platform) -> None:
    bare, broken = load(platform, examples=""), load(platform, examples=BROKEN)

    with pytest.raises(Refused, match="has no examples"):
        propose(platform, bare)
    with pytest.raises(Refused, match="two weeks old"):
        propose(platform, broken)

    assert states(platform) == {bare: "draft", broken: "draft"}


@pytest.mark.parametrize("approver", ["li", "Li ", "proposer"])
def test_neither_author_nor_proposer_approves(platform: Platform, approver: str) -> None:
    version = load(platform)
    propose(platform, version, by=Actor(role=Role.POLICY, id="proposer"))

    with pytest.raises(Refused, match="another person") as refused:
        approve(platform, version, by=Actor(role=Role.OPERATOR, id=approver))

    assert refused.value.code == "second_person_needed"
    assert states(platform) == {version: "proposed"}


def test_an_approval_names_its_assessment_and_proves_the_examples_again(
    platform: Platform,
) -> None:
    version = load(platform, examples=BROKEN)
    propose(platform, version, prove=lambda *_: None)

    with pytest.raises(Refused, match="assessment"):
        approve(platform, version, assessment=" ")
    with pytest.raises(Refused, match="two weeks old"):
        approve(platform, version)

    assert states(platform) == {version: "proposed"}


@pytest.mark.parametrize("approver", ["li", "wang"])
def test_the_database_itself_wants_two_persons(platform: Platform, approver: str) -> None:
    version = load(platform)
    propose(platform, version, by=WANG)

    statement = text(
        "UPDATE trigger_version SET state = 'approved', approved_by = :name, approved_at = now()"
    )
    with pytest.raises(IntegrityError, match="two_persons"), platform.work(LI) as work:
        work.db.execute(statement, {"name": approver})


@pytest.mark.parametrize("state", ["approved", "pilot", "live", "retired"])
def test_the_database_keeps_out_what_nobody_approved(platform: Platform, state: str) -> None:
    load(platform)

    statement = text(
        "UPDATE trigger_version SET state = :state, activated_by = 'li', areas = '{990101}'"
    )
    with pytest.raises(IntegrityError, match="approved"), platform.work(LI) as work:
        work.db.execute(statement, {"state": state})


def test_only_what_is_approved_is_switched_on(platform: Platform) -> None:
    version = load(platform)
    for _ in range(2):
        with pytest.raises(Refused, match="has not been approved"):
            activate(platform, version)
        if states(platform) == {version: "draft"}:
            propose(platform, version)

    assert states(platform) == {version: "proposed"}
    assert in_use(platform) == []


def test_a_version_is_sent_back_with_a_reason_and_proposed_again(platform: Platform) -> None:
    version = load(platform)
    propose(platform, version)
    with pytest.raises(Refused, match="reason"), platform.work(WANG) as work:
        send_back_trigger(work, NAME, version, reason=" ")

    with platform.work(WANG) as work:
        send_back_trigger(work, NAME, version, reason="Which office confirms the births?")

    kept = row(platform, version)
    assert (kept.state, kept.returned_by) == ("draft", "wang")
    assert kept.returned_why == "Which office confirms the births?"
    assert (kept.proposed_by, kept.figures) == (None, None)
    assert propose(platform, version).state == "proposed"


def test_an_approval_can_be_withdrawn_until_the_version_is_in_use(platform: Platform) -> None:
    version = approved(platform)
    activate(platform, version, "2026-12-24")

    with platform.work(LI) as work:
        send_back_trigger(work, NAME, version, reason="The law comes later.")

    kept = row(platform, version)
    assert kept.state == "draft"
    assert (kept.approved_by, kept.assessment, kept.live_from) == (None, "", None)
    with pytest.raises(Refused, match="has not been approved"):
        activate(platform, version)


def test_the_next_version_takes_the_place_of_the_last_and_is_rolled_back(
    platform: Platform,
) -> None:
    first, second = approved(platform), approved(platform, "# second\n")
    activate(platform, first)
    activate(platform, second)
    assert states(platform) == {first: "retired", second: "live"}

    back = roll_back(platform, by=WANG)

    assert (back.version, back.state) == (first, "live")
    assert states(platform) == {first: "live", second: "retired"}
    assert in_use(platform) == [first]
    assert actions(platform)[-2:] == ["roll_back_trigger wang", "restore_trigger wang"]
    with pytest.raises(Refused, match="replaced no other"):
        roll_back(platform)
    assert in_use(platform) == [first]


def test_a_pilot_runs_beside_the_live_version_and_then_everywhere(
    platform: Platform, places: None
) -> None:
    first, second = approved(platform), approved(platform, "# second\n")
    activate(platform, first)

    assert activate(platform, second, areas=[TOWN]).state == "pilot"
    assert sorted(in_use(platform)) == [first, second]
    assert row(platform, second).areas == [TOWN]
    assert activate(platform, second, areas=[OTHER_TOWN, TOWN]).new
    assert not activate(platform, second, areas=[TOWN, OTHER_TOWN]).new
    assert activate(platform, second).state == "live"

    assert states(platform) == {first: "retired", second: "live"}
    assert row(platform, second).areas == []
    assert roll_back(platform).version == first


def test_a_pilot_is_stopped_and_the_live_version_stays(platform: Platform, places: None) -> None:
    first, second = approved(platform), approved(platform, "# second\n")
    activate(platform, first)
    activate(platform, second, areas=[TOWN])

    stopped = roll_back(platform)

    assert (stopped.version, stopped.state) == (second, "retired")
    assert in_use(platform) == [first]


def test_everywhere_ends_the_pilot_of_another_version_too(platform: Platform, places: None) -> None:
    first, pilot, third = (approved(platform, f"# {n}\n") for n in range(3))
    activate(platform, first)
    activate(platform, pilot, areas=[TOWN])

    activate(platform, third)

    assert states(platform) == {first: "retired", pilot: "retired", third: "live"}
    assert roll_back(platform).version == first


def test_a_pilot_is_for_areas_that_exist(platform: Platform, places: None) -> None:
    version = approved(platform)

    with pytest.raises(Refused, match="990101009000"):
        activate(platform, version, areas=[TOWN, "990101009000"])

    assert states(platform) == {version: "approved"}


@pytest.mark.parametrize(("areas", "state"), [((), "live"), ((TOWN,), "pilot")])
def test_a_version_signed_for_a_later_day_waits_and_the_old_one_goes_on(
    platform: Platform, places: None, clock: ManualClock, areas: tuple[str, ...], state: str
) -> None:
    first, second = approved(platform), approved(platform, "# second\n")
    activate(platform, first)

    assert activate(platform, second, "2026-12-01", areas).state == "approved"
    clock.move_to(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    assert in_use(platform) == [first]

    clock.move_to(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    for _ in range(2):
        assert sorted(in_use(platform)) == ([second] if state == "live" else [first, second])
    assert states(platform)[second] == state
    assert actions(platform)[-1].startswith("start")
    assert roll_back(platform).version == (first if state == "live" else second)


def test_the_machine_takes_no_step_but_the_one_signed_for(platform: Platform) -> None:
    version = approved(platform)

    with pytest.raises(Refused, match="named person"):
        activate(platform, version, by=MACHINE)
    with pytest.raises(Refused, match="named person"):
        roll_back(platform, by=MACHINE)

    assert states(platform) == {version: "approved"}


def test_an_earlier_version_is_switched_on_again_without_a_new_approval_and_off(
    platform: Platform,
) -> None:
    first, second = approved(platform), approved(platform, "# second\n")
    activate(platform, first)
    activate(platform, second)

    assert activate(platform, first).new
    assert not activate(platform, first).new
    assert in_use(platform) == [first]
    with platform.work(LI) as work:
        retire_trigger(work, NAME)

    assert in_use(platform) == []
    with pytest.raises(Refused, match="not switched on"), platform.work(LI) as work:
        retire_trigger(work, NAME)


def test_a_second_tap_on_the_way_back_takes_nothing_else_back(platform: Platform) -> None:
    first, second, third = (approved(platform, f"# {n}\n") for n in range(3))
    for version in (first, second, third):
        activate(platform, version)

    for _ in range(2):
        with platform.work(LI) as work:
            roll_back_trigger(work, NAME, seen=third)

    assert in_use(platform) == [second]


def test_who_is_named_on_the_command_line_is_known_by_his_account_on_a_page(
    platform: Platform,
) -> None:
    with platform.work(Actor.operator_on_server("setup")) as work:
        same, other = (create_account(work, login, "李敏") for login in ("limin", "limin2"))
    version = load(platform, by=Actor.operator_on_server(" 李敏"))
    propose(platform, version, by=Actor(role=Role.POLICY, id=other))

    with pytest.raises(Refused, match="another person"):
        approve(platform, version, by=Actor(role=Role.POLICY, id=same))
    second = load(platform, "# second\n", by=Actor(role=Role.POLICY, id=same))
    propose(platform, second, by=Actor(role=Role.POLICY, id=same))

    assert approve(platform, second, by=Actor(role=Role.POLICY, id=other)).state == "approved"
