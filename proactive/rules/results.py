"""What an evaluation hands over: hits with every figure, value, gap and record behind them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from proactive.kernel.periods import Period
from proactive.rules.nodes import Plan, Ref

EVIDENCE = pa.struct(
    [
        ("feed", pa.string()),
        ("record_id", pa.string()),
        ("version", pa.int64()),
        ("event_on", pa.date32()),
        ("recorded_on", pa.date32()),
        ("facts", pa.string()),
    ]
)
VALUE = pa.struct(
    [
        ("value", pa.string()),
        ("from", pa.date32()),
        ("area", pa.string()),
        ("class", pa.string()),
        ("legal_basis", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record behind a hit; `facts` are the fields the trigger read, as JSON text."""

    feed: str
    record_id: str
    version: int
    event_on: date | None
    recorded_on: date | None
    facts: str


@dataclass(frozen=True, slots=True)
class Found:
    """One hit as an engine found it; `choices` are places of values in the trigger's file."""

    subject_key: int
    episode: str
    klass: str
    area: str
    measures: Mapping[str, int | float | None]
    choices: Mapping[str, int | None]
    unknowns: Sequence[str]
    evidence: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer of a run.

    `hits`: subject_key, episode, class, area, pending (ISO period or ''), measures (whole fen or
    numbers, NULL: not known), parameters (value used, its start, area, class, legal basis),
    unknowns (names of facts that are missing), evidence (records).
    `unknown_counts`: per fact, for how many candidates the answer hangs on it.
    `counts`: hits, of them asked (with a gap), and excluded by `unless`.
    """

    hits: pa.Table
    unknown_counts: Mapping[str, int]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit in plain JSON-ready values, as scans keep it."""

    subject_key: int
    episode: str
    klass: str
    area: str
    pending: str
    measures: dict[str, Any]
    parameters: dict[str, dict[str, str]]
    unknowns: list[str]
    evidence: list[dict[str, Any]]


def assemble(
    plan: Plan, found: Sequence[Found], unknown_counts: Mapping[str, int], excluded: int
) -> Evaluation:
    """Return the evaluation of engine-neutral hits, ordered by subject and episode."""
    ordered = sorted(found, key=lambda hit: (hit.subject_key, hit.episode))
    counts = {
        "hits": len(ordered),
        "asked": sum(1 for hit in ordered if hit.unknowns),
        "excluded": excluded,
    }
    table = pa.Table.from_pylist([_row(plan, hit) for hit in ordered], schema=hit_schema(plan))
    told = {fact: count for fact, count in sorted(unknown_counts.items()) if count}
    return Evaluation(table, told, counts)


def hit_schema(plan: Plan) -> pa.Schema:
    floats = {"number", "ratio"}
    measures = pa.struct(
        [
            (name, pa.float64() if measure.type in floats else pa.int64())
            for name, measure in plan.measures.items()
        ]
    )
    return pa.schema(
        [
            ("subject_key", pa.int64()),
            ("episode", pa.string()),
            ("class", pa.string()),
            ("area", pa.string()),
            ("pending", pa.string()),
            ("measures", measures),
            ("parameters", pa.struct([(name, VALUE) for name in plan.params])),
            ("unknowns", pa.list_(pa.string())),
            ("evidence", pa.list_(EVIDENCE)),
        ]
    )


def hit_rows(evaluation: Evaluation) -> Iterator[HitRow]:
    """Yield the hits with days as text and facts as mappings, ready for JSON columns."""
    for batch in evaluation.hits.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield HitRow(
                subject_key=row["subject_key"],
                episode=row["episode"],
                klass=row["class"],
                area=row["area"],
                pending=row["pending"],
                measures=row["measures"] or {},
                parameters={
                    name: {**value, "from": value["from"].isoformat()}
                    for name, value in (row["parameters"] or {}).items()
                    if value is not None
                },
                unknowns=row["unknowns"],
                evidence=[_plain(record) for record in row["evidence"]],
            )


def facts_text(values: Mapping[str, object]) -> str:
    """The fields of a record as JSON text, in order of their names, without the empty ones."""
    plain = {
        name: plain_value(value) for name, value in sorted(values.items()) if value is not None
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def plain_value(value: object) -> object:
    """A value of the lake as JSON knows it: days and instants become text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def count_unknowns(told: Iterator[Sequence[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for facts in told:
        counts.update(facts)
    return counts


def _row(plan: Plan, hit: Found) -> dict[str, object]:
    return {
        "subject_key": hit.subject_key,
        "episode": hit.episode,
        "class": hit.klass,
        "area": hit.area,
        "pending": _pending(plan, hit),
        "measures": dict(hit.measures),
        "parameters": {name: _value(plan, name, index) for name, index in hit.choices.items()},
        "unknowns": list(hit.unknowns),
        "evidence": [
            {name: getattr(record, name) for name in Record.__slots__}
            for record in sorted(hit.evidence, key=_evidence_order)
        ],
    }


def _evidence_order(record: Record) -> tuple[str, bool, date, str, int]:
    dated = record.event_on or date.min
    return record.feed, record.event_on is None, dated, record.record_id, record.version


def _value(plan: Plan, name: str, index: int | None) -> dict[str, object] | None:
    if index is None:
        return None
    value = plan.params[name].values[index]
    return {
        "value": value.text,
        "from": value.start,
        "area": value.area,
        "class": value.klass,
        "legal_basis": value.legal_basis,
    }


def _pending(plan: Plan, hit: Found) -> str:
    span = plan.pending
    if isinstance(span, Ref):
        index = hit.choices.get(span.name)
        value = plan.params[span.name].values[index].value if index is not None else None
        span = value if isinstance(value, Period) else None
    return str(span) if span is not None else ""


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    plain = {name: plain_value(value) for name, value in record.items()}
    plain["facts"] = json.loads(record["facts"])
    return plain
