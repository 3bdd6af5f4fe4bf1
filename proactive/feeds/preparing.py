"""A file read to its end: cleaned rows staged, identities and bad rows handed on as they come."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proactive.feeds.cells import Setting
from proactive.feeds.cleaning import BadRow, Cleaned, Cleaner
from proactive.feeds.contract import Contract, Reader
from proactive.feeds.encodings import check_not_mis_decoded
from proactive.feeds.files import LIMITS, FileFacts, Limits
from proactive.feeds.layout import Layout, resolve_layout
from proactive.feeds.mapping import Mapping
from proactive.feeds.refusals import refuse_truncated
from proactive.feeds.sources import Chunk, Source, open_source
from proactive.feeds.staging import Staging
from proactive.feeds.summary import Summary
from proactive.feeds.words import Check
from proactive.kernel.crypto import Keyring
from proactive.kernel.work import Work
from proactive.people.model import Identity

SAMPLE = 200
SCRATCH = "scratch"
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as it was handed in, with what it is to be read by."""

    contract: Contract
    mapping: Mapping
    path: Path
    encoding: str | None = None
    history: bool = False
    override_unit: bool = False
    limits: Limits = LIMITS
    progress: Progress | None = None

    @property
    def reading(self) -> str:
        """A fingerprint of how the file is read: the same bytes read differently are new."""
        parts = (self.contract.model_dump_json(), self.mapping.model_dump_json(), self.encoding)
        return hashlib.sha256(repr((*parts, self.history)).encode()).hexdigest()

    @property
    def reader(self) -> Reader:
        """The contract's reader with what the mapping changes."""
        changes = self.mapping.reader.model_dump(exclude_none=True)
        return self.contract.reader.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where identities, aliases and bad rows go while a file is read."""

    identities: Callable[[list[Identity]], None]
    aliases: Callable[[list[tuple[int, int]]], None]
    bad: Callable[[list[BadRow]], None]


NOWHERE = Sink(lambda _: None, lambda _: None, lambda _: None)


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """A private folder for one delivery, gone afterwards.

    It is locked while it is used, so that one left by a killed process can be told and removed.
    """
    parent = beside / SCRATCH
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_left_behind(beside: Path) -> int:
    """Remove the scratch folders of processes that are no more; return how many."""
    removed = 0
    for folder in (beside / SCRATCH).glob("*/"):
        try:
            with (folder / ".lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        except OSError:
            continue  # in use, or just being made or removed by its owner
    return removed


def setting_of(work: Work) -> Setting:
    """Return what converting needs of the place."""
    return Setting(work.today, work.zone, work.region)


def prepare(
    delivered: Delivered,
    facts: FileFacts,
    scratch: Path,
    *,
    keys: Keyring,
    setting: Setting,
    sink: Sink = NOWHERE,
) -> Summary:
    """Read, clean and stage the whole file; a fault of the file as a whole refuses it."""
    contract = delivered.contract
    summary = Summary(contract.feed, facts.name, knowledge_assumed=delivered.history)
    with (
        open_source(
            facts,
            delivered.reader,
            delivered.limits,
            encoding=delivered.encoding or delivered.mapping.encoding,
            candidates=contract.encodings,
        ) as source,
        Staging(scratch, contract) as staging,
    ):
        layout = resolve_layout(contract, delivered.mapping, source.headings, facts.name)
        summary.encoding, summary.missing = source.encoding, layout.missing
        cleaner = Cleaner(contract, delivered.mapping, layout, setting=setting, keys=keys)
        for chunk in _watched(source, layout, delivered, facts):
            cleaned = cleaner.clean(chunk)
            staging.add(cleaned.rows)
            _count(summary, cleaned)
            sink.identities(cleaned.identities)
            sink.aliases(cleaned.aliases)
            sink.bad(cleaned.bad)
    summary.rows_read, summary.totals = source.read, source.totals
    _check_manifest(facts, source.read)
    return summary


def _watched(
    source: Source, layout: Layout, delivered: Delivered, facts: FileFacts
) -> Iterator[Chunk]:
    """The chunks; the first names are looked at for mojibake, progress is told."""
    total = facts.manifest.rows if facts.manifest else None
    for index, chunk in enumerate(source.chunks()):
        if index == 0:
            check_not_mis_decoded(facts.name, _names(chunk, layout, delivered.contract))
        yield chunk
        if delivered.progress:
            delivered.progress(source.read, total)


def _names(chunk: Chunk, layout: Layout, contract: Contract) -> list[str]:
    places = [
        feeder.columns[0]
        for name, feeder in layout.feeders.items()
        if feeder.columns and contract.fields[name].check is Check.NAME
    ]
    return [row[i] for row in chunk.rows[:SAMPLE] for i in places if i < len(row)]


def _count(summary: Summary, cleaned: Cleaned) -> None:
    summary.left_out += cleaned.left_out
    summary.warnings.update(cleaned.warnings)
    summary.unknown.update(cleaned.unknown)
    for row in cleaned.bad:
        summary.put_aside(row.number, row.column, row.reason)


def _check_manifest(facts: FileFacts, rows: int) -> None:
    if facts.manifest and facts.manifest.rows != rows:
        why = f"It has {rows} rows; its manifest says {facts.manifest.rows}."
        raise refuse_truncated(facts.name, why)
