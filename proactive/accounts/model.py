"""What an account may do: grants of a role for a place or an office, dated; session limits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from proactive.kernel.errors import Refused
from proactive.kernel.states import FIELD, Role

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TRIES = 10
LOCK = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)  # how exactly a session's last use is kept

AREA_ROLES = FIELD | {Role.GENERALIST}
GRANTABLE = AREA_ROLES | {Role.CLERK, Role.POLICY, Role.FAIRNESS, Role.OPERATOR}
LANGUAGES = ("zh", "en")
TEXT_SCALES = (100, 125, 150, 200)
SHORTEST_PASSWORD = 10


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for an area or an office, between two days (None: open)."""

    id: UUID
    role: Role
    area_code: str = ""
    area_level: int = 0
    office_id: str = ""
    from_day: date | None = None
    to_day: date | None = None

    def holds(self, today: date) -> bool:
        return (self.from_day is None or self.from_day <= today) and (
            self.to_day is None or today <= self.to_day
        )


def areas_of(chosen: Grant, grants: Iterable[Grant], today: date) -> tuple[str, ...]:
    """Return every area that the chosen grant's role holds today on the same level.

    A stand-in has a dated grant for the post he covers, so both villages are in one list.
    """
    return tuple(
        sorted(
            {
                grant.area_code
                for grant in grants
                if grant.area_code
                and (grant.role, grant.area_level) == (chosen.role, chosen.area_level)
                and grant.holds(today)
            }
        )
    )


def alive(created_at: datetime, seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Answer whether a session still counts: not idle too long, not too old, not from later."""
    return created_at <= now < min(expires_at, seen_at + IDLE)


def check_grant(role: Role, area_code: str, office_id: str) -> None:
    """Raise Refused `bad_grant` unless the role comes with what it is granted for."""
    wrong = ""
    if role not in GRANTABLE:
        wrong = "This role is nobody's to grant."
    elif role in AREA_ROLES and not area_code:
        wrong = "This role is granted for an area."
    elif role is Role.CLERK and not office_id:
        wrong = "This role is granted for an office."
    elif role in (Role.OPERATOR, Role.CLERK, Role.FAIRNESS) and area_code:
        wrong = "This role has no area."
    elif role is not Role.CLERK and office_id:
        wrong = "Only a clerk belongs to an office."
    if wrong:
        raise Refused("bad_grant", "The role '{role}' cannot be granted so.", why=wrong, role=role)


def check_password(password: str) -> None:
    """Raise Refused `weak_password` for one that is too short to be of use."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(
            "weak_password",
            "The password is too short.",
            why="It has fewer than {least} characters.",
            todo="Choose a longer one; a sentence is easiest to remember.",
            fields={"password": "At least {least} characters."},
            least=SHORTEST_PASSWORD,
        )
