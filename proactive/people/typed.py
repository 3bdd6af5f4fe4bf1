"""A person whom no register knows here, typed in by whoever met them; a desk identifies them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.db import AREA_COLUMNS, AreaPath
from proactive.kernel.work import Work
from proactive.people.model import compared_name
from proactive.people.store import identity, subject, subject_alias

REPORTED = "reported"  # the scheme of a person without a number, and the feed of what was typed
RESIDENT = "cn_resident_id"
SEEN_AT_THE_DOOR = 10  # any register of people is believed before it


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """What was typed; `number` is a number of the `scheme`, checked, or ''."""

    name: str
    number: str = ""
    born_on: date | None = None
    phone: str = ""
    address: str = ""
    scheme: str = RESIDENT


def keep_typed(work: Work, person: TypedPerson, path: AreaPath, *, typed_by: UUID) -> int:
    """Put the person into the vault at `path` and return the key; `typed_by` is the report's id.

    Doubtful until a desk has said who it is, so that nothing is sent to a number nobody has
    checked. Somebody whom a register knows by this number already is left as the register has them.
    """
    scheme, number = (person.scheme, person.number) if person.number else (REPORTED, typed_by.hex)
    key = work.keys.subject_key(scheme, number)
    areas = dict(zip(AREA_COLUMNS, path, strict=True))
    values = {
        "key": key,
        "kind": "person",
        "scheme": scheme,
        "id_cipher": work.keys.encrypt(number, aad=f"subject:id:{key}"),
        "id_blind": work.keys.blind(number, column=f"subject.id.{scheme}"),
        "born_on": person.born_on,
        "living_area": next((code for code in reversed(path) if code), ""),
        "place_authority": SEEN_AT_THE_DOOR,
        "place_on": work.today,
        "identity_doubtful": True,
        "created_at": work.now,
        **areas,
    }
    fresh = insert(subject).values(values).on_conflict_do_nothing().returning(subject.c.key)
    if work.db.execute(fresh).one_or_none() is not None:
        _keep_said(work, person, key, typed_by, areas)
        work.audit("keep_typed", "subject", key, areas=path)
    return key


def _keep_said(
    work: Work, person: TypedPerson, key: int, typed_by: UUID, areas: dict[str, str]
) -> None:
    def sealed(part: str, value: str) -> bytes | None:
        aad = f"identity:{part}:{key}:{REPORTED}"
        return work.keys.encrypt(value, aad=aad) if value else None

    phone = person.phone
    statement = insert(identity).values(
        subject_key=key,
        feed=REPORTED,
        name_cipher=sealed("name", person.name),
        name_mark=name_mark(work, person.name),
        phone_cipher=sealed("phone", phone),
        phone_blind=work.keys.blind(phone, column="identity.phone") if phone else None,
        address_cipher=sealed("address", person.address),
        seen_at=work.now,
        seen_on=work.today,
        delivery_id=typed_by,
        **areas,
    )
    work.db.execute(statement.on_conflict_do_nothing().inline())


_CERTAIN = text(
    "UPDATE subject SET identity_doubtful = false WHERE key = :key AND scheme = :scheme"
)


def make_one(work: Work, temporary: int, key: int) -> None:
    """Keep that a typed person is the subject `key`: what was typed speaks for both from now on.

    Needs the worker's rights, as the table of aliases is the machine's.
    """
    statement = insert(subject_alias).values(
        temporary_key=temporary, key=key, since=work.now, source=REPORTED
    )
    work.db.execute(statement.on_conflict_do_nothing().inline())
    work.db.execute(_CERTAIN, {"key": temporary, "scheme": REPORTED})


def name_mark(work: Work, name: str) -> bytes:
    """Return what a name is compared by without opening the vault."""
    return work.keys.blind(compared_name(name), column="identity.name")


def name_marks(work: Work, key: int) -> set[bytes]:
    """Return the marks of a subject's names: the offices' ones, or what was typed without any."""
    query = select(identity.c.feed, identity.c.name_mark).where(
        identity.c.subject_key == key, identity.c.name_mark.is_not(None)
    )
    rows = work.db.execute(query).all()
    recorded = {bytes(row.name_mark) for row in rows if row.feed != REPORTED}
    return recorded or {bytes(row.name_mark) for row in rows}


def bears_one_of(work: Work, key: int, marks: Collection[bytes]) -> bool:
    """Answer whether the subject is on record under one of these names."""
    return not name_marks(work, key).isdisjoint(marks)


def only_typed(work: Work, key: int) -> bool:
    """Answer whether nothing is known of this person but what somebody typed in."""
    feeds = select(identity.c.feed).where(identity.c.subject_key == key)
    return set(work.db.execute(feeds).scalars()) == {REPORTED}
