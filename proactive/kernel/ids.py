"""Identifiers: time-ordered ids for rows and short references for people."""

import secrets
import time
import uuid
from datetime import timedelta

# No look-alikes (0 O, 1 I L, 2 Z, 5 S, 8 B, U V): read out over a bad line and typed by old hands.
REFERENCE_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
REFERENCE_LENGTH = 8


def new_id() -> uuid.UUID:
    """Return a version 7 UUID (RFC 9562): ordered by creation time, so indexes stay compact."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def first_id_since(age: timedelta) -> uuid.UUID:
    """Return the least id that `new_id` may have made since `age` ago: a bound on ordered ids."""
    milliseconds = time.time_ns() // 1_000_000 - age // timedelta(milliseconds=1)
    return uuid.UUID(int=(milliseconds & ((1 << 48) - 1)) << 80)


def public_ref() -> str:
    """Return a short random reference that can stand in a message or be read out by phone."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
