"""Numbers are normalised and judged by their own rules; nothing is ever guessed."""

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.feeds.identifiers import (
    CREDIT_ALPHABET,
    check_certificate_no,
    check_credit_code,
    check_resident_id,
    credit_check_sign,
    plain_number,
    resident_check_digit,
)
from proactive.feeds.phones import check_phone, is_mobile
from proactive.feeds.reasons import Reason, Warn

TODAY = date(2026, 11, 21)
GOOD = "37142219710305018X"
residents = st.builds(
    lambda area, day, order: f"{area:06d}{day:%Y%m%d}{order:03d}",
    st.integers(110_000, 829_999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(1, 999),
).map(lambda first: first + resident_check_digit(first))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.lower(),
        f" '{GOOD} ",
        "３７１４２２１９７１０３０５０１８Ｘ",
        "371422 19710305 018X",
        "\ufeff" + GOOD,
        GOOD + ".0",
        "371422710305018",
    ],
)
def test_every_way_an_office_writes_a_number_gives_the_same(text: str) -> None:
    assert check_resident_id(text, TODAY).value == GOOD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3.71422E+17", Reason.SCIENTIFIC),
        ("3.71422197103050E+17", Reason.SCIENTIFIC),
        ("371422197103050181", Reason.ID_CHECK_DIGIT),
        ("371422197103050000", Reason.ID_LOST_DIGITS),
        ("371422710305996", Reason.ID_CENTURY),
        ("37142219710305018", Reason.ID_SHAPE),
        ("AB1422197103050180", Reason.ID_SHAPE),
    ],
)
def test_a_number_that_is_none_says_why(text: str, reason: Reason) -> None:
    assert check_resident_id(text, TODAY).reason is reason


def test_a_birth_date_that_is_no_date_or_still_to_come_is_refused() -> None:
    for born, reason in (("19710230", Reason.ID_BIRTH_DATE), ("20270101", Reason.ID_FUTURE_BIRTH)):
        first = f"371422{born}018"
        assert check_resident_id(first + resident_check_digit(first), TODAY).reason is reason


@given(residents)
def test_every_sound_number_passes_whatever_its_area(number: str) -> None:
    assert check_resident_id(number, TODAY).value == number


@given(residents, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_changed_digit_is_always_noticed(number: str, place: int, digit: str) -> None:
    changed = number[:place] + digit + number[place + 1 :]

    if changed != number:
        assert check_resident_id(changed, TODAY).reason is not None


@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17))
def test_every_credit_code_of_the_alphabet_passes_also_with_a_letter_first(first: str) -> None:
    code = first + credit_check_sign(first)

    assert check_credit_code(code.lower()).value == code
    wrong = CREDIT_ALPHABET[(CREDIT_ALPHABET.index(code[-1]) + 1) % 31]
    assert check_credit_code(first + wrong).reason is Reason.CREDIT_CODE


def test_a_longer_certificate_number_is_a_warning_and_a_broken_one_a_fault() -> None:
    assert check_certificate_no(GOOD + "42", TODAY).value == GOOD + "42"
    assert check_certificate_no(GOOD + "42B1", TODAY).warning is Warn.CERTIFICATE_LONG
    assert check_certificate_no(GOOD + "82", TODAY).reason is Reason.CERTIFICATE_NO


@pytest.mark.parametrize(
    ("text", "value", "warning"),
    [
        ("13800138000", "+8613800138000", None),
        ("0086 138-0013-8000", "+8613800138000", None),
        ("１３８００１３８０００", "+8613800138000", None),
        ("0534-5210001/13800138000", "+8613800138000", None),
        ("0534-5210001", "+865345210001", Warn.PHONE_LANDLINE),
        ("12345", "", Warn.PHONE_UNUSABLE),
        ("无", "", Warn.PHONE_UNUSABLE),
    ],
)
def test_only_a_mobile_can_get_a_message(text: str, value: str, warning: Warn | None) -> None:
    found = check_phone(text, "CN")

    assert (found.value, found.warning) == (value, warning)
    assert is_mobile(found.value) == (value != "" and warning is None)


@given(st.text())
def test_no_text_makes_a_check_fail(text: str) -> None:
    for check in (plain_number, check_credit_code, partial(check_phone, region="CN")):
        check(text)
    check_resident_id(text, TODAY)
    check_certificate_no(text, TODAY)
