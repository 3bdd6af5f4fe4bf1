"""Numbers of nobody: right check digits, and no shape a living person's number has."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proactive.simulate import numbers

BIRTHS = st.dates(date(1925, 1, 1), date(2026, 11, 20))


def check_by_remainder(number: str) -> bool:
    """Check as GB 11643 states it from the other side: the weighted sum leaves 1."""
    weights = [2**place % 11 for place in range(17, -1, -1)]
    values = [10 if sign == "X" else int(sign) for sign in number]
    return sum(w * v for w, v in zip(weights, values, strict=True)) % 11 == 1


@given(st.lists(st.tuples(BIRTHS, st.booleans()), min_size=1, max_size=60))
def test_every_citizen_number_has_its_check_and_no_two_are_equal(
    people: list[tuple[date, bool]],
) -> None:
    born = np.asarray([birth for birth, _ in people], dtype="datetime64[D]")
    male = np.asarray([is_male for _, is_male in people])

    made = numbers.citizen_numbers(np.full(len(people), 990121), born, male)

    assert len(set(made)) == len(made)
    for number, (birth, is_male) in zip(made, people, strict=True):
        assert check_by_remainder(number)
        assert number[6:14] == f"{birth:%Y%m%d}"
        assert int(number[16]) % 2 == is_male


@given(BIRTHS, st.booleans())
def test_a_wrong_check_is_always_wrong(birth: date, male: bool) -> None:
    born = np.asarray([birth], dtype="datetime64[D]")
    number = numbers.citizen_numbers(np.asarray([990121]), born, np.asarray([male]))[0]

    assert not check_by_remainder(numbers.with_wrong_check(number))


@given(st.integers(100_000, 999_999))
def test_credit_codes_fulfil_the_standard(serial: int) -> None:
    code = numbers.credit_codes([serial], 990121)[0]

    total = sum(
        pow(3, place) * numbers.CREDIT_ALPHABET.index(sign) for place, sign in enumerate(code[:17])
    )
    assert (total + numbers.CREDIT_ALPHABET.index(code[17])) % 31 == 0
    assert len(code) == 18


def test_the_short_form_leaves_out_century_and_check() -> None:
    assert numbers.short_number("99012219710305018X") == "990122710305018"
