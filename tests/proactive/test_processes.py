"""Getting ready to run: the schema and the keys that belong to it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from proactive.config import Settings, read_settings
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.processes import PREPARING, environment, prepare


def test_keys_are_made_once_and_a_filled_database_takes_no_others(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path / "var", database_url=database_url)
    with create_engine(database_url).begin() as another, ThreadPoolExecutor(1) as thread:
        another.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARING})
        preparing = thread.submit(prepare, settings)
        with pytest.raises(TimeoutError):
            preparing.result(0.2)
        assert not settings.keys_path.exists()  # two at once make no two kinds of keys
        another.rollback()
        preparing.result(60)
    ours = settings.keys_path.read_bytes()
    assert prepare(settings)[0] == prepare(settings)[1]

    settings.keys_path.unlink()
    with pytest.raises(Refused, match="keys of this database are not at"):
        prepare(settings)
    assert not settings.keys_path.exists()
    Keyring.generate().write(settings.keys_path)
    with pytest.raises(Refused, match="not those of this database"):
        prepare(settings)
    settings.keys_path.write_bytes(ours)
    prepare(settings)


def test_a_child_reads_the_same_settings_from_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        var=tmp_path,
        database_url="postgresql+psycopg://x@/y",
        channels={"file": {"path": "z"}},
        guest_list=("13800000000",),
        movable_clock=True,
    )
    for name, value in environment(settings).items():
        if name.startswith("PROACTIVE_"):
            monkeypatch.setenv(name, value)

    assert Settings() == settings


def test_settings_that_cannot_be_right_are_named_with_how_to_write_them() -> None:
    wrong = {
        "database_url": "notaurl",
        "redis_url": "127.0.0.1:6379",
        "currency": "JPY",
        "region": "XX",
        "timezone": "Nowhere/X",
    }

    with pytest.raises(Refused) as told:
        read_settings(**wrong)

    assert all(f"{name}: " in str(told.value) for name in wrong)
    assert "write it like redis://host:6379/0" in str(told.value)
