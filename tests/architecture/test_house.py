"""How the house is kept: sizes, names, clocks, places, and what must never be in a file."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("proactive", "triggers", "notifiers", "web", "migrations")
VAGUE = {"utils.py", "helpers.py", "common.py", "manager.py"}
CLOCKS = {Path("proactive/kernel/clock.py"), Path("proactive/kernel/movable.py")}
BINARY = {".png", ".ico", ".woff2", ".mo", ".xlsx", ".parquet", ".gz"}
# Homes of people and of this project's makers, and hosts of package registries, in any file.
PRIVATE_PLACES = re.compile(
    r"(?<![\w.$}*/-])/(?:home|Users|root|work|opt|mnt)/[\w.-]+"
    r"|(?:pypi\.org|pythonhosted\.org|registry\.npmjs|/simple/)"
)


def product_files() -> list[Path]:
    return sorted(
        file.relative_to(ROOT)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if file.relative_to(ROOT).parts[:2] != ("migrations", "versions")
    )


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no checkout or no git: which files belong to the project is not known")
    names = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [Path(name) for name in names if name and (ROOT / name).is_file()]


def calls(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every call in a file."""
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_no_file_is_longer_than_300_lines() -> None:
    long = {
        str(file): lines
        for file in product_files()
        if (lines := len((ROOT / file).read_text("utf-8").splitlines())) > 300
    }

    assert not long


def test_every_file_says_in_its_first_line_what_it_is() -> None:
    silent = [
        str(file)
        for file in product_files()
        if (text := (ROOT / file).read_text("utf-8")).strip()
        and not ast.get_docstring(ast.parse(text))
    ]

    assert not silent


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [str(file) for file in product_files() if file.name in VAGUE]


def test_business_code_is_told_the_time_and_never_asks_for_it() -> None:
    asking = re.compile(r"(^|\.)(datetime|date)\.(now|today|utcnow)$")

    found = [
        f"{file}:{line} {name}"
        for file in product_files()
        if file not in CLOCKS
        for line, name in calls(file)
        if asking.search(name)
    ]

    assert not found


def test_the_database_is_spoken_to_without_an_object_mapper() -> None:
    mapped = re.compile(r"^\s*(from|import) sqlalchemy\.(orm|ext)\b", re.MULTILINE)

    assert not [
        str(file) for file in product_files() if mapped.search((ROOT / file).read_text("utf-8"))
    ]


def test_all_five_packages_lie_in_one_folder() -> None:
    import importlib.util

    specs = [importlib.util.find_spec(package) for package in PACKAGES]

    places = {Path(str(spec.origin)).parents[1] for spec in specs if spec}
    assert places == {ROOT}
    assert len([spec for spec in specs if spec]) == len(PACKAGES)


def test_no_file_names_a_place_on_somebodys_machine_or_a_registry() -> None:
    found = [
        f"{file}:{number}: {match.group()}"
        for file in tracked_files()
        if file.suffix not in BINARY and file != Path("tests/architecture/test_house.py")
        for number, line in enumerate(
            (ROOT / file).read_text("utf-8", errors="replace").splitlines(), start=1
        )
        if (match := PRIVATE_PLACES.search(line))
    ]

    assert not found
