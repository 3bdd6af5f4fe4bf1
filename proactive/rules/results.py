"""What an evaluation hands over: hits with every figure, value, gap and record behind them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from proactive.rules.nodes import ParamValue, Plan, Ref

JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
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


@dataclass(frozen=True, slots=True)
class HitColumns:
    """Hits as an engine found them, a column each; `choices` are places in the trigger's file."""

    subject_key: pa.Array
    episode: pa.Array
    klass: pa.Array
    area: pa.Array
    measures: Mapping[str, pa.Array]
    choices: Mapping[str, pa.Array]
    unknowns: pa.Array
    evidence: pa.Array


def assemble(
    plan: Plan, found: HitColumns, unknown_counts: Mapping[str, int], excluded: int
) -> Evaluation:
    """Return the evaluation of engine-neutral hits, ordered by subject and episode."""
    schema = hit_schema(plan)
    rows = len(found.subject_key)
    columns = {
        "subject_key": found.subject_key,
        "episode": found.episode,
        "class": found.klass,
        "area": found.area,
        "pending": _pending(plan, found.choices, rows),
        "measures": _struct(found.measures, schema.field("measures").type, rows),
        "parameters": _parameters(plan, found.choices, schema.field("parameters").type, rows),
        "unknowns": found.unknowns,
        "evidence": found.evidence,
    }
    table = pa.table([columns[name].cast(schema.field(name).type) for name in schema.names], schema)
    table = table.sort_by([("subject_key", "ascending"), ("episode", "ascending")])
    asked = pc.sum(pc.greater(pc.list_value_length(found.unknowns), 0)).as_py()
    counts = {"hits": rows, "asked": asked or 0, "excluded": excluded}
    told = {fact: count for fact, count in sorted(unknown_counts.items()) if count}
    return Evaluation(table, told, counts)


def columns_of(plan: Plan, found: Sequence[Found]) -> HitColumns:
    """Return hits found one by one as columns."""
    schema = hit_schema(plan)
    measures = schema.field("measures").type
    evidence = [
        [asdict(record) for record in sorted(hit.evidence, key=_evidence_order)] for hit in found
    ]
    return HitColumns(
        subject_key=pa.array([hit.subject_key for hit in found], pa.int64()),
        episode=pa.array([hit.episode for hit in found], pa.string()),
        klass=pa.array([hit.klass for hit in found], pa.string()),
        area=pa.array([hit.area for hit in found], pa.string()),
        measures={
            name: pa.array([hit.measures[name] for hit in found], measures.field(name).type)
            for name in plan.measures
        },
        choices={
            name: pa.array([hit.choices[name] for hit in found], pa.int32()) for name in plan.params
        },
        unknowns=pa.array([list(hit.unknowns) for hit in found], pa.list_(pa.string())),
        evidence=pa.array(evidence, pa.list_(EVIDENCE)),
    )


def _struct(arrays: Mapping[str, pa.Array], kind: pa.StructType, rows: int) -> pa.Array:
    if not arrays:
        return pa.array([{}] * rows, kind)
    cast = [array.cast(kind.field(name).type) for name, array in arrays.items()]
    return pa.StructArray.from_arrays(cast, fields=list(kind))


def _parameters(
    plan: Plan, choices: Mapping[str, pa.Array], kind: pa.StructType, rows: int
) -> pa.Array:
    """The values that held, taken from the trigger by their places."""
    values = {
        name: pa.array([_value(one) for one in param.values], VALUE).take(choices[name])
        for name, param in plan.params.items()
    }
    return _struct(values, kind, rows)


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
    return JSON.encode(plain)


def plain_value(value: object) -> object:
    """A value of the lake as JSON knows it: days and instants become text."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        fraction = f"{moment.microsecond:06d}".rstrip("0")
        return f"{moment:%Y-%m-%d %H:%M:%S}" + (f".{fraction}" if fraction else "") + "+00"
    return value.isoformat() if isinstance(value, date) else value


def count_unknowns(told: Iterator[Sequence[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for facts in told:
        counts.update(facts)
    return counts


def _evidence_order(record: Record) -> tuple[str, bool, date, str, int]:
    dated = record.event_on or date.min
    return record.feed, record.event_on is None, dated, record.record_id, record.version


def _value(value: ParamValue) -> dict[str, object]:
    return {
        "value": value.text,
        "from": value.start,
        "area": value.area,
        "class": value.klass,
        "legal_basis": value.legal_basis,
    }


def _pending(plan: Plan, choices: Mapping[str, pa.Array], rows: int) -> pa.Array:
    span = plan.pending
    if not isinstance(span, Ref):
        return pa.array([str(span) if span else ""] * rows, pa.string())
    values = plan.params[span.name].values
    return pc.fill_null(pa.array([str(one.value) for one in values]).take(choices[span.name]), "")


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    plain = {name: plain_value(value) for name, value in record.items()}
    plain["facts"] = json.loads(record["facts"])
    return plain
