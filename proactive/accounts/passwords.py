"""Passwords: argon2id with a cost that can be set, and a check that takes its time for nobody."""

from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """argon2id parameters; the default is OWASP's (19 MiB, two passes, one lane)."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1

    def hasher(self) -> PasswordHasher:
        return PasswordHasher(
            time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes
        )


DEFAULT_COST = PasswordCost()
TEST_COST = PasswordCost(memory_kib=8, passes=1)


def hash_password(password: str, cost: PasswordCost = DEFAULT_COST) -> str:
    """Return the argon2id hash as text, with its salt and cost in it."""
    return cost.hasher().hash(password)


def fits(password: str, password_hash: str, cost: PasswordCost = DEFAULT_COST) -> bool:
    """Answer whether the password fits; an empty hash takes as long and never fits."""
    try:
        cost.hasher().verify(password_hash or _nobodys_hash(cost), password)
    except (Argon2Error, InvalidHashError):
        return False
    return bool(password_hash)


@lru_cache(maxsize=4)
def _nobodys_hash(cost: PasswordCost) -> str:
    return hash_password("nobody's password, hashed only for its time", cost)
