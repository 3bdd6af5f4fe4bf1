"""Parts of an SMS are counted as the network bills them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proactive.notices.parts import BASIC, EXTENDED, count_parts

GSM = st.text(st.sampled_from(sorted(BASIC | EXTENDED)), max_size=700)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def slow_parts(text: str) -> int:
    """Fill parts one sign at a time, as a network does: nothing is ever split."""
    gsm = all(sign in BASIC or sign in EXTENDED for sign in text)
    sizes = [
        (2 if sign in EXTENDED else 1) if gsm else len(sign.encode("utf-16-be")) // 2
        for sign in text
    ]
    if sum(sizes) <= (160 if gsm else 70):
        return 1
    parts: list[list[int]] = [[]]
    for size in sizes:
        if sum(parts[-1]) + size > (153 if gsm else 67):
            parts.append([])
        parts[-1].append(size)
    return len(parts)


@given(st.one_of(GSM, ANY))
@example("")
@example("€" * 77)
@example("a" + "€" * 153)
@example("😀" * 67)
@example("您" + "😀" * 66)
def test_the_counter_equals_the_slow_one(text: str) -> None:
    assert count_parts(text).parts == slow_parts(text)


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("[" * 80, "GSM-7", 1),
        ("[" * 81, "GSM-7", 2),
        ("é" * 160, "GSM-7", 1),
        ("ê" * 71, "UCS-2", 2),  # one letter outside the alphabet turns one SMS into three
        ("您" * 70, "UCS-2", 1),
        ("您" * 71, "UCS-2", 2),
        ("您" * 135, "UCS-2", 3),
        ("a" * 69 + "您", "UCS-2", 1),
        ("a" * 70 + "您", "UCS-2", 2),
    ],
)
def test_known_sizes(text: str, encoding: str, parts: int) -> None:
    counted = count_parts(text)

    assert (counted.encoding, counted.parts) == (encoding, parts)


@given(ANY, ANY)
def test_a_longer_text_never_needs_fewer_parts(first: str, second: str) -> None:
    assert count_parts(first + second).parts >= count_parts(first).parts


@given(ANY)
def test_what_is_left_fits_and_one_more_sign_does_not(text: str) -> None:
    counted = count_parts(text)
    filler = "a" if counted.encoding == "GSM-7" else "您"

    assert count_parts(text + filler * counted.left).parts == counted.parts
    assert count_parts(text + filler * (counted.left + 1)).parts > counted.parts
