"""The lake: one append-only Delta table per feed. PostgreSQL says which version is visible.

A commit that PostgreSQL does not know of (a crash between the two) is rolled back before the next
append, so it can never become visible beneath a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from proactive.feeds.contract import Contract
from proactive.feeds.words import COMMON_FIELDS, COMMON_SCHEMA
from proactive.kernel.errors import Failed

MOST_FILES = 200
GRACE_HOURS = 12  # the longest that a scan or a replay may read files of an earlier version
DEBRIS = (DeltaError, OSError)


@dataclass(frozen=True, slots=True)
class FeedView:
    """One feed as a scan sees it: the pinned files, and what has been superseded since.

    `superseded`: record_id, version, since (instant, UTC), since_recorded (day, may be null). The
    files are read with `hive_partitioning` and `union_by_name`; `year` is in their path.
    """

    contract: Contract
    files: list[str]
    superseded: pa.Table


def lake_schema(contract: Contract) -> pa.Schema:
    """The common columns, then the contract's fields without identity."""
    fields = [pa.field(name, column.arrow_type) for name, column in contract.lake_fields.items()]
    return pa.schema(
        [*COMMON_SCHEMA, *(field for field in fields if field.name not in COMMON_FIELDS)]
    )


class Lake:
    """The folder that holds one Delta table per feed."""

    def __init__(
        self, root: Path, *, most_files: int = MOST_FILES, grace_hours: int = GRACE_HOURS
    ) -> None:
        self.root, self._most_files, self._grace_hours = root, most_files, grace_hours

    def folder(self, feed: str) -> Path:
        return self.root / feed

    def version(self, feed: str) -> int | None:
        """The table's newest version; None when there is no table yet."""
        table = self._open(feed)
        return None if table is None else table.version()

    def append(
        self,
        feed: str,
        rows: pa.RecordBatchReader | pa.Table,
        *,
        head: int | None,
    ) -> int:
        """Append a delivery's rows after the pinned head and return the new version.

        `head` is the version PostgreSQL pins. Newer commits are debris of a crash and are rolled
        back first: the table's own version, not a second append, says what is there. The caller
        holds the feed's advisory lock.
        """
        table = self.restore(feed, head)
        if table is None:
            self.root.mkdir(parents=True, exist_ok=True)
            write_deltalake(str(self.folder(feed)), rows, mode="append", partition_by=["year"])
        else:
            write_deltalake(table, rows, mode="append", schema_mode="merge")
        return self._compacted(feed)

    def files(self, feed: str, version: int | None) -> list[str]:
        """The files of a pinned version; none where nothing has been delivered."""
        if version is None:
            return []
        try:
            table = DeltaTable(str(self.folder(feed)), version=version)
        except DEBRIS as error:
            raise Failed(
                "lake_lost",
                "The stored data of feed '{feed}' has no version {version}.",
                feed=feed,
                version=version,
            ) from error
        return sorted(table.file_uris())

    def restore(self, feed: str, head: int | None) -> DeltaTable | None:
        """Bring the table back to the pinned head; None when there is then no table.

        Used before each append and after a restored backup.
        """
        table = self._open(feed)
        if head is None:
            return None if table is None else self._emptied(table)
        if table is None or table.version() < head:
            raise Failed(
                "lake_behind",
                "The stored data of feed '{feed}' is older than version {version}.",
                feed=feed,
                version=head,
            )
        if table.version() > head:
            table.restore(head)
        return table

    def forget(self, feed: str, head: int, *, when: str, versions: pa.Table) -> tuple[int, int]:
        """Delete rows for which `when` (SQL) holds, and those of `versions` (record_id, version).

        Returns the new version and how many rows went. Files of before stay until `sweep`, so
        that a scan which is reading them ends well. The caller holds the feed's advisory lock.
        """
        table = self.restore(feed, head)
        if table is None:
            return head, 0
        gone = int(table.delete(when)["num_deleted_rows"]) if when else 0
        if versions.num_rows:
            merge = table.merge(
                versions,
                predicate="t.record_id = s.record_id AND t.version = s.version",
                source_alias="s",
                target_alias="t",
            )
            gone += int(merge.when_matched_delete().execute()["num_target_rows_deleted"])
        return (table.version(), gone) if gone else (head, 0)

    def sweep(self, feed: str, head: int) -> tuple[int, int]:
        """Remove from the disk what the pinned version has not held for some hours.

        Returns the version to pin from now on (the same rows) and how many files went. The caller
        holds the feed's advisory lock.
        """
        table = self.restore(feed, head)
        old = self._old_files(table, feed, head) if table is not None else []
        if table is None or not old:
            return head, 0
        table.vacuum(
            retention_hours=self._grace_hours,
            dry_run=False,
            enforce_retention_duration=False,
            keep_versions=[head],
        )
        return table.version(), len(old)

    def _old_files(self, table: DeltaTable, feed: str, head: int) -> list[str]:
        """What a vacuum would remove and is still there; it lists what is long gone too."""
        listed = table.vacuum(
            retention_hours=self._grace_hours,
            dry_run=True,
            enforce_retention_duration=False,
            keep_versions=[head],
        )
        return [file for file in listed if (self.folder(feed) / unquote(file)).exists()]

    def _emptied(self, table: DeltaTable) -> DeltaTable:
        """A table that was never pinned: a crash during its first delivery left it."""
        if table.file_uris():
            table.delete()
        return table

    def _compacted(self, feed: str) -> int:
        """Small files put together when there are too many; the newest version either way."""
        table = DeltaTable(str(self.folder(feed)))
        if len(table.file_uris()) > self._most_files:
            table.optimize.compact()
        return table.version()

    def _open(self, feed: str) -> DeltaTable | None:
        try:
            return DeltaTable(str(self.folder(feed)))
        except TableNotFoundError:
            return None
