"""Starting: what runs, where it answers, and what stays between two starts."""

import shutil
import threading
import time
from pathlib import Path

import psycopg
import pytest

from proactive.embedded import Servers, running_servers, start_servers, temporary_servers
from proactive.kernel.errors import Refused
from tests.proactive.embedded.watching import ask, connect, tell, valkey


@pytest.mark.parametrize("version", [16, 18])
def test_both_postgresql_versions_start_and_answer(version: int) -> None:
    with temporary_servers(version=version) as servers:
        assert ask(servers, "SHOW server_version").startswith(f"{version}.")
        assert ask(servers, "SHOW server_encoding") == "UTF8"
        assert valkey(servers).ping()


def test_nothing_listens_on_the_network_and_sockets_are_private(running: Servers) -> None:
    assert ask(running, "SHOW listen_addresses") == ""
    assert valkey(running).config_get("port") == {"port": "0"}
    assert running.sockets.stat().st_mode & 0o777 == 0o700


def test_the_owner_of_the_database_is_bound_by_row_policies_and_may_become_roles_it_makes(
    running: Servers,
) -> None:
    with connect(running.database_url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE t FORCE ROW LEVEL SECURITY")
        connection.execute("CREATE ROLE village NOLOGIN")
        connection.execute("GRANT village TO CURRENT_USER")

        seen = connection.execute("SELECT count(*) FROM t").fetchone()
        connection.execute("SET ROLE village")

    assert seen == (0,)
    with connect(running.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_the_log_of_postgresql_holds_no_statement_and_no_value(running: Servers) -> None:
    tell(running, "CREATE TABLE person (name text PRIMARY KEY)")
    tell(running, "INSERT INTO person VALUES ('canary-name')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        tell(running, "INSERT INTO person VALUES ('canary-name')")

    log = (running.folder.log / "postgresql.log").read_text()

    assert "duplicate key" in log
    assert "canary" not in log


def test_a_second_start_is_quick_and_finds_the_data(place: Path) -> None:
    with start_servers(place / "servers", fast=True) as servers:
        tell(servers, "CREATE TABLE kept AS SELECT 7 AS n")
        valkey(servers).set("kept", "7")

    begun = time.monotonic()
    with start_servers(place / "servers", fast=True) as servers:
        seconds = time.monotonic() - begun

        assert ask(servers, "SELECT n FROM kept") == 7
        assert valkey(servers).get("kept") == "7"
        assert seconds < 5  # 0.2 s on an idle machine; the tests may share theirs


@pytest.mark.parametrize("name", ["中文 with space and 'quote'", "long-" + "x" * 120])
def test_any_folder_name_will_do(place: Path, name: str) -> None:
    with start_servers(place / name, fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1
        assert valkey(servers).ping()
        assert servers.sockets.stat().st_mode & 0o777 == 0o700
        sockets = servers.sockets

    assert place in sockets.parents or not sockets.exists()


def test_a_closed_parent_folder_keeps_its_rights_and_is_no_hindrance(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    before = [folder.stat().st_mode for folder in (place, closed)]

    start_servers(closed / "deep" / "servers", fast=True).stop()
    with start_servers(closed / "deep" / "servers", fast=True) as servers:
        assert ask(servers, "SELECT 1") == 1

    assert [folder.stat().st_mode for folder in (place, closed)] == before
    if servers.folder.account.dropped:  # nobody cannot enter: the data lie where it can
        assert servers.folder.data.parent == Path("/var/lib/proactive")
        assert (servers.folder.data / "belongs-to").read_text() == f"{closed}/deep/servers\n"
        shutil.rmtree(servers.folder.data)
        with pytest.raises(Refused, match="which is gone"):
            start_servers(closed / "deep" / "servers")


def test_servers_outlive_the_thread_that_asked_for_them(place: Path) -> None:
    made: list[Servers] = []
    thread = threading.Thread(target=lambda: made.append(start_servers(place, fast=True)))

    thread.start()
    thread.join()
    time.sleep(0.3)

    assert ask(made[0], "SELECT 1") == 1
    made[0].stop()


def test_another_process_may_ask_for_the_addresses(place: Path) -> None:
    folder = place / "servers"
    assert running_servers(folder) is None

    with start_servers(folder, fast=True) as servers:
        assert running_servers(folder) == (servers.database_url, servers.redis_url)

    assert running_servers(folder) is None
