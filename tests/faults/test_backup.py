"""Backup and restore, drilled: another machine, what came since is gone, nothing is sent twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, insert, make_url, select, text

from proactive.backup import UNFINISHED, is_unfinished, make_backup, restore_backup
from proactive.bootstrap import Platform, build
from proactive.cases.store import case
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.feeds.contracts import load_contracts
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Actor
from proactive.notices.service import tell
from proactive.notices.store import message
from proactive.people.vault import card
from proactive.processes import prepare
from tests.proactive.feeds.conftest import FEEDS
from tests.proactive.feeds.making import Bill, Office, resident

STEWARD = Actor.operator_on_server("steward")


@pytest.fixture
def office(platform: Platform, tmp_path: Path) -> Office:
    (tmp_path / "delivered").mkdir()
    return Office(platform, load_contracts(FEEDS), STEWARD, tmp_path / "delivered")


@pytest.fixture
def elsewhere(servers: Servers, tmp_path: Path, keyring: Keyring) -> Iterator[Settings]:
    """Another machine: an empty database, an empty folder, and the keys brought there."""
    owner = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    name = f"restored_{uuid4().hex}"
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    var = tmp_path / "elsewhere"
    var.mkdir()
    keyring.write(var / "keys.json")
    url = make_url(servers.database_url).set(database=name)
    yield Settings(var=var, database_url=url.render_as_string(hide_password=False))
    with owner.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    owner.dispose()


def wait_to_be_told(platform: Platform) -> None:
    """Somebody with a case has a message that waits."""
    key = platform.keys.subject_key("cn_resident_id", resident(1))
    case_id = new_id()
    with platform.work(STEWARD) as work:
        work.db.execute(
            insert(case).values(
                id=case_id,
                ref=public_ref(),
                subject_key=key,
                kind="person",
                need="medical_cost_relief",
                trigger="t",
                state="assigned",
                next_step="visit",
                owner_post_id=new_id(),
                due_on=work.today,
                raised_at=work.now,
                raised_by="scan",
            )
        )
        work.db.execute(
            text(
                "UPDATE identity SET phone_cipher = :sealed, phone_blind = :blind"
                " WHERE subject_key = :key"
            ),
            {
                "sealed": work.keys.encrypt(
                    "+8613800138000", aad=f"identity:phone:{key}:medical_bill"
                ),
                "blind": b"x" * 16,
                "key": key,
            },
        )
        tell(work, platform.desk, subject_key=key, event_id="e", template="done", case_id=case_id)


def states(platform: Platform) -> list[str]:
    with platform.work(STEWARD) as work:
        return list(work.db.execute(select(message.c.state)).scalars())


def test_what_was_backed_up_comes_back_elsewhere_and_what_waited_is_looked_up_first(
    platform: Platform, office: Office, elsewhere: Settings, tmp_path: Path, clock: ManualClock
) -> None:
    office.bills(Bill())
    wait_to_be_told(platform)
    before = office.visible()
    assert states(platform) == ["queued"]

    made = make_backup(platform.settings, tmp_path / "backup", now=clock.now())
    office.bills(Bill(settlement="S2", at="2026-03-02 10:00:00"))
    restored = restore_backup(elsewhere, tmp_path / "backup", STEWARD)

    assert restored.heads == made.heads
    assert restored.messages == 1
    other = build(elsewhere, clock=clock)
    try:
        there = Office(other, office.contracts, STEWARD, office.folder)
        assert there.visible() == before
        assert states(other) == ["unknown"]
        with other.work(STEWARD) as work:
            key = other.keys.subject_key("cn_resident_id", resident(1))
            assert card(work, key, "drill").name == "王小明"
            told = work.db.execute(
                text("SELECT count(*) FROM audit WHERE action = 'restore'")
            ).scalar_one()
        assert told == 1
        assert there.bills(Bill()).state == "nothing_new"
        there.bills(Bill(settlement="S2", at="2026-03-02 10:00:00"))
        assert len(there.visible()) == 2
    finally:
        other.close()
    prepare(elsewhere)


def test_a_lake_that_ran_ahead_of_the_dump_goes_back_to_its_head(
    platform: Platform,
    office: Office,
    elsewhere: Settings,
    tmp_path: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from proactive import backup

    office.bills(Bill())
    real = backup._run

    def dump_then_deliver(*words: object) -> None:
        real(*words)  # type: ignore[arg-type]
        office.bills(Bill(settlement="S2", at="2026-03-02 10:00:00"))

    monkeypatch.setattr(backup, "_run", dump_then_deliver)
    make_backup(platform.settings, tmp_path / "backup", now=clock.now())
    monkeypatch.undo()

    restore_backup(elsewhere, tmp_path / "backup", STEWARD)

    other = build(elsewhere, clock=clock)
    try:
        assert len(Office(other, office.contracts, STEWARD, office.folder).visible()) == 1
    finally:
        other.close()


def test_the_keys_and_readable_names_are_not_in_it(
    platform: Platform, office: Office, tmp_path: Path, clock: ManualClock
) -> None:
    office.bills(Bill())

    make_backup(platform.settings, tmp_path / "backup", now=clock.now())

    names = [file.name for file in (tmp_path / "backup").rglob("*")]
    assert "keys.json" not in names
    for file in (tmp_path / "backup").rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            assert "王小明".encode() not in raw, file.name
            assert resident(1).encode() not in raw, file.name


@pytest.mark.parametrize("moment", ["migrate", "_settle"])
def test_interrupted_the_same_command_completes_it_and_nothing_runs_before(
    platform: Platform,
    office: Office,
    elsewhere: Settings,
    tmp_path: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    from proactive import backup

    office.bills(Bill())
    make_backup(platform.settings, tmp_path / "backup", now=clock.now())

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, moment, die)
    with pytest.raises(KeyboardInterrupt):
        restore_backup(elsewhere, tmp_path / "backup", STEWARD)
    monkeypatch.undo()
    assert is_unfinished(elsewhere)
    with pytest.raises(Refused, match="not ended"):
        prepare(elsewhere)

    restore_backup(elsewhere, tmp_path / "backup", STEWARD)

    assert not (elsewhere.var / UNFINISHED).exists()
    other = build(elsewhere, clock=clock)
    try:
        assert len(Office(other, office.contracts, STEWARD, office.folder).visible()) == 1
    finally:
        other.close()


def test_what_would_overwrite_mix_or_not_fit_is_refused(
    platform: Platform, office: Office, elsewhere: Settings, tmp_path: Path, clock: ManualClock
) -> None:
    office.bills(Bill())
    folder = tmp_path / "backup"
    make_backup(platform.settings, folder, now=clock.now())

    def code(settings: Settings, from_: Path = folder) -> str:
        with pytest.raises(Refused) as refused:
            restore_backup(settings, from_, STEWARD)
        return refused.value.code

    with pytest.raises(Refused, match="not empty"):
        make_backup(platform.settings, folder, now=clock.now())
    assert code(platform.settings) == "not_empty"
    assert code(elsewhere, tmp_path) == "no_backup"
    Keyring.generate().write(tmp_path / "others.json")
    others = elsewhere.model_copy(update={"keys_file": tmp_path / "others.json"})
    assert code(others) == "other_keys"
    said = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps(said | {"format": 99}))
    assert code(elsewhere) == "no_backup"
