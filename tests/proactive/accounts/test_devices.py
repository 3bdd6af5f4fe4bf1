"""Devices: a slip opens once, a PIN five times wrong locks, and what is taken away is out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from proactive.accounts.devices import (
    PIN_TRIES,
    Registered,
    Standing,
    devices,
    end_device,
    make_slip,
    purge_devices,
    register_by_slip,
    slip_fits,
    standing_of,
    unlock,
)
from proactive.accounts.passwords import TEST_COST
from proactive.accounts.service import create_account, end_grants, grant_role, set_active
from proactive.accounts.sessions import look_up
from proactive.accounts.store import activation_slip, device, role_grant
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor

OPERATOR = Actor.operator_on_server("setup")
PIN = "194026"


@pytest.fixture
def account_id(platform: Platform) -> str:
    with platform.work(OPERATOR) as work:
        made = create_account(work, "policy", "Wen")
        grant_role(work, made, Role.POLICY)
    return made


def slip(platform: Platform, account_id: str) -> str:
    with platform.work(OPERATOR) as work:
        return make_slip(work, account_id).code


def registered(platform: Platform, account_id: str) -> Registered:
    code = slip(platform, account_id)
    with platform.work(Actor.visitor()) as work:
        return register_by_slip(work, code, PIN, "Android · Chrome", cost=TEST_COST)


def tried(platform: Platform, token: str, pin: str) -> tuple[str | None, int]:
    with platform.work(Actor.visitor()) as work:
        return unlock(work, token, pin, cost=TEST_COST)


def standing(platform: Platform, token: str) -> Standing:
    with platform.work(Actor.visitor()) as work:
        return standing_of(work, token)


def session_holds(platform: Platform, token: str) -> bool:
    with platform.work(Actor.visitor()) as work:
        return look_up(work, token, lambda *_: ()) is not None


def test_a_slip_registers_a_device_once(platform: Platform, account_id: str) -> None:
    code = slip(platform, account_id)

    with platform.work(Actor.visitor()) as work:
        made = register_by_slip(work, f" {code.lower()} ", PIN, "Android", cost=TEST_COST)

    assert session_holds(platform, made.session_token)
    with platform.work(Actor.visitor()) as work, pytest.raises(Refused) as refused:
        register_by_slip(work, code, PIN, "Android", cost=TEST_COST)
    assert refused.value.code == "bad_slip"


def test_a_slip_dies_after_seven_days_and_with_a_newer_one(
    platform: Platform, account_id: str, clock: ManualClock
) -> None:
    old, new = slip(platform, account_id), slip(platform, account_id)
    with platform.work(Actor.visitor()) as work:
        assert [slip_fits(work, code) for code in (old, new, "")] == [False, True, False]

    clock.advance(timedelta(days=7))

    with platform.work(Actor.visitor()) as work:
        assert not slip_fits(work, new)


def test_neither_code_nor_pin_stands_in_the_database(platform: Platform, account_id: str) -> None:
    code = slip(platform, account_id)
    registered(platform, account_id)

    with platform.work(OPERATOR) as work:
        kept = str(work.db.execute(select(activation_slip)).all())
        kept += str(work.db.execute(select(device)).all())

    assert code not in kept
    assert code.replace("-", "") not in kept
    assert PIN not in kept


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "111111", "123456", "987654", "12a456"])
def test_a_pin_that_anybody_tries_first_is_refused_and_the_slip_stays_good(
    platform: Platform, account_id: str, pin: str
) -> None:
    code = slip(platform, account_id)

    with platform.work(Actor.visitor()) as work, pytest.raises(Refused) as refused:
        register_by_slip(work, code, pin, "", cost=TEST_COST)

    assert refused.value.code == "weak_pin"
    with platform.work(Actor.visitor()) as work:
        assert slip_fits(work, code)


def test_the_pin_opens_the_device_for_thirty_days(
    platform: Platform, account_id: str, clock: ManualClock
) -> None:
    made = registered(platform, account_id)
    clock.advance(timedelta(days=29))

    session, _ = tried(platform, made.device_token, PIN)
    assert session
    assert session_holds(platform, session)
    clock.advance(timedelta(days=1))

    assert tried(platform, made.device_token, PIN) == (None, 0)
    assert standing(platform, made.device_token) is Standing.UNKNOWN


def test_five_wrong_pins_lock_the_device_and_end_its_sessions(
    platform: Platform, account_id: str
) -> None:
    made = registered(platform, account_id)

    left = [tried(platform, made.device_token, "000001")[1] for _ in range(PIN_TRIES)]

    assert left == [4, 3, 2, 1, 0]
    assert tried(platform, made.device_token, PIN) == (None, 0)
    assert standing(platform, made.device_token) is Standing.GONE
    assert not session_holds(platform, made.session_token)


def test_a_right_pin_forgets_the_wrong_ones(platform: Platform, account_id: str) -> None:
    made = registered(platform, account_id)
    for pin in ("000001", "000001", "000001", "000001", PIN):
        tried(platform, made.device_token, pin)

    assert tried(platform, made.device_token, "000001") == (None, 4)


def test_a_device_that_was_taken_away_is_out_at_the_next_request(
    platform: Platform, account_id: str
) -> None:
    made, other = registered(platform, account_id), registered(platform, account_id)
    with platform.work(OPERATOR) as work:
        line = next(
            one for one in devices(work) if session_ends_with(platform, one.id, made.device_token)
        )
        end_device(work, line.id, "operator")

    assert not session_holds(platform, made.session_token)
    assert session_holds(platform, other.session_token)
    assert standing(platform, made.device_token) is Standing.GONE


def session_ends_with(platform: Platform, device_id: object, token: str) -> bool:
    from proactive.accounts.sessions import token_hash

    with platform.work(OPERATOR) as work:
        query = select(device.c.id).where(device.c.token_hash == token_hash(token))
        return work.db.execute(query).scalar_one() == device_id


def test_nobody_takes_away_the_device_of_somebody_else(platform: Platform, account_id: str) -> None:
    made = registered(platform, account_id)
    with platform.work(OPERATOR) as work:
        line = devices(work)[0]
    with platform.work(Actor.visitor()) as work, pytest.raises(Refused) as refused:
        end_device(work, line.id, "own", account_id="somebody else")

    assert refused.value.code == "no_such_device"
    assert standing(platform, made.device_token) is Standing.OPEN


@pytest.mark.parametrize("how", ["switched off", "without a task"])
def test_whose_task_has_ended_has_no_device(platform: Platform, account_id: str, how: str) -> None:
    made = registered(platform, account_id)
    with platform.work(OPERATOR) as work:
        if how == "switched off":
            set_active(work, account_id, False)
        else:
            grants = work.db.execute(select(role_grant.c.id)).scalars().all()
            end_grants(work, grants, work.today - timedelta(days=1))

    assert standing(platform, made.device_token) is Standing.GONE
    assert tried(platform, made.device_token, PIN) == (None, 0)


def test_what_has_ended_long_ago_is_forgotten(
    platform: Platform, account_id: str, clock: ManualClock
) -> None:
    registered(platform, account_id)
    slip(platform, account_id)
    clock.advance(timedelta(days=119))
    with platform.work(OPERATOR) as work:
        purge_devices(work)
        assert len(devices(work)) == 1
    clock.advance(timedelta(days=1))

    with platform.work(OPERATOR) as work:
        purge_devices(work)
        assert devices(work) == []
        assert work.db.execute(select(func.count()).select_from(activation_slip)).scalar() == 0
