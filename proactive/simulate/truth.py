"""What is really so: who needs what, and what a truthful coordinator finds on a visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from proactive.simulate.draws import pick

MEDICAL_RELIEF = "medical_cost_relief"
DISABILITY = "disability_assistance"
NEWBORN = "newborn_services"
CREDIT = "credit_repair"

NO_NEED_REASONS = ("no_need", "already_helped", "refused", "moved", "data_wrong")
NO_NEED_WEIGHTS = (0.62, 0.16, 0.12, 0.06, 0.04)
NO_NEED_WHY = {
    "no_need": "relatives or a private insurance carry the cost",
    "already_helped": "receives this help under another scheme that no feed shows",
    "refused": "does not want anything from an office",
    "moved": "lives with a child in another county now",
    "data_wrong": "the record belongs to somebody of the same name",
    "died": "died; the family must not be asked",
}
YES_NO = ("no", "yes")


class Outcome(StrEnum):
    """How a truthful visit, call or talk ends; the words of the visit form."""

    CONFIRMED = "confirmed"
    NO_NEED = "no_need"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Who:
    """A subject as feeds name it; a child without a number by certificate and mother."""

    scheme: str
    number: str

    def as_json(self) -> dict[str, str]:
        return {"scheme": self.scheme, "number": self.number}


@dataclass(frozen=True, slots=True)
class TrueNeed:
    """Somebody who should be helped; `visible` tells whether delivered data can show it."""

    who: Who
    need: str
    why: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What is found when somebody goes there or calls."""

    who: Who
    need: str
    outcome: Outcome
    reason: str = ""
    findings: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass(slots=True)
class Truth:
    """The growing list of needs and answers."""

    needs: list[TrueNeed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def needed(self, who: Who, need: str, why: str, *, visible: bool) -> None:
        self.needs.append(TrueNeed(who, need, why, visible))

    def confirmed(self, who: Who, need: str, why: str, **findings: bool | str) -> None:
        """Somebody in need who wants help: the visit confirms it."""
        said = {"agrees": "yes"} | {
            code: YES_NO[value] if isinstance(value, bool) else value
            for code, value in findings.items()
        }
        self.answers.append(Answer(who, need, Outcome.CONFIRMED, "", said, why))

    def no_need(self, who: Who, need: str, reason: str) -> None:
        self.answers.append(Answer(who, need, Outcome.NO_NEED, reason, {}, NO_NEED_WHY[reason]))

    def unreachable(self, who: Who, need: str) -> None:
        self.answers.append(Answer(who, need, Outcome.UNREACHABLE, why="nobody answered twice"))

    def turned_down(self, rng: np.random.Generator, who: Who, need: str) -> None:
        """A false alarm: nobody there in one of eight, else a reason from the fixed list."""
        if rng.random() < 0.12:
            self.unreachable(who, need)
        else:
            self.no_need(who, need, NO_NEED_REASONS[int(pick(rng, NO_NEED_WEIGHTS, 1)[0])])

    def as_json(self) -> dict[str, object]:
        """Give needs and answers as plain data, in a fixed order."""
        return {
            "needs": [
                {**need.who.as_json(), "need": need.need, "visible": need.visible,
                 "why": need.why}
                for need in sorted(self.needs, key=lambda n: (n.need, n.who.number))
            ],
            "answers": [
                {**answer.who.as_json(), "need": answer.need, "outcome": answer.outcome.value,
                 "reason": answer.reason, "findings": dict(answer.findings), "why": answer.why}
                for answer in sorted(self.answers, key=lambda a: (a.need, a.who.number))
            ],
            "otherwise": {"outcome": Outcome.NO_NEED.value, "reason": "no_need", "findings": {}},
        }  # fmt: skip


def person(number: str) -> Who:
    return Who("cn_resident_id", number)


def organisation(code: str) -> Who:
    return Who("cn_credit_code", code)


def newborn(certificate: str, mother: str) -> Who:
    """A child without a number: certificate and mother's number, joined as the vault joins them."""
    return Who("birth_certificate", f"{certificate}|{mother}")
