"""Writes messages to a file of JSON lines, for the demo, for tests and for carrying by hand.

The file holds numbers and texts: only its owner may read it. One line is one message; the same
message again adds no second line, so this way out is idempotent.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Answer,
    DeliveryState,
    Found,
    LookUp,
    NoAnswer,
    OutgoingMessage,
    Unknown,
)
from proactive.plugins.options import Options


class FileNotifier:
    """Appends under a file lock; a line torn by a crash counts as not written."""

    name = "file"
    two_way = False
    idempotent = True
    settle_time = timedelta(seconds=1)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[str] = set()
        self._read_to = 0

    def send(self, message: OutgoingMessage) -> Answer:
        try:
            with self._locked() as handle:
                self._read_on(handle)
                if message.message_id not in self._seen:
                    self._append(handle, message)
        except OSError as error:
            return Unknown(type(error).__name__)
        return Accepted(_provider_id(message))

    def look_up(self, message: OutgoingMessage) -> LookUp:
        try:
            with self._locked() as handle:
                self._read_on(handle)
        except OSError as error:
            return NoAnswer(type(error).__name__)
        if message.message_id in self._seen:
            return Found(DeliveryState.SENT, _provider_id(message))
        return Absent()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _read_on(self, handle: int) -> None:
        """Learn the lines added since the last look; an unfinished last line is closed first."""
        size = os.fstat(handle).st_size
        if size < self._read_to:  # somebody emptied or replaced the file
            self._seen.clear()
            self._read_to = 0
        if size and os.pread(handle, 1, size - 1) != b"\n":
            os.write(handle, b"\n")
            size += 1
        for line in _read(handle, self._read_to, size).splitlines():
            try:
                self._seen.add(json.loads(line)["id"])
            except (ValueError, KeyError, TypeError):
                continue
        self._read_to = size

    def _append(self, handle: int, message: OutgoingMessage) -> None:
        line = {
            "id": message.message_id,
            "reference": message.reference,
            "to": message.to,
            "language": message.language,
            "template": message.template,
            "text": message.text,
        }
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)


def build(options: Mapping[str, str]) -> FileNotifier:
    return FileNotifier(Path(Options("file", options, known=("path",)).text("path")))


def _read(handle: int, start: int, end: int) -> bytes:
    parts = []
    while start < end and (part := os.pread(handle, min(end - start, 1 << 20), start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _provider_id(message: OutgoingMessage) -> str:
    return f"file-{message.message_id}"
