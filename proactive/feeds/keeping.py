"""Set-based writes of a delivery: quarantine, held rows, superseded versions, heads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.feeds.cleaning import BadRow
from proactive.feeds.contract import Contract
from proactive.feeds.reasons import Reason
from proactive.feeds.settling import Held
from proactive.feeds.staging import staged_schema
from proactive.feeds.store import feed_state, held_row
from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period, add
from proactive.kernel.work import Work

COPY_QUARANTINE = (
    'COPY quarantine (delivery_id, row_no, feed, "column", reason, raw_cipher, delete_after)'
    " FROM STDIN"
)
COPY_SUPERSEDED = (
    "COPY superseded (feed, record_id, version, by_version, since, since_recorded, delivery_id)"
    " FROM STDIN"
)


def keep_bad(work: Work, contract: Contract, delivery_id: UUID, rows: Iterable[BadRow]) -> None:
    """Quarantine rows, their text encrypted, until the contract's day of deletion."""
    until = delete_after(work, contract)
    _copy(
        work,
        COPY_QUARANTINE,
        (
            (
                delivery_id,
                row.number,
                contract.feed,
                row.column,
                str(row.reason),
                work.keys.encrypt(
                    json.dumps(row.cells, ensure_ascii=False),
                    aad=f"quarantine:{delivery_id}:{row.number}",
                ),
                until,
            )
            for row in rows
        ),
    )


def contradicted_rows(numbers: Sequence[int]) -> list[BadRow]:
    """Rows that contradict another of the same record; the raw file holds their text."""
    return [BadRow(number, "", Reason.SAME_ID_DIFFERS, {}) for number in numbers]


def delete_after(work: Work, contract: Contract) -> date:
    """Return the last day on which raw file and quarantined rows of a delivery are kept."""
    return add(work.today, Period.parse(contract.retention.raw))


def keep_superseded(
    work: Work,
    feed: str,
    delivery_id: UUID,
    pairs: Iterable[tuple[str, int, int, datetime, date | None]],
) -> None:
    """Which version gave way to which, since when."""
    rows = (
        (feed, record, version, by, since, recorded, delivery_id)
        for record, version, by, since, recorded in pairs
    )
    _copy(work, COPY_SUPERSEDED, rows)


def keep_held(work: Work, contract: Contract, delivery_id: UUID, held: Sequence[Held]) -> None:
    """Rows that wait for a forward record or for a person."""
    rows = [
        {
            "id": new_id(),
            "feed": contract.feed,
            "delivery_id": delivery_id,
            "row_no": one.row["row_no"],
            "record_id": one.row["record_id"],
            "base": one.row["base"],
            "row_hash": one.row["row_hash"],
            "record_group": one.row["record_group"],
            "subject_key": one.row["subject_key"],
            "reason": one.reason,
            "twin": one.twin,
            "row": json.loads(json.dumps(one.row, default=_plain)),
            "held_at": work.now,
        }
        for one in held
    ]
    if rows:
        work.db.execute(insert(held_row).on_conflict_do_nothing(), rows)


def waiting_rows(work: Work, contract: Contract) -> tuple[pa.Table, list[UUID]]:
    """Refunds still waiting for their bill, numbered -1, -2, … and their ids in that order."""
    found = work.db.execute(
        select(held_row.c.id, held_row.c.row)
        .where(
            held_row.c.feed == contract.feed,
            held_row.c.state == "held",
            held_row.c.reason == "reverse_without_forward",
        )
        .order_by(held_row.c.held_at, held_row.c.id)
    ).all()
    rows = [{**row.row, "row_no": -index} for index, row in enumerate(found, start=1)]
    return staged_rows(contract, rows), [row.id for row in found]


def known_held(work: Work, contract: Contract) -> pa.Table:
    """Content that is held or was rejected: delivered again it changes nothing."""
    query = select(held_row.c.record_id, held_row.c.base, held_row.c.row_hash).where(
        held_row.c.feed == contract.feed, held_row.c.state != "released"
    )
    rows = work.db.execute(query).mappings().all()
    schema = pa.schema([("record_id", pa.string()), ("base", pa.int64()), ("row_hash", pa.int64())])
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def staged_rows(contract: Contract, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Held rows as they were staged."""
    schema = staged_schema(contract)
    typed = [{f.name: _typed(row.get(f.name), f.type) for f in schema} for row in rows]
    return pa.Table.from_pylist(typed, schema=schema)


def mark_released(work: Work, ids: Sequence[UUID], by: str, reason: str) -> None:
    if ids:
        work.db.execute(
            update(held_row)
            .where(held_row.c.id.in_(ids))
            .values(state="released", released_at=work.now, decided_by=by, decision_reason=reason)
        )


def move_head(
    work: Work, feed: str, version: int | None, *, rows: int, last_event: date | None
) -> None:
    """The feed's visible version from the end of this transaction on."""
    statement = insert(feed_state).values(
        feed=feed,
        head_version=version,
        rows=rows,
        last_delivery_at=work.now,
        last_event_on=last_event,
    )
    given = statement.excluded
    work.db.execute(
        statement.on_conflict_do_update(
            index_elements=["feed"],
            set_={
                "head_version": given.head_version,
                "rows": feed_state.c.rows + given.rows,
                "last_delivery_at": given.last_delivery_at,
                "last_event_on": func.greatest(feed_state.c.last_event_on, given.last_event_on),
            },
        )
    )


def _copy(work: Work, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    connection: Any = work.db.connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _typed(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, str) and pa.types.is_date(kind):
        return date.fromisoformat(value)
    if isinstance(value, str) and pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    return value
