"""What outcomes are, who can mend what they tell, and how sure a share of few visits is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import sqrt

from proactive.visits.model import NoNeed


class Result(StrEnum):
    """What people said about a hit; `open` until somebody has judged it."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    DECLINED = "declined"


class Mender(StrEnum):
    """Who can mend the cause of a visit that found no need."""

    RULE = "rule"  # the trigger's owner: the rule is too wide
    STEWARD = "steward"  # the office that owns the feed: the data are wrong
    QUIET = "quiet"  # nobody: the family is left alone until a day
    NOBODY = "nobody"  # nobody: it is the person's own choice, and not held against the rule


MENDERS: Mapping[NoNeed, Mender] = {
    NoNeed.NO_NEED: Mender.RULE,
    NoNeed.ABOVE_MEANS: Mender.RULE,
    NoNeed.ALREADY_HELPED: Mender.QUIET,
    NoNeed.REFUSED: Mender.NOBODY,
    NoNeed.DATA_WRONG: Mender.STEWARD,
    NoNeed.MOVED: Mender.STEWARD,
    NoNeed.NOT_OUR_PERSON: Mender.STEWARD,
    NoNeed.DIED: Mender.STEWARD,
}
RULE_REASONS = tuple(reason for reason, mender in MENDERS.items() if mender is Mender.RULE)
NOT_REACHED = "not_reached"
DECLINED_LATER = "declined_later"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where a case stands in people's eyes; `at` is None as long as nobody has judged it."""

    result: Result = Result.OPEN
    reason: str = ""
    at: datetime | None = None


TAKEN_BACK = ("take_back", "take_back_to_try")
JUDGING_ACTIONS = (
    "confirm",
    "not_confirm",
    "decline",
    "send_back",
    "could_not_reach",
    *TAKEN_BACK,
)


def judge(events: Iterable[tuple[str, str, datetime]]) -> Judgement:
    """Return what the events of a case (action, reason, when; oldest first) come to.

    A need that was confirmed stays confirmed when the person declines the offer later: the rule
    was right. A refusal at the door is the person's own choice and not held against the rule.
    """
    now = Judgement()
    for action, reason, at in events:
        if action == "confirm":
            now = Judgement(Result.CONFIRMED, "", at)
        elif action == "not_confirm" and reason == NoNeed.REFUSED:
            now = Judgement(Result.DECLINED, reason, at)
        elif action == "not_confirm":
            now = Judgement(Result.NOT_CONFIRMED, reason, at)
        elif action == "decline" and now.result is Result.CONFIRMED:
            now = Judgement(Result.CONFIRMED, DECLINED_LATER, now.at)
        elif action == "decline":
            now = Judgement(Result.DECLINED, reason, at)
        elif action == "send_back":
            now = Judgement()
        elif action in TAKEN_BACK:
            now = _before(now, action)
        elif action == "could_not_reach" and now.result is Result.OPEN:
            now = Judgement(Result.OPEN, NOT_REACHED, None)
    return now


def _before(now: Judgement, action: str) -> Judgement:
    """Return the judgement without the answer that was taken back."""
    if now.result is Result.CONFIRMED:
        return Judgement(Result.CONFIRMED, "", now.at)
    return Judgement(reason=NOT_REACHED) if action == "take_back_to_try" else Judgement()


# A hit's margin is its measure over the line in force for it. Band 0 is under the line (sample
# visits), the last has no upper end; NO_LINE holds the hits of rules without a line.
BAND_EDGES = (Decimal(1), Decimal("1.25"), Decimal("1.5"), Decimal(2))
NO_LINE = -1
ALL_BANDS = (*range(len(BAND_EDGES) + 1), NO_LINE)

NORMAL_95 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of` with the bounds of its 95 % interval, all shares between 0 and 1."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.of

    def as_json(self) -> dict[str, float | int]:
        return {
            "count": self.count,
            "of": self.of,
            "share": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


def share_of(count: int, of: int) -> Share | None:
    """Return the share with Wilson's score interval at 95 %; None where there is nothing to share.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212; kept
    between 0 and 1 and honest for few visits, where the usual ± is neither (Brown, Cai and
    DasGupta, Statistical Science 16 (2001) 101-133).
    """
    if not 0 <= count <= of:
        raise ValueError("a part cannot be larger than the whole")
    if of == 0:
        return None
    p, z2 = count / of, NORMAL_95**2
    centre = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 / (1 + z2 / of) * sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == of else min(1.0, centre + half)
    return Share(count, of, low, high)


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits of one group by what people found. `not_confirmed` is by reason.

    `judged` are those that speak for or against the rule: refusals and declined offers do not.
    """

    raised: int = 0
    confirmed: int = 0
    not_confirmed: Mapping[str, int] | None = None
    declined: int = 0
    not_reached: int = 0
    helped: int = 0

    @property
    def reasons(self) -> Mapping[str, int]:
        return self.not_confirmed or {}

    @property
    def judged(self) -> int:
        return self.confirmed + sum(self.reasons.values())

    @property
    def waiting(self) -> int:
        """Not judged yet, and nobody has tried in vain so far."""
        return self.raised - self.judged - self.declined - self.not_reached

    @property
    def precision(self) -> Share | None:
        return share_of(self.confirmed, self.judged)

    @property
    def yielded(self) -> Share | None:
        """Confirmed and something granted, of all that was raised."""
        return share_of(self.helped, self.raised)

    def as_json(self) -> dict[str, object]:
        precision, yielded = self.precision, self.yielded
        return {
            "raised": self.raised,
            "judged": self.judged,
            "confirmed": self.confirmed,
            "not_confirmed": dict(self.reasons),
            "declined": self.declined,
            "not_reached": self.not_reached,
            "waiting": self.waiting,
            "helped": self.helped,
            "precision": precision.as_json() if precision else None,
            "yield": yielded.as_json() if yielded else None,
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of counting: so many hits of the same result and reason, so many of them helped."""

    result: str
    reason: str
    count: int
    helped: int = 0


def add_up(cells: Iterable[Cell]) -> Counts:
    """Return the counts of a group of cells."""
    raised = confirmed = declined = not_reached = helped = 0
    reasons: dict[str, int] = {}
    for cell in cells:
        raised += cell.count
        if cell.result == Result.CONFIRMED:
            confirmed += cell.count
            helped += cell.helped
        elif cell.result == Result.NOT_CONFIRMED:
            reasons[cell.reason] = reasons.get(cell.reason, 0) + cell.count
        elif cell.result == Result.DECLINED:
            declined += cell.count
        elif cell.reason == NOT_REACHED:
            not_reached += cell.count
    return Counts(raised, confirmed, reasons, declined, not_reached, helped)


@dataclass(frozen=True, slots=True)
class Missed:
    """What the rule misses: of `just_under` people under the line, `in_need` of the judged sample.

    `low` and `high` are whole people: the interval of the share times how many stand there.
    """

    just_under: int
    share: Share

    @property
    def people(self) -> int:
        return round(self.just_under * self.share.value)

    @property
    def low(self) -> int:
        return int(self.just_under * self.share.low)

    @property
    def high(self) -> int:
        return min(self.just_under, -int(-self.just_under * self.share.high // 1))


def missed(just_under: int, sample: Counts) -> Missed | None:
    """Return the estimate; None as long as no sample visit has been judged."""
    share = sample.precision
    return Missed(just_under, share) if share else None
