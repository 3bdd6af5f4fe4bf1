"""What an engine is handed for one feed: contract, pinned files (or rows), corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from proactive.feeds.contract import Contract


class View(Protocol):
    """One feed at its pinned version; `feeds.lake.FeedView` is one.

    `superseded` has the columns record_id, version, since (instant), since_recorded (day, null).
    """

    @property
    def contract(self) -> Contract: ...

    @property
    def files(self) -> Sequence[str]: ...

    @property
    def superseded(self) -> pa.Table: ...


@dataclass(frozen=True, slots=True)
class MemoryView:
    """Rows held in memory instead of files: examples and tests."""

    contract: Contract
    table: pa.Table
    superseded: pa.Table

    @property
    def files(self) -> Sequence[str]:
        return ()
