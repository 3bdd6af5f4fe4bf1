"""Surviving: whoever is killed, nothing that was kept is lost and nothing is left behind."""

import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from functools import partial
from pathlib import Path

import pytest

from proactive.embedded import Servers, start_servers, temporary_servers
from proactive.embedded.binaries import find_programs
from proactive.embedded.processes import as_account
from proactive.embedded.servers import MEMORY, temporary_place
from tests.proactive.embedded.watching import (
    ask,
    eventually,
    is_alive,
    parent_process,
    tell,
    valkey,
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_their_parent_however_it_ends(place: Path, number: signal.Signals) -> None:
    with parent_process(place / "servers") as (parent, words):
        parent.send_signal(number)

    assert eventually(lambda: not any(is_alive(int(pid)) for pid in words))
    with start_servers(place / "servers", fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1


def test_servers_killed_again_and_again_come_back_with_everything_committed() -> None:
    with temporary_servers() as servers:
        tell(servers, "CREATE TABLE kept (n serial)")
        for _ in range(2):
            tell(servers, "INSERT INTO kept DEFAULT VALUES")
            valkey(servers).incr("rings")
            before = set(servers.pids().values())

            for pid in before:
                os.kill(pid, signal.SIGKILL)

            assert eventually(partial(_all_new, servers, before))
            assert eventually(lambda: valkey(servers).ping())
            assert eventually(lambda: ask(servers, "SELECT 1"))
        assert ask(servers, "SELECT count(*) FROM kept") == 2
        assert valkey(servers).get("rings") == "2"


def _all_new(servers: Servers, before: set[int]) -> bool:
    return before.isdisjoint(servers.pids().values())


def test_servers_that_outlived_their_parent_are_ended_and_started_anew(place: Path) -> None:
    stopped = start_servers(place / "servers", fast=True)
    stopped.stop()
    orphans = [_start_without_parent(stopped, name) for name in ("postgresql", "valkey")]
    assert eventually((stopped.folder.cluster / "postmaster.pid").exists)

    with start_servers(place / "servers", fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1
        assert all(orphan.wait(timeout=10) is not None for orphan in orphans)


def _start_without_parent(stopped: Servers, name: str) -> subprocess.Popen[bytes]:
    folder = stopped.folder
    programs = find_programs(18, folder.account)
    if name == "postgresql":
        home, program = folder.cluster, programs.postgresql / "postgres"
        argument = f"--config-file={folder.conf}/postgresql.conf"
    else:
        home, program, argument = folder.valkey, programs.valkey, f"{folder.conf}/valkey.conf"
    return subprocess.Popen(
        [program, argument],
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_account(folder.account),
    )


def test_a_stale_pid_file_that_names_a_living_process_does_no_harm(place: Path) -> None:
    servers = start_servers(place / "servers", fast=True)
    servers.stop()
    sleeper = subprocess.Popen(["sleep", "60"], **as_account(servers.folder.account))
    stale = f"{sleeper.pid}\n{servers.folder.cluster}\n1700000000\n5432\n\n\n0 0\nready\n"
    (servers.folder.cluster / "postmaster.pid").write_text(stale)
    (servers.sockets / ".s.PGSQL.5432.lock").write_text(stale)

    with start_servers(place / "servers", fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1
    assert sleeper.poll() is None

    sleeper.kill()
    sleeper.wait()


def test_a_start_killed_half_way_is_completed_by_the_next(place: Path) -> None:
    servers = start_servers(place / "servers", fast=True)
    servers.stop()
    folder = servers.folder
    half = folder.workshop / "half"
    shutil.copytree(folder.cluster, half)
    (half / "PG_VERSION").unlink()
    shutil.rmtree(folder.cluster)

    with start_servers(place / "servers", fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1
    assert not half.exists()


def test_a_torn_end_of_the_append_only_file_is_cut_off(place: Path) -> None:
    with start_servers(place / "servers", fast=True) as servers:
        valkey(servers).set("kept", "7")
    (log,) = servers.folder.valkey.glob("appendonlydir/*.incr.aof")
    with log.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")

    with start_servers(place / "servers", fast=True) as servers:
        assert valkey(servers).get("kept") == "7"
        assert valkey(servers).dbsize() == 1


def test_a_forked_child_that_ends_leaves_the_servers_running() -> None:
    with temporary_servers() as servers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            servers.stop()
            os._exit(0)
        os.waitpid(child, 0)

        assert ask(servers, "SELECT 1") == 1


def test_temporary_servers_leave_nothing_and_clear_up_after_killed_ones() -> None:
    with parent_process("temporary") as (killed, words):
        left = Path(words[-1])
        killed.kill()
    assert left.is_dir()

    with temporary_servers() as servers:
        folder = servers.folder.path
        assert folder.parent in (MEMORY, Path(tempfile.gettempdir()))

    assert not left.exists()
    assert not folder.exists()


def test_without_room_in_memory_temporary_servers_go_to_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("proactive.embedded.servers.MEMORY_WANTED", 2**60)
    assert temporary_place() == Path(tempfile.gettempdir()).resolve()

    monkeypatch.setattr("proactive.embedded.servers.MEMORY", Path("/nowhere"))
    monkeypatch.setattr("proactive.embedded.servers.MEMORY_WANTED", 0)
    assert temporary_place() == Path(tempfile.gettempdir()).resolve()
