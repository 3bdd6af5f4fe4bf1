"""The drop folder on disk: what lies in it, and moving a file through it without losing it.

`<drop>/<feed>/bills.csv`, beside it if wanted `bills.csv.manifest.json`, `bills.csv.how.yaml`
(or `how.yaml` for all files of the folder) and mapping files. While it is taken in a file lies in
`.taking/<id>/`; then it goes to `taken/` or `refused/` with `bills.csv.why.txt`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from proactive.feeds.handing import How
from proactive.feeds.marked import read_marked_file, validate

TAKING, TAKEN, REFUSED = ".taking", "taken", "refused"
HOW, MANIFEST, WHY = ".how.yaml", ".manifest.json", ".why.txt"
COMMON_HOW = "how.yaml"
BAD_HOW = "bad_how"
UNFINISHED = (".part", ".tmp", ".partial", ".filepart", ".crdownload", ".swp")
COMPANIONS = (MANIFEST, ".yaml", ".yml", WHY)
LOOSE_FILES = "(files outside a feed's folder)"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file in a feed's folder; `mark` changes when it or what belongs to it changes."""

    feed: str
    name: str
    mark: str


def look_into(drop: Path) -> Iterator[Dropped]:
    """Every file that may be a delivery, in every folder; links are never followed."""
    for folder in sorted(_folders(drop)):
        shared = sorted(folder.glob("*.y*ml"))
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if is_delivery(entry.name) and entry.is_file(follow_symlinks=False):
                yield Dropped(folder.name, entry.name, _mark(folder, entry.name, shared))


def mark_of(drop: Path, feed: str, name: str) -> str:
    """The mark of one file as it lies in its folder now; '' when it is not there."""
    folder = drop / feed
    there = (folder / name).is_file()
    return _mark(folder, name, sorted(folder.glob("*.y*ml"))) if there else ""


def folders_of(drop: Path) -> set[str]:
    """The names of the folders; files that lie in none of them are one more name."""
    names = {folder.name for folder in _folders(drop)}
    loose = any(
        is_delivery(entry.name) and entry.is_file(follow_symlinks=False)
        for entry in os.scandir(drop)
    )
    return names | ({LOOSE_FILES} if loose else set())


def is_delivery(name: str) -> bool:
    """Not hidden, not half-written, and not what belongs to another file."""
    lower = name.lower()
    return not (lower.startswith((".", "~$")) or lower.endswith((*UNFINISHED, *COMPANIONS)))


def claim(drop: Path, feed: str, name: str, parcel_id: str) -> Path:
    """Take a file out of reach of its sender, what belongs to it first; again changes nothing.

    Returns where it lies now; there need not be a file, if the sender took it away meanwhile.
    """
    folder, place = drop / feed, _taking(drop, feed, parcel_id)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for shared in sorted(folder.glob("*.y*ml")):
        if shared.is_file() and not shared.is_symlink() and not shared.name.endswith(HOW):
            _copy(shared, place / shared.name)
    for beside in (name + HOW, name + MANIFEST, name):
        source, target = folder / beside, place / beside
        if not target.exists() and source.is_file() and not source.is_symlink():
            source.replace(target)
    return place / name


def how_of(path: Path) -> How:
    """What is said beside a claimed file about its reading; Refused `bad_how`."""
    for beside in (path.with_name(path.name + HOW), path.with_name(COMMON_HOW)):
        if beside.is_file():
            return validate(read_marked_file(beside, code=BAD_HOW), How, code=BAD_HOW)
    return How()


def free_name(drop: Path, feed: str, name: str, where: str) -> str:
    """A name in `taken` or `refused` that nothing has yet, the file's own if possible."""
    folder = drop / feed / where
    stem, dot, rest = name.partition(".")
    number, wanted = 1, name
    while any((folder / (wanted + end)).exists() for end in ("", WHY)):
        number += 1
        wanted = f"{stem}.{number}{dot}{rest}"
    return f"{where}/{wanted}"


def put_away(drop: Path, feed: str, name: str, parcel_id: str, to: str, why: str) -> None:
    """Move a claimed file to its place: the sentence first, the file last; harmless twice."""
    place, target = _taking(drop, feed, parcel_id), drop / feed / to
    target.parent.mkdir(exist_ok=True)
    sentence = target.with_name(target.name + WHY)
    if not sentence.exists():
        part = sentence.with_name(f".{sentence.name}.part")
        part.write_text(why + "\n", encoding="utf-8")
        part.replace(sentence)
    for end in (HOW, MANIFEST, ""):
        source = place / (name + end)
        if source.exists():
            source.replace(target.with_name(target.name + end))
    shutil.rmtree(place, ignore_errors=True)


def forget(drop: Path, feed: str, to: str) -> None:
    """Delete a file that was put away, with all that belongs to it."""
    target = drop / feed / to
    for end in ("", HOW, MANIFEST, WHY):
        target.with_name(target.name + end).unlink(missing_ok=True)


def _folders(drop: Path) -> Iterator[Path]:
    for entry in os.scandir(drop):
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield Path(entry.path)


def _taking(drop: Path, feed: str, parcel_id: str) -> Path:
    return drop / feed / TAKING / parcel_id


def _mark(folder: Path, name: str, shared: Sequence[Path]) -> str:
    """Size and time of a file and of everything that is read with it, as one fingerprint."""
    parts = []
    for path in (folder / name, folder / (name + MANIFEST), *shared):
        try:
            seen = path.stat(follow_symlinks=False)
        except OSError:
            continue
        parts.append(f"{path.name}:{seen.st_size}:{seen.st_mtime_ns}")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, part, follow_symlinks=False)
        part.replace(target)
