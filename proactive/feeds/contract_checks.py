"""What one validator cannot see: names in a contract must point at columns, of the right type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proactive.feeds.contract import Column, Contract
from proactive.feeds.marked import Path_, did_you_mean
from proactive.feeds.words import COMMON_FIELDS, ColumnType, Kind, Scheme, SubjectKind

Found = tuple[Path_, str]
DATES = {ColumnType.DATE, ColumnType.DATETIME}


def contract_mistakes(contract: Contract) -> list[Found]:
    """Every mistake of a contract whose single parts are well formed, with its path."""
    return [
        *_doubled(contract),
        *_names(contract),
        *_kind(contract),
        *_subject(contract),
        *_columns(contract),
    ]


def _doubled(contract: Contract) -> Iterator[Found]:
    fields: set[str] = set()
    headings: dict[str, str] = {}
    for index, column in enumerate(contract.columns):
        if column.field in fields:
            yield ("columns", index, "field"), f"'{column.field}' stands here twice"
        fields.add(column.field)
        for word in {column.field, *column.synonyms}:
            other = headings.setdefault(word, column.field)
            if other != column.field:
                yield ("columns", index, "synonyms"), f"'{word}' already names '{other}'"


def _names(contract: Contract) -> Iterator[Found]:
    for path, name in _pointers(contract):
        if name not in contract.fields:
            near = did_you_mean(name, list(contract.fields))
            yield path, f"'{name}' is not a column" + near


def _pointers(contract: Contract) -> Iterator[tuple[Path_, str]]:
    singles: list[tuple[Path_, str | None]] = [
        (("household",), contract.household),
        (("recorded_on",), contract.recorded_on),
        (("record", "version"), contract.record.version),
    ]
    record, subject = contract.record, contract.subject
    for key, names in (("id", record.id), ("version_from", record.version_from)):
        yield from ((("record", key, i), name) for i, name in enumerate(names))
    yield from ((("record", "duplicate", i), name) for i, name in enumerate(record.duplicate))
    if record.reversal:
        singles += [
            (("record", "reversal", key), getattr(record.reversal, key))
            for key in ("field", "of", "number")
        ]
    if subject:
        yield from ((("subject", "id", i), name) for i, name in enumerate(subject.id))
        yield from ((("subject", "extra", i), name) for i, name in enumerate(subject.extra))
        singles += [
            (("subject", key), getattr(subject, key))
            for key in ("name", "phone", "address", "born_on", "died_on")
        ]
        for key in ("otherwise", "alias"):
            part = getattr(subject, key)
            yield from (
                (("subject", key, "id", i), n) for i, n in enumerate(part.id if part else ())
            )
        if subject.guardian:
            singles += [
                (("subject", "guardian", key), getattr(subject.guardian, key))
                for key in ("id", "name", "phone")
            ]
    if contract.place:
        singles += [
            (("place", key), getattr(contract.place, key)) for key in ("living", "registered")
        ]
    if contract.event:
        singles += [(("event", key), getattr(contract.event, key)) for key in ("on", "year")]
    if contract.register_:
        singles += [
            (("register", key), getattr(contract.register_, key))
            for key in ("valid_from", "valid_to", "status")
        ]
    if contract.unit_check:
        names = contract.unit_check.fields
        yield from ((("unit_check", "fields", i), name) for i, name in enumerate(names))
    for index, total in enumerate(contract.sums):
        yield ("sums", index, "total"), total.total
        yield from ((("sums", index, "parts", i), name) for i, name in enumerate(total.parts))
    yield from ((path, name) for path, name in singles if name is not None)


def _kind(contract: Contract) -> Iterator[Found]:
    if contract.kind is Kind.EVENT and contract.event is None:
        yield ("kind",), "an event feed must say its 'event' day"
    if contract.kind is Kind.REGISTER and contract.register_ is None:
        yield ("kind",), "a register feed must say from when an entry counts ('register')"
    yield from _typed(
        contract, ("event", "on"), contract.event.on if contract.event else None, DATES
    )
    year = contract.event.year if contract.event else None
    yield from _typed(contract, ("event", "year"), year, {ColumnType.INTEGER})
    yield from _typed(contract, ("recorded_on",), contract.recorded_on, {ColumnType.DATE})
    if contract.register_:
        for key in ("valid_from", "valid_to"):
            name = getattr(contract.register_, key)
            yield from _typed(contract, ("register", key), name, {ColumnType.DATE})
        yield from _codes_exist(
            contract, ("register", "active"), contract.register_.status, contract.register_.active
        )
    if contract.unit_check:
        for index, name in enumerate(contract.unit_check.fields):
            yield from _typed(contract, ("unit_check", "fields", index), name, {ColumnType.MONEY})
    for index, total in enumerate(contract.sums):
        for name in (total.total, *total.parts):
            yield from _typed(contract, ("sums", index), name, {ColumnType.MONEY})
    reversal = contract.record.reversal
    if reversal:
        path = ("record", "reversal", "code")
        yield from _codes_exist(contract, path, reversal.field, (reversal.code,))
        if contract.event is None or contract.event.on is None:
            yield ("record", "reversal"), "a reversal takes the event day of its forward record"


def _subject(contract: Contract) -> Iterator[Found]:
    subject = contract.subject
    if subject is None:
        if contract.household is None:
            yield ("subject",), "a feed names a subject or a household"
        return
    if subject.kind is SubjectKind.BY_SCHEME and Scheme.OPAQUE in subject.schemes:
        yield ("subject", "schemes"), "an opaque number cannot tell a person from an organisation"
    identities = [*subject.id, *filter(None, (subject.name, subject.phone, subject.address))]
    for name in identities:
        column = contract.fields.get(name)
        if column and not column.identity:
            yield ("subject",), f"'{name}' identifies a subject; its class must be identity"


def _columns(contract: Contract) -> Iterator[Found]:
    allowed = {contract.recorded_on, contract.record.version}
    allowed |= {contract.event.year} if contract.event else set()
    for index, column in enumerate(contract.columns):
        if column.field in COMMON_FIELDS - allowed:
            yield ("columns", index, "field"), f"'{column.field}' is a column of the lake itself"
        extra = set(column.grants or ()) - set(contract.purpose)
        if extra:
            words = ", ".join(sorted(extra))
            yield ("columns", index, "grants"), f"{words} is not a purpose of this feed"


def _typed(
    contract: Contract, path: Path_, name: str | None, types: Iterable[ColumnType]
) -> Iterator[Found]:
    column: Column | None = contract.fields.get(name) if name else None
    wanted = list(types)
    if column and column.type not in wanted:
        yield path, f"'{name}' is {column.type}, but must be {' or '.join(sorted(wanted))}"


def _codes_exist(
    contract: Contract, path: Path_, name: str | None, codes: tuple[str, ...]
) -> Iterator[Found]:
    column = contract.fields.get(name) if name else None
    for code in codes:
        if column is None or code not in column.codes:
            known = list(column.codes) if column else []
            yield path, f"'{code}' is not a code of '{name}'" + did_you_mean(code, known)
