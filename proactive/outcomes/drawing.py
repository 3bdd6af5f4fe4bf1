"""Drawing a sample: by lot, the same lot whoever asks, and never somebody twice in a year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

TICKETS = 1 << 128


@dataclass(frozen=True, slots=True)
class Below:
    """Somebody just under the line: `margin` is the measure over the line, under 1."""

    subject_key: int
    margin: Decimal


def quarter(day: date) -> str:
    """Return the quarter of a day, such as 2026Q4: lots are drawn anew in each."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def bands_of(below: Iterable[Below], down_to: Decimal) -> dict[str, int]:
    """Return how many stand in the lower and in the upper half of the look, in % of the line."""
    middle = (down_to + 1) / 2
    low, mid = (f"{share * 100:.0f}" for share in (down_to, middle))
    counts = {f"{low}-{mid}": 0, f"{mid}-100": 0}
    for each in below:
        counts[f"{low}-{mid}" if each.margin < middle else f"{mid}-100"] += 1
    return counts


def drawn(tickets: Mapping[int, bytes], share: Decimal) -> list[int]:
    """Return the subjects whose lot falls within `share`, lowest lot first.

    A ticket is 16 bytes that nobody can foresee without the installation's keys; the same subject
    has the same one all quarter long, so a second run draws nobody new.
    """
    limit = int(share * TICKETS)
    lots = {key: int.from_bytes(ticket, "big") for key, ticket in tickets.items()}
    return sorted((key for key, lot in lots.items() if lot < limit), key=lambda key: lots[key])
