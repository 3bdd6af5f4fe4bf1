"""Which encoding a text file is in: tried strictly, never guessed, wrong readings noticed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from proactive.feeds.files import BLOCK, FileFacts, Limits, open_plain
from proactive.feeds.refusals import (
    refuse_encoding,
    refuse_mis_decoded,
    refuse_not_a_table,
    refuse_truncated,
)
from proactive.kernel.errors import Refused

# gb18030 reads all of its elders and knows the rare characters of names, so it stands for them.
ELDERS = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf-8": "utf-8-sig"}
UTF_8, GB18030 = "utf-8-sig", "gb18030"
_WIDE = re.compile("[\u2e80-\uffff]")


@dataclass(slots=True)
class _Reading:
    """One strict decoding of the file as it streams by."""

    encoding: str
    decoder: codecs.IncrementalDecoder
    lines: int = 1
    wrong_line: int = 0
    wrong_at_end: bool = False
    last: str = ""
    nul_line: int = 0
    wide: bool = False

    def feed(self, block: bytes, *, final: bool) -> None:
        if self.wrong_line:
            return
        try:
            text = self.decoder.decode(block, final)
        except UnicodeDecodeError as error:
            self.wrong_line = self.lines + block[: error.start].count(b"\n")
            self.wrong_at_end = final
            return
        if not self.nul_line and "\0" in text:
            self.nul_line = self.lines + text[: text.index("\0")].count("\n")
        self.lines += text.count("\n")
        self.wide = self.wide or _WIDE.search(text) is not None
        self.last = text[-1:] or self.last


def find_encoding(
    facts: FileFacts, limits: Limits, *, asked: str | None, candidates: Sequence[str]
) -> str:
    """The encoding of a text file; refused when none fits, or when the one asked for cannot be.

    Also refuses NUL characters and, without a manifest, a missing newline at the end.
    """
    names = [known_encoding(asked)] if asked else [known_encoding(name) for name in candidates]
    readings = [_Reading(name, _decoder(name)) for name in dict.fromkeys([*names, UTF_8])]
    damage = _Damage()
    with open_plain(facts, limits) as stream:
        while block := stream.read(BLOCK):
            _feed(readings, damage, block, final=False)
    _feed(readings, damage, b"", final=True)
    found = _choose(facts, readings, names, damage, asked=asked)
    if found.nul_line:
        raise refuse_not_a_table(facts.name, f"Line {found.nul_line} holds a NUL character.")
    if found.last not in "\r\n" and facts.manifest is None:
        why = f"The last line ({found.lines}) does not end with a newline."
        raise refuse_truncated(facts.name, why)
    return found.encoding


def known_encoding(name: str) -> str:
    """The codec's name; an unknown one is refused."""
    try:
        info = codecs.lookup(name)
        "".encode(name)
    except (LookupError, TypeError) as error:
        raise Refused(
            "unknown_encoding",
            "There is no text encoding '{name}'.",
            todo="Use utf-8 or gb18030.",
            name=name[:40],
        ) from error
    return ELDERS.get(info.name, info.name)


def check_not_mis_decoded(file: str, texts: Sequence[str]) -> None:
    """Refuse text that an earlier program read in a wrong encoding (mojibake)."""
    for text in texts:
        if "\ufffd" in text or "锟斤拷" in text:
            raise refuse_mis_decoded(file, "It holds the sign for unreadable characters.")
    foreign = [text for text in texts if any(sign > "\x7f" for sign in text)]
    twisted = [text for text in foreign if _twisted(text)]
    if twisted and 2 * len(twisted) >= len(foreign):
        raise refuse_mis_decoded(file, "Its letters become words only when decoded once more.")


def _twisted(text: str) -> bool:
    """Does the text turn into Chinese when its bytes are read as UTF-8?"""
    for wrong in (GB18030, "latin-1", "cp1252"):
        try:
            again = text.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        if again != text and any("\u4e00" <= sign <= "\u9fff" for sign in again):
            return True
    return False


class _Damage:
    """How much of the file is sound UTF-8 although some of it is not."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.sound = self.broken = 0

    def feed(self, block: bytes, *, final: bool) -> None:
        if block.isascii() and not final and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(block, final)
        broken = text.count("\ufffd")
        self.broken += broken
        self.sound += len(text.encode()) - len(text) - 2 * broken


def _feed(readings: list[_Reading], damage: _Damage, block: bytes, *, final: bool) -> None:
    for reading in readings:
        reading.feed(block, final=final)
    damage.feed(block, final=final)


def _decoder(name: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(name)(errors="strict")


def _choose(
    facts: FileFacts,
    readings: list[_Reading],
    names: list[str],
    damage: _Damage,
    *,
    asked: str | None,
) -> _Reading:
    fitting = [r for r in readings if r.encoding in names and not r.wrong_line]
    utf_8 = next(r for r in readings if r.encoding == UTF_8)
    if not fitting:
        worst = next(r for r in readings if r.encoding == names[0])
        if worst.wrong_at_end:
            raise refuse_truncated(facts.name, "It ends in the middle of a character.")
        where = f"The first unreadable byte is in line {worst.wrong_line}."
        raise refuse_encoding(facts.name, " or ".join(names), where)
    found = fitting[0]
    if found.encoding == GB18030 and asked and not utf_8.wrong_line and utf_8.wide:
        raise refuse_encoding(facts.name, asked, "The file is UTF-8.")
    if found.encoding == GB18030 and utf_8.wrong_line and damage.sound > 8 * damage.broken:
        where = f"It is UTF-8 with damage; the first wrong byte is in line {utf_8.wrong_line}."
        raise refuse_encoding(facts.name, GB18030, where)
    return found
