"""Records that come as JSON become a file like any other, so that they take the same path."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from proactive.feeds.contract import Contract
from proactive.kernel.errors import Refused

MOST_RECORDS = 1_000
FILE_NAME = "events.csv"


def write_records(body: bytes, contract: Contract, folder: Path) -> Path:
    """Write a JSON array of records (field name → value) as CSV; Refused `bad_records`.

    Numbers keep the digits they were sent with. Fields stand in the contract's order, so that the
    same records are the same bytes. Whether they fit the contract is decided where files are.
    """
    records = _records(body)
    known = [name for name in contract.fields if any(name in record for record in records)]
    others = dict.fromkeys(
        name for record in records for name in record if name not in contract.fields
    )
    heads = [*known, *others]
    path = folder / FILE_NAME
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows([record.get(name, "") for name in heads] for record in records)
    return path


def _records(body: bytes) -> Sequence[dict[str, str]]:
    try:
        data = json.loads(body, parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise bad_records("it is not JSON") from error
    if not isinstance(data, list) or not data:
        raise bad_records("it is not an array of records")
    if len(data) > MOST_RECORDS:
        raise bad_records(f"it holds more than {MOST_RECORDS} records")
    return [_record(number, record) for number, record in enumerate(data, start=1)]


def _record(number: int, record: object) -> dict[str, str]:
    if not isinstance(record, dict) or not record:
        raise bad_records(f"record {number} is not an object")
    if any(isinstance(value, (dict, list)) for value in record.values()):
        raise bad_records(f"record {number} holds something nested")
    return {str(name): _text(value) for name, value in record.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _no_number(word: str) -> str:
    raise ValueError(word)


def bad_records(reason: str) -> Refused:
    return Refused(
        "bad_records",
        "The records cannot be read: {reason}.",
        why="They must be a JSON array of objects, field name to value.",
        todo="Correct the call; the contract lists the fields.",
        reason=reason,
    )
