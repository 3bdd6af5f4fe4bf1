"""Holding a number and a person, so that a "stop" and a sender never pass each other unseen.

Who stops messages waits for the hold and keeps it until the commit; who is about to send only
tries, and asks the suppressions after that, in the transaction that commits `sending`. So nothing
is claimed later than the commit of a "stop". A sender holds number and person, a stop takes number
before person, and senders never wait: nobody can wait in a circle.
"""

import hashlib

from sqlalchemy import text

from proactive.kernel.work import Work

TRY = text("SELECT pg_try_advisory_xact_lock(:number) AND pg_try_advisory_xact_lock(:person)")
WAIT = text("SELECT pg_advisory_xact_lock(:key)")


def mark_of_number(work: Work, number: str) -> bytes:
    """Return the blind index under which messages to a number are found."""
    return work.keys.blind(number, column="message.to")


def hold_number(work: Work, to_mark: bytes) -> None:
    """Wait for a number and hold it until this transaction ends."""
    work.db.execute(WAIT, {"key": _key(b"number", to_mark)})


def hold_person(work: Work, subject_key: int) -> None:
    """Wait for a person and hold them until this transaction ends; after the number, if both."""
    work.db.execute(WAIT, {"key": _key(b"person", str(subject_key).encode())})


def try_hold(work: Work, to_mark: bytes, subject_key: int | None) -> bool:
    """Hold number and person if nobody else does; a message to a post holds its number alone."""
    number = _key(b"number", to_mark)
    person = number if subject_key is None else _key(b"person", str(subject_key).encode())
    return bool(work.db.execute(TRY, {"number": number, "person": person}).scalar_one())


def _key(kind: bytes, what: bytes) -> int:
    return int.from_bytes(hashlib.sha256(kind + b":" + what).digest()[:8], "big", signed=True)
