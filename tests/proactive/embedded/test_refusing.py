"""Refusing: a folder that is not ours stays as it is, and the sentence says what to do."""

import os
import threading
import warnings
from pathlib import Path

import pytest

from proactive.embedded import Servers, share_servers, start_servers
from proactive.embedded.folder import check_is_ours
from proactive.kernel.errors import Refused
from tests.proactive.embedded.watching import parent_process

NOBODY = 65534


def test_a_folder_with_foreign_files_is_refused_and_untouched(place: Path) -> None:
    (place / "thesis.txt").write_text("do not touch")
    before = (place.stat().st_mode, sorted(place.iterdir()))

    with pytest.raises(
        Refused, match=r"not one of the embedded servers'.*Choose an empty"
    ) as refusal:
        start_servers(place)

    assert refusal.value.code == "not_our_folder"
    assert (place.stat().st_mode, sorted(place.iterdir())) == before


def test_a_file_in_place_of_the_folder_is_refused(place: Path) -> None:
    (place / "file").write_text("")

    with pytest.raises(Refused, match="It is not a folder"):
        start_servers(place / "file")


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_marker_that_this_version_cannot_read_is_refused(place: Path, text: str) -> None:
    (place / "servers.json").write_text(text)

    with pytest.raises(Refused, match="Use the version that made it"):
        start_servers(place)


def test_a_folder_of_another_postgresql_version_is_refused(place: Path) -> None:
    start_servers(place / "servers", version=16, fast=True).stop()

    with pytest.raises(Refused, match="data of PostgreSQL 16, not 18"):
        start_servers(place / "servers", version=18)


def test_an_unknown_version_is_refused(place: Path) -> None:
    with pytest.raises(Refused, match="Choose 18 or 16"):
        start_servers(place / "servers", version=17)


def test_starting_twice_at_once_is_refused_naming_the_other_process(place: Path) -> None:
    with (
        parent_process(place / "servers") as (other, _words),
        pytest.raises(Refused, match=rf"already running\. Process {other.pid} started them"),
    ):
        start_servers(place / "servers", fast=True)


def test_starting_twice_in_one_process_is_refused_and_leaves_the_running_ones_alone(
    place: Path,
) -> None:
    with start_servers(place / "servers", fast=True) as servers:
        rights = (place / "servers").stat().st_mode
        with pytest.raises(Refused, match="already running"):
            start_servers(place / "servers", fast=True)
        assert (place / "servers").stat().st_mode == rights
        _check_that_the_last_user_is_waited_for(servers)
    assert share_servers(place / "servers") is None

    start_servers(place / "servers", fast=True).stop()


def _check_that_the_last_user_is_waited_for(servers: Servers) -> None:
    shared = share_servers(servers.folder.path)
    assert shared is not None
    assert shared[0] == (servers.database_url, servers.redis_url)
    waiting = threading.Thread(target=servers.wait_until_unused)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    shared[1].leave()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_folder_of_another_account_is_refused_to_an_ordinary_user() -> None:
    assert _code_as_ordinary_user(Path("/usr")) == "other_owner"


def _code_as_ordinary_user(folder: Path) -> str:
    if os.geteuid() != 0:
        with pytest.raises(Refused) as refusal:
            check_is_ours(folder)
        return refusal.value.code
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            check_is_ours(folder)
        except Refused as refusal_there:
            os.write(writing, refusal_there.code.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    return os.read(reading, 100).decode()
