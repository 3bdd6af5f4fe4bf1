"""Accounts: signing in, what a session is worth at each request, and when it ends."""

import time
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from proactive.accounts.model import TRIES
from proactive.accounts.passwords import TEST_COST
from proactive.accounts.queries import account_names, accounts
from proactive.accounts.service import (
    account_by_login,
    create_account,
    end_grants,
    grant_role,
    set_active,
    set_password,
    set_preferences,
    unlock,
)
from proactive.accounts.sessions import (
    SignedIn,
    create_sign_in_link,
    look_up,
    purge_sessions,
    sign_in,
    sign_in_by_link,
    sign_out,
    switch_grant,
)
from proactive.accounts.store import account, role_grant, sign_in_link, web_session
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor

PASSWORD = "seven calm herons"
OPERATOR = Actor.operator_on_server("setup")
VILLAGES = ("371422001001", "371422001002")


@pytest.fixture
def places(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(
        "code,parent,name,level,virtual\n"
        "371422000000,371400000000,示例县,county,f\n"
        "371422001000,371422000000,甲镇,town,f\n"
        "371422001001,371422001000,东村委会,village,f\n"
        "371422001002,371422001000,西村委会,village,f\n",
        encoding="utf-8",
    )
    with platform.work(OPERATOR) as work:
        load_areas(work, file, "cn_stats_long")


@pytest.fixture
def coordinator(platform: Platform, places: None) -> str:
    with platform.work(OPERATOR) as work:
        account_id = create_account(work, "Li.East", "李东", password=PASSWORD, cost=TEST_COST)
        grant_role(work, account_id, Role.COORDINATOR, area_code=VILLAGES[0])
    return account_id


def enter(platform: Platform, login: str = "li.east", password: str = PASSWORD) -> str | None:
    with platform.work(Actor.visitor()) as work:
        return sign_in(work, login, password, cost=TEST_COST)


def see(platform: Platform, token: str | None) -> SignedIn | None:
    with platform.work(Actor.visitor()) as work:
        return look_up(work, token or "", lambda _db, _account, _day: ("post-1",))


def test_a_session_gives_the_actor_his_role_areas_and_posts(
    platform: Platform, coordinator: str
) -> None:
    signed_in = see(platform, enter(platform, " LI.EAST "))

    assert signed_in is not None
    assert signed_in.actor == Actor(
        Role.COORDINATOR, coordinator, areas=(VILLAGES[0],), level=5, posts=("post-1",)
    )
    assert (signed_in.name, signed_in.language, signed_in.text_scale) == ("李东", "zh", 100)
    assert len(signed_in.csrf) >= 43


def test_tokens_and_passwords_are_only_kept_as_hashes(platform: Platform, coordinator: str) -> None:
    token = enter(platform)
    with platform.work(OPERATOR) as work:
        link = create_sign_in_link(work, coordinator, timedelta(hours=1))
        tables = (account, web_session, sign_in_link)
        kept = str([work.db.execute(select(table)).all() for table in tables])

    assert token is not None
    assert token not in kept
    assert link not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


def test_wrong_password_unknown_login_and_no_password_get_the_same_answer(
    platform: Platform, coordinator: str
) -> None:
    with platform.work(OPERATOR) as work:
        create_account(work, "nopass", "无密码")

    assert enter(platform, password="wrong") is None
    assert enter(platform, login="nobody") is None
    assert enter(platform, login="nopass", password="") is None


def test_an_unknown_login_takes_as_long_as_a_wrong_password(
    platform: Platform, coordinator: str
) -> None:
    with platform.work(OPERATOR) as work:
        set_password(work, coordinator, PASSWORD)

    def took(login: str) -> float:
        times = []
        for _ in range(5):
            with platform.work(Actor.visitor()) as work:
                started = time.perf_counter()
                sign_in(work, login, "wrong")
                times.append(time.perf_counter() - started)
        return min(times)

    assert took("nobody") > 0.5 * took("li.east")


def test_ten_wrong_passwords_lock_the_account_and_time_or_an_operator_unlocks_it(
    platform: Platform, coordinator: str, clock: ManualClock
) -> None:
    for _ in range(TRIES):
        assert enter(platform, password="wrong") is None
    assert enter(platform) is None

    clock.advance(timedelta(minutes=29))
    assert enter(platform) is None
    clock.advance(timedelta(minutes=2))
    assert enter(platform) is not None

    for _ in range(TRIES):
        enter(platform, password="wrong")
    with platform.work(OPERATOR) as work:
        unlock(work, coordinator)
    assert enter(platform) is not None


def test_nine_wrong_passwords_are_forgotten_after_a_right_one(
    platform: Platform, coordinator: str
) -> None:
    for _ in range(3):
        for _ in range(TRIES - 1):
            enter(platform, password="wrong")
        assert enter(platform) is not None


def test_a_session_ends_idle_after_half_an_hour_and_in_any_case_after_twelve(
    platform: Platform, coordinator: str, clock: ManualClock
) -> None:
    token = enter(platform)
    clock.advance(timedelta(minutes=29))
    assert see(platform, token) is not None
    clock.advance(timedelta(minutes=31))
    assert see(platform, token) is None

    token = enter(platform)
    for _ in range(35):
        clock.advance(timedelta(minutes=20))
        assert see(platform, token) is not None
    clock.advance(timedelta(minutes=21))
    assert see(platform, token) is None
    with platform.work(OPERATOR) as work:
        assert purge_sessions(work) == 2


def test_a_session_token_is_worth_nothing_after_signing_out(
    platform: Platform, coordinator: str
) -> None:
    token = enter(platform)
    assert token is not None
    with platform.work(Actor.visitor()) as work:
        sign_out(work, token)

    assert see(platform, token) is None
    assert see(platform, "") is None


def test_rights_change_at_the_next_request(platform: Platform, coordinator: str) -> None:
    token = enter(platform)
    with platform.work(OPERATOR) as work:
        grant_role(work, coordinator, Role.COORDINATOR, area_code=VILLAGES[1])
    widened = see(platform, token)
    assert widened is not None
    assert widened.actor.areas == VILLAGES

    with platform.work(OPERATOR) as work:
        ids = work.db.execute(select(role_grant.c.id)).scalars().all()
        end_grants(work, ids, work.today - timedelta(days=1))
    assert see(platform, token) is None


def test_an_account_that_is_switched_off_or_gets_a_new_password_is_out_at_once(
    platform: Platform, coordinator: str
) -> None:
    token = enter(platform)
    with platform.work(OPERATOR) as work:
        set_active(work, coordinator, False)
    assert see(platform, token) is None
    assert enter(platform) is None

    with platform.work(OPERATOR) as work:
        set_active(work, coordinator, True)
    token = enter(platform)
    with platform.work(OPERATOR) as work:
        set_password(work, coordinator, "another calm heron", cost=TEST_COST)
    assert see(platform, token) is None


def test_a_dated_grant_counts_on_its_days_only(
    platform: Platform, coordinator: str, clock: ManualClock
) -> None:
    with platform.work(OPERATOR) as work:
        grant_role(
            work,
            coordinator,
            Role.COORDINATOR,
            area_code=VILLAGES[1],
            from_day=date(2026, 11, 23),
            to_day=date(2026, 11, 24),
        )
    seen = []
    for day in range(5):
        signed_in = see(platform, enter(platform))
        assert signed_in is not None
        seen.append((21 + day, len(signed_in.actor.areas)))
        clock.advance(timedelta(days=1))

    assert seen == [(21, 1), (22, 1), (23, 2), (24, 2), (25, 1)]


def test_a_person_with_two_roles_switches_between_them(
    platform: Platform, coordinator: str
) -> None:
    with platform.work(OPERATOR) as work:
        town = grant_role(work, coordinator, Role.TOWN, area_code="371422001000")
    token = enter(platform)
    assert token is not None
    with platform.work(Actor.visitor()) as work:
        switch_grant(work, token, town)
    signed_in = see(platform, token)

    assert signed_in is not None
    assert (signed_in.actor.role, signed_in.actor.level) == (Role.TOWN, 4)
    assert len(signed_in.grants) == 2
    with platform.work(Actor.visitor()) as work, pytest.raises(Refused, match="do not hold"):
        switch_grant(work, token, uuid4())


def test_a_link_signs_in_once_and_not_after_its_time(
    platform: Platform, coordinator: str, clock: ManualClock
) -> None:
    with platform.work(OPERATOR) as work:
        once = create_sign_in_link(work, coordinator, timedelta(hours=1))
        late = create_sign_in_link(work, coordinator, timedelta(hours=1))
        thrice = create_sign_in_link(work, coordinator, timedelta(hours=9), uses=3)

    def follow(link: str) -> str | None:
        with platform.work(Actor.visitor()) as work:
            return sign_in_by_link(work, link)

    assert see(platform, follow(once)) is not None
    assert follow(once) is None
    clock.advance(timedelta(hours=1))
    assert follow(late) is None
    assert [follow(thrice) is not None for _ in range(4)] == [True, True, True, False]
    assert follow("made up") is None


def test_a_grant_comes_with_what_its_role_needs(platform: Platform, coordinator: str) -> None:
    office = uuid4()
    with platform.work(OPERATOR) as work:
        for role, given in (
            (Role.COORDINATOR, {}),
            (Role.CLERK, {}),
            (Role.OPERATOR, {"area_code": VILLAGES[0]}),
            (Role.MACHINE, {}),
        ):
            with pytest.raises(Refused) as refusal:
                grant_role(work, coordinator, role, **given)
            assert refusal.value.code == "bad_grant"
        with pytest.raises(Refused, match="not known"):
            grant_role(work, coordinator, Role.TOWN, area_code="999999")
        first = grant_role(work, coordinator, Role.CLERK, office_id=office)

        assert grant_role(work, coordinator, Role.CLERK, office_id=str(office)) == first


def test_accounts_are_refused_with_advice_and_listed_for_the_operator(
    platform: Platform, coordinator: str, clock: ManualClock
) -> None:
    with platform.work(OPERATOR) as work:
        for login, name, password, code in (
            ("LI.EAST", "又一个", "", "login_taken"),
            ("", "无", "", "bad_account"),
            ("short", "短", "short", "weak_password"),
        ):
            with pytest.raises(Refused) as refusal:
                create_account(work, login, name, password=password, cost=TEST_COST)
            assert refusal.value.code == code
        set_preferences(work, coordinator, language="en", text_scale=150)
        with pytest.raises(Refused):
            set_preferences(work, coordinator, language="xx", text_scale=100)

        listed = accounts(work.db, clock.now(), work.today, words="EAST", role="coordinator")

        assert account_by_login(work, "Li.East") == coordinator
        assert [(line.login, line.language, len(line.grants)) for line in listed] == [
            ("li.east", "en", 1)
        ]
    with platform.work(Actor(Role.COORDINATOR, coordinator, (VILLAGES[0],), 5)) as work:
        assert account_names(work.db, [coordinator]) == {coordinator: "李东"}
