"""Citizen numbers, credit codes and telephone numbers of nobody, with right check digits.

Rules: GB 11643 (citizen number) and GB 32100 (unified credit code). Every number starts with 99,
a province code that no real division has, so none of them can belong to a living person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proactive.simulate.draws import Bools, Days, Ints

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
MOBILE_HEAD = "19900"
LANDLINE_HEAD = "0599"


def check_character(first_17: str) -> str:
    """Compute the last character of an 18-character citizen number."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def citizen_numbers(prefixes: Ints, born: Days, male: Bools) -> list[str]:
    """Number people: six digits of area, the birth day, an order number (odd male), the check.

    People of one area, birth day and sex get consecutive order numbers, so no number repeats.
    """
    compact = _compact(born)
    serial = _order_numbers(prefixes, compact, male) * 2 + np.where(male, 1, 2)
    body = [
        f"{prefix:06d}{birth:08d}{last:03d}"
        for prefix, birth, last in zip(
            prefixes.tolist(), compact.tolist(), serial.tolist(), strict=True
        )
    ]
    return [text + check for text, check in zip(body, _checks(body), strict=True)]


def short_number(number: str) -> str:
    """Write the 15-digit form used before 1999: no century, no check character."""
    return number[:6] + number[8:17]


def with_wrong_check(number: str) -> str:
    """Break the check character, as a slip of the pen does."""
    at = CHECK_CHARACTERS.index(number[-1])
    return number[:-1] + CHECK_CHARACTERS[(at + 1) % 11]


def with_birth(number: str, birth: str) -> str:
    """Replace the birth date and recompute the check, so that only the date is wrong."""
    body = number[:6] + birth + number[14:17]
    return body + check_character(body)


def with_serial(number: str, serial: int) -> str:
    """Replace the order number and recompute the check."""
    body = f"{number[:14]}{serial:03d}"
    return body + check_character(body)


def credit_codes(serials: Sequence[int], area: int) -> list[str]:
    """Make unified social credit codes: 91 + area + nine characters + check character."""
    return [credit_code(f"91{area:06d}{_organisation(serial)}") for serial in serials]


def credit_code(first_17: str) -> str:
    """Append the check character of GB 32100 (weights are powers of three, modulo 31)."""
    total = sum(
        pow(3, place, 31) * CREDIT_ALPHABET.index(sign) for place, sign in enumerate(first_17)
    )
    return first_17 + CREDIT_ALPHABET[(31 - total % 31) % 31]


def mobile_numbers(serials: Ints) -> list[str]:
    """Write mobile numbers from one narrow block, so that a look tells they are invented."""
    return [f"{MOBILE_HEAD}{serial:06d}" for serial in serials.tolist()]


def landline(serial: int) -> str:
    """Write a landline whose subscriber part begins with 0, which no exchange gives out."""
    return f"{LANDLINE_HEAD}-{serial % 1_000_000:07d}"


def _organisation(serial: int) -> str:
    return f"MA{serial:06d}" + CREDIT_ALPHABET[serial * 7 % 31]


def _compact(born: Days) -> Ints:
    months = born.astype("datetime64[M]")
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day_of_month = (born - months).astype(np.int64) + 1
    return np.asarray(year * 10000 + month * 100 + day_of_month, dtype=np.int64)


def _order_numbers(prefixes: Ints, compact: Ints, male: Bools) -> Ints:
    key = (prefixes * 100_000_000 + compact) * 2 + male
    by_key = np.argsort(key, kind="stable")
    ordered = key[by_key]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    begin = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    order = np.empty(len(key), dtype=np.int64)
    order[by_key] = np.arange(len(key)) - begin
    return order


def _checks(bodies: Sequence[str]) -> list[str]:
    if not bodies:
        return []
    digits = np.frombuffer("".join(bodies).encode(), dtype=np.uint8).reshape(-1, 17) - ord("0")
    remainder = (digits.astype(np.int64) @ np.asarray(WEIGHTS)) % 11
    signs = np.array(list(CHECK_CHARACTERS))
    checks: list[str] = signs[remainder].tolist()
    return checks
