"""The file way out: private, one line per message, safe against crashes and rivals."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from notifiers.file import FileNotifier
from proactive.plugins.contract import NotifierContract, a_message
from proactive.plugins.notifier import Absent, Found, Notifier, OutgoingMessage, Unknown


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class TestFile(NotifierContract):
    def build(self, tmp_path: Path) -> Notifier:
        self.path = tmp_path / "sms.jsonl"
        return FileNotifier(self.path)

    def copies(self, message: OutgoingMessage) -> int:
        return sum(line["id"] == message.message_id for line in lines(self.path))


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    FileNotifier(tmp_path / "sms.jsonl").send(a_message())

    assert stat.S_IMODE((tmp_path / "sms.jsonl").stat().st_mode) == 0o600


def test_a_line_torn_by_a_crash_is_absent_and_spoils_nothing_after_it(tmp_path: Path) -> None:
    path, torn, after = tmp_path / "sms.jsonl", a_message(), a_message()
    FileNotifier(path).send(torn)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 20)

    fresh = FileNotifier(path)
    missing = fresh.look_up(torn)
    fresh.send(after)

    assert isinstance(missing, Absent)
    assert isinstance(FileNotifier(path).look_up(after), Found)


def test_rivals_write_each_message_once(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    messages = [a_message() for _ in range(60)]

    def run(_: int) -> None:
        notifier = FileNotifier(path)
        for message in messages:
            notifier.send(message)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert len(lines(path)) == len(messages)


def test_a_folder_that_cannot_be_written_is_unknown_not_an_exception(tmp_path: Path) -> None:
    assert isinstance(FileNotifier(tmp_path / "missing" / "sms.jsonl").send(a_message()), Unknown)


def test_a_file_replaced_by_an_empty_one_starts_anew(tmp_path: Path) -> None:
    path, message = tmp_path / "sms.jsonl", a_message()
    notifier = FileNotifier(path)
    notifier.send(message)
    os.truncate(path, 0)

    assert isinstance(notifier.look_up(message), Absent)
