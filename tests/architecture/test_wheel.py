"""The wheel: it builds without a network and holds everything that the code reads at run time."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("proactive", "triggers", "notifiers", "web", "migrations")
NEVER = (".env", "keys.json", ".pyc")


@pytest.fixture(scope="module")
def names_in_wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    pytest.importorskip("hatchling", reason="hatchling is not installed; run make setup")
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        },
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_five_packages(names_in_wheel: set[str]) -> None:
    wanted = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }

    assert not wanted - names_in_wheel
    assert {Path(name).suffix for name in wanted} >= {".py", ".yaml"}


def test_the_wheel_holds_nothing_else_than_its_own_description(names_in_wheel: set[str]) -> None:
    strangers = {
        name
        for name in names_in_wheel
        if name.partition("/")[0] not in PACKAGES and ".dist-info/" not in name
    }

    assert not strangers
    assert not [name for name in names_in_wheel if name.endswith(NEVER)]


def test_the_wheel_carries_the_licence(names_in_wheel: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in names_in_wheel)
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
