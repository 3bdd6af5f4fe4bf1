"""How often things happen in the county: one place for every share, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from proactive.kernel.errors import Refused

FEWEST_PEOPLE = 500
MOST_PEOPLE = 20_000_000


@dataclass(frozen=True, slots=True)
class Shares:
    """Rates per person and year, and shares of the population (domain.md, reliability.md §4)."""

    low_income: float = 0.047
    disabled: float = 0.03
    benefits: float = 0.05
    births_per_year: float = 0.008
    deaths_per_year: float = 0.0075
    moved_inside: float = 0.06
    moved_away: float = 0.05
    income_missing: float = 0.08
    penalties: float = 0.01
    penalties_of_enterprises: float = 0.60
    people_per_enterprise: int = 40
    # 301.87 million admissions in 2023 are 0.214 a person; 9,870 yuan a stay in 2024.
    admissions_per_year: float = 0.214
    stay_mean_fen: int = 987_000
    # The country has about 7 outpatient visits a person; that many rows only slow a trial down.
    outpatient_per_year: float = 0.8
    # People new on the warning list per monthly batch (Xi'an, Binzhou: about 0.5 per 1,000).
    warnings_per_batch: float = 0.0005
    # The lines of triggers/large_medical_bill at the time of writing; they only aim the crises.
    warning_fen: int = 2_600_000
    warning_low_fen: int = 1_000_000
    warning_income_share: float = 0.50
    story_own_fen: int = 3_184_620
    # Who cannot carry a large bill: a share of all, or growing with the bill's part of the income.
    need_follows_burden: bool = False
    refunded: float = 0.015
    late: float = 0.10
    history_months: int = 12
    batches: int = 3


def check_people(people: int) -> None:
    """Refuse a county too small to have every case in it, or too large for its numbers."""
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise Refused(
            "bad_people",
            "A county cannot be made of {people} people.",
            why="The shares need at least {least} people, and numbers run out past {most}.",
            todo="Choose a number in between.",
            people=people,
            least=FEWEST_PEOPLE,
            most=MOST_PEOPLE,
        )
