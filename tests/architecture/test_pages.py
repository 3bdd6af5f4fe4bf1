"""Pages drawn from the code stay true to it, and the licence and the lock to the project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_drawn_state_tables_are_those_of_the_code() -> None:
    answer = subprocess.run(
        [sys.executable, "tools/diagrams.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_library_of_the_project_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    pinned = set(re.findall(r"^([a-z0-9.-]+)==", _lock(), re.MULTILINE))

    missing = {name for line in wanted if (name := _name(line)) not in pinned}

    assert not missing, "run make lock"


def test_the_lock_installs_from_any_index() -> None:
    assert not re.findall(r"https?:|file:|--index|--find-links|--hash", _lock())


def _lock() -> str:
    return (ROOT / "requirements.lock").read_text("utf-8")


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
