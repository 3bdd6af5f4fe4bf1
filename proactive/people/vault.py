"""Opening the vault: who a subject is, for a stated purpose, with an audit row for every look."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Row, distinct, func, or_, select

from proactive.kernel.db import AREA_COLUMNS, NOWHERE, AreaPath
from proactive.kernel.errors import Failed
from proactive.kernel.logs import get_logger
from proactive.kernel.tables import audit, installation
from proactive.kernel.work import Work
from proactive.people.model import (
    SHARED_BY_MANY,
    NoPhone,
    PersonCard,
    Phone,
    choose_phone,
    is_minor,
)
from proactive.people.phones import is_mobile
from proactive.people.store import identity, subject, subject_alias
from proactive.people.typed import REPORTED

log = get_logger(__name__)
NUMBERLESS = frozenset({"birth_certificate", REPORTED})  # what stands there is no number
SAMPLE = 20
DAMAGED = "damaged_identity"  # the entity of the audit rows about them
MOST_TRIED = 1000
REGISTERS_FIRST = ("resident_register", "enterprise_register", "household_registration")


def card(work: Work, subject_key: int, purpose: str) -> PersonCard:
    """Who a subject is; an unknown one gives an empty card. Leaves an audit row.

    Failed `cannot_decrypt` where a stored value of it is damaged: what follows needs all of it.
    """
    found = cards(work, [subject_key], purpose)[subject_key]
    if found.damaged:
        raise Failed("cannot_decrypt", "A stored value cannot be decrypted.")
    return found


def cards(work: Work, keys: Collection[int], purpose: str) -> dict[int, PersonCard]:
    """A card for every key, of a temporary one with what is known of the permanent one too.

    What is damaged is left out, named by the card, told to the operator and kept for the doctor:
    a list goes on. Failed `cannot_decrypt` where the keys in use open nothing at all.
    """
    wanted = sorted(set(keys))
    rows, known = _stored(work, wanted)
    found: dict[int, PersonCard] = {}
    for key in wanted:
        found[key] = _card(work, key, known[key], rows[key])
        work.audit("read_identity", "subject", key, areas=_path(known[key]), purpose=purpose)
    _tell_damaged(work, [each for each in found.values() if each.damaged])
    return found


def _tell_damaged(work: Work, found: Sequence[PersonCard]) -> None:
    """Keep who is damaged for the doctor; without the right keys nobody is, and it is a failure."""
    if not found:
        return
    if not vault_opens(work):
        raise Failed("cannot_decrypt", "A stored value cannot be decrypted.")
    for each in found:
        parts = ",".join(sorted(each.damaged))
        log.error("A stored identity cannot be opened: run the doctor.", parts=parts)
        work.audit("cannot_open", DAMAGED, each.subject_key, parts=parts)


def reachable_phone(work: Work, subject_key: int, purpose: str = "notice") -> Phone:
    """The mobile a message may go to (of a child: the guardian's), or why there is none."""
    group = _kin(work, [subject_key])[subject_key]
    rows = work.db.execute(select(subject).where(subject.c.key.in_(group))).all()
    known = sorted(rows, key=lambda row: group.index(row.key))
    work.audit("read_phone", "subject", subject_key, areas=_path(known), purpose=purpose)
    if not known:
        return Phone(reason=NoPhone.NONE)
    died_on = _first(row.died_on for row in known)
    doubtful = any(row.identity_doubtful for row in known)
    born_on = _first(row.born_on for row in known)
    if known[0].kind == "person" and is_minor(born_on, work.today) and died_on is None:
        return _guardian_phone(work, known)
    return _own_phone(work, group, died_on=died_on, doubtful=doubtful)


def vault_opens(work: Work) -> bool:
    """Answer whether the keys in use are those of what is stored: some may be damaged, not all."""
    tried, opened = _sample(work)
    return opened > 0 or not tried


def vault_troubles(work: Work) -> list[tuple[str, str]]:
    """Return what the keys in use do not open, and what to do; none where all is well."""
    tried, opened = _sample(work)
    known = work.db.execute(select(installation.c.keys_mark)).scalar()
    if known not in (None, work.keys.mark()) or (tried and not opened):
        todo = "Bring the right key file back (PROACTIVE_KEYS_FILE) and start again."
        return [("The keys in use are not those of this database.", todo)]
    if opened < tried:
        todo = "See whether a key is gone from the key file; else restore a backup."
        return [(f"{tried - opened} of {tried} identities tried cannot be opened.", todo)]
    damaged = _still_damaged(work)
    if damaged:
        todo = "Have the record delivered again, or restore a backup. See the audit: cannot_open."
        return [(f"Identities that pages could not open whole: {damaged}.", todo)]
    return []


def _still_damaged(work: Work) -> int:
    """Return how many of those that a page could not open whole cannot be opened now either."""
    seen = select(audit.c.entity_id).where(audit.c.entity == DAMAGED).distinct().limit(MOST_TRIED)
    keys = [int(key) for key in work.db.execute(seen).scalars()]
    rows, subjects = _stored(work, keys)
    return sum(bool(_card(work, key, subjects[key], rows[key]).damaged) for key in keys)


def _sample(work: Work) -> tuple[int, int]:
    """Return how many stored identities were tried, and how many of them could be opened."""
    some = select(subject.c.key, subject.c.id_cipher).order_by(subject.c.key).limit(SAMPLE)
    tried = work.db.execute(some).all()
    return len(tried), sum(_opens(work, key, cipher) for key, cipher in tried)


def aliases_table(work: Work) -> pa.Table:
    """Temporary subject keys and the permanent ones they became: temporary_key, key, since."""
    rows = work.db.execute(
        select(subject_alias.c.temporary_key, subject_alias.c.key, subject_alias.c.since)
    ).all()
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    kinds = (pa.int64(), pa.int64(), pa.timestamp("us", tz="UTC"))
    arrays = [pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=["temporary_key", "key", "since"])


def permanent_key(work: Work, key: int) -> int:
    """The key a temporary one became; any other key is its own."""
    query = select(subject_alias.c.key).where(subject_alias.c.temporary_key == key)
    found = work.db.execute(query).scalar_one_or_none()
    return key if found is None else int(found)


def _guardian_phone(work: Work, known: Sequence[Row[Any]]) -> Phone:
    guardian = _first(row.guardian_key for row in known)
    if guardian is None:
        return Phone(reason=NoPhone.MINOR)
    row = work.db.execute(select(subject).where(subject.c.key == guardian)).one_or_none()
    if row is None:
        return Phone(reason=NoPhone.MINOR)
    phone = _own_phone(work, [guardian], died_on=row.died_on, doubtful=row.identity_doubtful)
    return Phone(phone.number, phone.reason, guardian=True)


def _own_phone(work: Work, keys: Sequence[int], *, died_on: date | None, doubtful: bool) -> Phone:
    rows = work.db.execute(
        select(identity)
        .where(identity.c.subject_key.in_(keys), identity.c.phone_cipher.is_not(None))
        .order_by(identity.c.feed == REPORTED, identity.c.seen_on.desc(), identity.c.feed)
    ).all()
    numbers = {row.phone_blind: _open(work, row, "phone") for row in rows}
    mobiles = {blind: number for blind, number in numbers.items() if is_mobile(number)}
    free = [number for blind, number in mobiles.items() if not _shared(work, blind)]
    return choose_phone(
        died_on=died_on,
        doubtful=doubtful,
        mobiles=free or list(mobiles.values()),
        others=bool(numbers),
        shared=bool(mobiles) and not free,
    )


def _shared(work: Work, blind: bytes) -> bool:
    query = select(func.count(distinct(identity.c.subject_key))).where(
        identity.c.phone_blind == blind
    )
    return int(work.db.execute(query).scalar_one()) > SHARED_BY_MANY


def _stored(
    work: Work, keys: Sequence[int]
) -> tuple[dict[int, list[Row[Any]]], dict[int, list[Row[Any]]]]:
    """Return per key what feeds said of the subject, the weightiest first, and its subjects."""
    kin = _kin(work, keys)
    everyone = sorted({key for group in kin.values() for key in group})
    subjects = {
        row.key: row for row in work.db.execute(select(subject).where(subject.c.key.in_(everyone)))
    }
    said: dict[int, list[Row[Any]]] = {}
    for row in work.db.execute(select(identity).where(identity.c.subject_key.in_(everyone))):
        said.setdefault(row.subject_key, []).append(row)
    rows = {
        key: sorted((row for each in kin[key] for row in said.get(each, [])), key=_weight)
        for key in keys
    }
    return rows, {key: [subjects[each] for each in kin[key] if each in subjects] for key in keys}


def _kin(work: Work, keys: Sequence[int]) -> dict[int, list[int]]:
    """Per key the keys of the same subject: itself, its permanent one, its temporary ones."""
    same: dict[int, list[int]] = {key: [key] for key in keys}
    alias = subject_alias.c
    rows = work.db.execute(
        select(alias.temporary_key, alias.key).where(
            or_(alias.temporary_key.in_(keys), alias.key.in_(keys))
        )
    ).all()
    for temporary, permanent in rows:
        if temporary in same:
            same[temporary].insert(0, permanent)
        if permanent in same:
            same[permanent].append(temporary)
    return same


def _card(work: Work, key: int, known: Sequence[Row[Any]], rows: Sequence[Row[Any]]) -> PersonCard:
    main = known[0] if known else None
    damaged: set[str] = set()
    names, phones, addresses = (
        _opened(work, rows, part, damaged) for part in ("name", "phone", "address")
    )
    extra: dict[str, str] = {}
    for said in reversed(_opened(work, rows, "extra", damaged)):
        extra |= json.loads(said)
    number = ""
    if main is not None:
        if _opens(work, main.key, main.id_cipher):
            number = work.keys.decrypt(main.id_cipher, aad=f"subject:id:{main.key}")
        else:
            damaged.add("number")
    return PersonCard(
        subject_key=key,
        kind=main.kind if main else "person",
        scheme=main.scheme if main else "",
        name=names[0] if names else "",
        id_number="" if main is not None and main.scheme in NUMBERLESS else number,
        phone=next((phone for phone in phones if is_mobile(phone)), phones[0] if phones else ""),
        address=addresses[0] if addresses else "",
        born_on=_first(row.born_on for row in known),
        died_on=_first(row.died_on for row in known),
        doubtful=any(row.identity_doubtful for row in known),
        language=main.language if main else "",
        guardian_key=_first(row.guardian_key for row in known),
        names=tuple(dict.fromkeys(names)),
        extra=extra,
        sources={row.feed: row.seen_on for row in reversed(rows)},
        damaged=frozenset(damaged),
    )


def _weight(row: Row[Any]) -> tuple[int, int]:
    """Registers of people and firms speak first, then who saw the subject last; the typed last."""
    if row.feed == REPORTED:
        return len(REGISTERS_FIRST) + 1, -row.seen_on.toordinal()
    place = REGISTERS_FIRST.index(row.feed) if row.feed in REGISTERS_FIRST else len(REGISTERS_FIRST)
    return place, -row.seen_on.toordinal()


def _opened(work: Work, rows: Sequence[Row[Any]], part: str, damaged: set[str]) -> list[str]:
    """Return a part of every row that has it; one that cannot be opened is added to `damaged`."""
    found = []
    for row in rows:
        if getattr(row, f"{part}_cipher"):
            try:
                found.append(_open(work, row, part))
            except Failed:
                damaged.add(part)
    return found


def _open(work: Work, row: Row[Any], part: str) -> str:
    blob: bytes = getattr(row, f"{part}_cipher")
    return work.keys.decrypt(blob, aad=f"identity:{part}:{row.subject_key}:{row.feed}")


def _opens(work: Work, key: int, cipher: bytes) -> bool:
    try:
        work.keys.decrypt(cipher, aad=f"subject:id:{key}")
    except Failed:
        return False
    return True


def _path(known: Sequence[Row[Any]]) -> AreaPath:
    if not known:
        return NOWHERE
    parts = [str(getattr(known[0], column)) for column in AREA_COLUMNS]
    return (parts[0], parts[1], parts[2], parts[3], parts[4])


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
