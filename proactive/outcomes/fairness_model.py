"""Groups of people, how surely two rates differ, when to raise an alarm, which cells to hide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, sqrt
from statistics import NormalDist

UNKNOWN = "unknown"


class Attribute(StrEnum):
    """What people are grouped by. No rule may read the first; none of them decides anything."""

    SEX = "sex"
    AGE = "age"
    DISABILITY = "disability"
    AREA = "area"


# Years of age, both ends included. Under 14 a guardian stands for the child (PIPL art. 31); 60 is
# the age of the law on the elderly (art. 2).
AGE_BANDS = ((0, 13), (14, 17), (18, 44), (45, 59), (60, 74), (75, 200))
AGES = tuple(f"{low}-{high}" if high < 200 else f"{low}+" for low, high in AGE_BANDS)
PARTS: Mapping[Attribute, tuple[str, ...]] = {
    Attribute.SEX: ("female", "male"),
    Attribute.AGE: AGES,
    Attribute.DISABILITY: ("grade_1_2", "grade_3_4", "none"),
}


class Measure(StrEnum):
    """What is compared between groups."""

    FOUND = "found"
    VISITED = "visited"
    CONFIRMED = "confirmed"
    GRANTED = "granted"
    REFUSED = "refused"
    DECLINED = "declined"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure as a rate: `of` what it is counted, and which way a difference is a worry.

    Found need is a worry both ways: seldom means needless visits, often means that the line
    leaves out more of this group than of others (the outcome test: Becker, The Economics of
    Discrimination, 1957).
    """

    of: str
    less: bool = False
    more: bool = False


COMPARISONS: Mapping[Measure, Comparison] = {
    Measure.FOUND: Comparison("population", less=True),
    Measure.VISITED: Comparison("found", less=True),
    Measure.CONFIRMED: Comparison("visited", less=True, more=True),
    Measure.GRANTED: Comparison("confirmed", less=True),
    Measure.REFUSED: Comparison("confirmed", more=True),
    Measure.DECLINED: Comparison("found", more=True),
    Measure.NOT_REACHED: Comparison("found", more=True),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """From which ratio on a difference counts, and under how many a cell is hidden."""

    ratio: float = 1.25
    people: int = 10
    events: int = 5


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`; None for the value where there is nobody to count."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    def interval(self, z: float) -> Interval:
        """Return Wilson's score interval (Journal of the American Statistical Association 1927)."""
        if not self.of:
            return Interval(0.0, 1.0)
        share, square = self.count / self.of, z * z / self.of
        centre = (share + square / 2) / (1 + square)
        half = z * sqrt(share * (1 - share) / self.of + square / self.of / 4) / (1 + square)
        low = 0.0 if self.count == 0 else max(centre - half, 0.0)
        return Interval(low, 1.0 if self.count == self.of else min(centre + half, 1.0))


def quantile(comparisons: int = 1, *, sureness: float = 0.95) -> float:
    """Return z of a two-sided interval that holds for all of so many comparisons (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - sureness) / 2 / max(comparisons, 1))


def ratio_interval(one: Rate, other: Rate, z: float) -> Interval:
    """Return the interval of the ratio of two rates; a rate of nothing is no obstacle.

    Made from both Wilson intervals (MOVER-R: Donner and Zou, Statistical Methods in Medical
    Research 21, 2012, 347-359). Without any count the ratio may be anything.
    """
    if not one.of or not other.of or one.count + other.count == 0:
        return Interval(0.0, inf)
    p, q = one.count / one.of, other.count / other.of
    a, b = one.interval(z), other.interval(z)
    over, under = b.high * (2 * q - b.high), b.low * (2 * q - b.low)
    low_root = (p * q) ** 2 - a.low * b.high * (2 * p - a.low) * (2 * q - b.high)
    high_root = (p * q) ** 2 - a.high * b.low * (2 * p - a.high) * (2 * q - b.low)
    low = (p * q - sqrt(max(low_root, 0.0))) / over if over else 0.0
    high = (p * q + sqrt(max(high_root, 0.0))) / under if under > 0 else inf
    return Interval(max(low, 0.0), high)


@dataclass(frozen=True, slots=True)
class Standing:
    """A group beside all others whose value is known; intervals are 95 % ones.

    `alarm` is `less`, `more` or nothing: the interval that holds for every group of the attribute
    together lies wholly beyond the set ratio.
    """

    rate: Rate
    rest: Rate
    interval: Interval
    ratio: float | None
    ratio_interval: Interval
    alarm: str = ""


def compare(measure: Measure, rates: Sequence[Rate], limits: Limits) -> list[Standing]:
    """Return each of an attribute's known groups against the rest, in the given order."""
    counts, wholes = sum(r.count for r in rates), sum(r.of for r in rates)
    z, strict = quantile(), quantile(len(rates))
    found = []
    for rate in rates:
        rest = Rate(counts - rate.count, wholes - rate.of)
        ratio = rate.value / rest.value if rate.value is not None and rest.value else None
        found.append(
            Standing(
                rate,
                rest,
                rate.interval(z),
                ratio,
                ratio_interval(rate, rest, z),
                _alarm(COMPARISONS[measure], ratio_interval(rate, rest, strict), limits),
            )
        )
    return found


def _alarm(comparison: Comparison, sure: Interval, limits: Limits) -> str:
    if comparison.less and sure.high < 1 / limits.ratio:
        return "less"
    if comparison.more and sure.low > limits.ratio:
        return "more"
    return ""


def hidden_cells(rates: Sequence[Rate], limits: Limits, *, nobodys: int | None = None) -> set[int]:
    """Return which of a row's cells are not shown: small ones, and one more that would tell one.

    Small is: counted among fewer than `people`, or between one and fewer than `events`. Nobody at
    all is shown: it names nobody, and a rule that finds nobody of a group must be seen. Where just
    one cell is hidden, the row's sum would give it away, so the smallest other one goes too. The
    cell of those of whom nothing is known (`nobodys`) tells nothing of anybody and needs no such
    cover.
    """
    hidden = {
        place
        for place, rate in enumerate(rates)
        if 0 < rate.of < limits.people or 0 < rate.count < limits.events
    }
    if len(hidden) == 1 and hidden != {nobodys}:
        others = [place for place, rate in enumerate(rates) if place not in hidden and rate.count]
        hidden |= set(sorted(others, key=lambda place: rates[place].count)[:1])
    return hidden
