"""The unit of work: what it sets, what it refuses, what it leaves behind."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from proactive.bootstrap import Platform
from proactive.kernel.steps import (
    LARGEST_ATTEMPTS,
    claim_step,
    due_steps,
    finish_step,
    give_back_expired,
    retry_step,
)
from proactive.kernel.tables import audit, step
from proactive.kernel.work import Actor


def test_a_write_without_an_actor_is_refused_by_the_database(platform: Platform) -> None:
    with (
        pytest.raises(DBAPIError, match="no actor is set"),
        platform.engine.begin() as connection,
    ):
        connection.execute(text("SET LOCAL ROLE proactive_worker"))
        connection.execute(
            text("INSERT INTO step (id, name, key, due_at) VALUES (gen_random_uuid(),'a','',now())")
        )


def test_a_session_without_a_role_sees_nothing(platform: Platform) -> None:
    with platform.engine.connect() as connection:
        owned = connection.execute(
            text(
                "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
                " AND relkind = 'r'"
            )
        ).scalar_one()
        assert owned == 0
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("SELECT * FROM audit"))


def test_role_and_actor_do_not_stay_on_the_pooled_connection(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        work.audit("try", "thing", 1)

    with platform.engine.connect() as connection:
        role, actor = connection.execute(
            text("SELECT current_user, coalesce(current_setting('app.actor', true), '')")
        ).one()
    assert (role, actor) == ("proactive_app", "")


def test_audit_and_step_vanish_with_their_transaction(platform: Platform, machine: Actor) -> None:
    with pytest.raises(ZeroDivisionError), platform.work(machine) as work:
        work.audit("try", "thing", 1)
        work.step("some_step")
        _ = 1 / 0

    with platform.work(machine) as work:
        assert work.db.execute(select(audit)).all() == []
        assert work.db.execute(select(step)).all() == []


def test_one_step_waits_per_name_and_key_and_the_earlier_due_time_wins(
    platform: Platform, machine: Actor
) -> None:
    with platform.work(machine) as work:
        work.step("send", due_at=work.now + timedelta(hours=1))
        later = work.now
    with platform.work(machine) as work:
        work.step("send")
        work.step("send", "other key")

    with platform.work(machine) as work:
        rows = work.db.execute(select(step.c.key, step.c.due_at).order_by(step.c.key)).all()
        assert rows == [("", later), ("other key", later)]


def test_a_step_taken_by_one_worker_is_not_taken_by_another(
    platform: Platform, machine: Actor
) -> None:
    step_id = _one_step(platform, machine)
    taken = []

    def take() -> None:
        with platform.work(machine) as work:
            taken.append(claim_step(work.db, step_id, work.now))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([claim for claim in taken if claim is not None]) == 1


def test_a_step_whose_taker_died_is_given_back_and_the_dead_one_cannot_finish_it(
    platform: Platform, machine: Actor
) -> None:
    step_id = _one_step(platform, machine)
    with platform.work(machine) as work:
        claim = claim_step(work.db, step_id, work.now)
        assert claim is not None
        work.db.execute(step.update().values(lease_until=text("now() - interval '1 second'")))

    with platform.work(machine) as work:
        assert give_back_expired(work.db) == 1
        assert due_steps(work.db, work.now) == [step_id]
        assert finish_step(work.db, claim) is False


def test_a_step_given_back_while_a_newer_one_waits_is_merged_into_it(
    platform: Platform, machine: Actor
) -> None:
    step_id = _one_step(platform, machine)
    with platform.work(machine) as work:
        claim = claim_step(work.db, step_id, work.now)
        assert claim is not None
    newer = _one_step(platform, machine)

    with platform.work(machine) as work:
        assert retry_step(work.db, claim, now=work.now, error="x")
        assert due_steps(work.db, work.now) == [newer]


def test_a_step_that_fails_again_and_again_is_parked_for_a_person(
    platform: Platform, machine: Actor
) -> None:
    step_id = _one_step(platform, machine)
    for _ in range(LARGEST_ATTEMPTS):
        with platform.work(machine, now=platform.clock.now() + timedelta(days=2)) as work:
            claim = claim_step(work.db, step_id, work.now)
            assert claim is not None
            retry_step(work.db, claim, now=platform.clock.now(), error="no county desk")

    with platform.work(machine) as work:
        assert work.db.execute(select(step.c.state, step.c.error)).one() == (
            "parked",
            "no county desk",
        )


def _one_step(platform: Platform, machine: Actor) -> UUID:
    with platform.work(machine) as work:
        work.step("do_it")
    with platform.work(machine) as work:
        return work.db.execute(select(step.c.id).where(step.c.state == "pending")).scalar_one()
