"""Money, ids, masks, keys: small values with laws."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Failed, Refused
from proactive.kernel.ids import REFERENCE_LENGTH, new_id, public_ref
from proactive.kernel.languages import both_languages
from proactive.kernel.masking import mask_id, mask_name, mask_phone
from proactive.kernel.money import fen_from_text, with_unit, yuan_text


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("12000.50", "yuan", 1_200_050),
        ("1,234", "yuan", 123_400),
        ("2.6", "wan", 2_600_000),
        ("-80.01", "yuan", -8_001),
        ("7", "fen", 7),
    ],
)
def test_amounts_become_whole_fen_exactly(text: str, unit: str, fen: int) -> None:
    assert fen_from_text(text, unit) == fen


@pytest.mark.parametrize("text", ["", "1.005", "abc", "NaN", "Infinity", "1e99", "１２x", "0x10"])
def test_what_is_not_a_whole_number_of_fen_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        fen_from_text(text)


@pytest.mark.parametrize(
    ("currency", "language", "said"),
    [
        ("CNY", "zh", "12,000元"),
        ("CNY", "en", "12,000 yuan"),
        ("USD", "en", "12,000 US dollars"),
        ("USD", "zh-CN", "12,000美元"),
    ],
)
def test_an_amount_is_told_in_the_money_of_the_place(
    currency: str, language: str, said: str
) -> None:
    assert with_unit(yuan_text(1_200_000), currency, language) == said


@given(st.integers(-(10**12), 10**12))
def test_an_amount_written_and_read_again_is_the_same(fen: int) -> None:
    assert fen_from_text(yuan_text(fen)) == fen
    assert Decimal(yuan_text(fen).replace(",", "")) * 100 == fen


def test_ids_come_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(3)]

    assert len(set(ids)) == 3
    assert all(made.version == 7 for made in ids)


def test_a_reference_has_no_look_alikes() -> None:
    refs = {public_ref() for _ in range(500)}

    assert len(refs) == 500
    assert all(len(ref) == REFERENCE_LENGTH and not set(ref) & set("0O1IL2Z5S8BUV") for ref in refs)


@given(st.text(min_size=2, max_size=12))
def test_a_masked_value_hides_all_but_the_allowed_signs(text: str) -> None:
    assert mask_name(text)[1:] == "*" * (len(text) - 1)
    assert sum(a != "*" for a in mask_id(text)) <= max(2, text.count("*"))
    assert len(mask_phone(text)) == len(text)


def test_text_is_bound_to_its_place() -> None:
    keys = Keyring.generate()
    blob = keys.encrypt("王小明", aad="identity:name:7")

    assert keys.decrypt(blob, aad="identity:name:7") == "王小明"
    with pytest.raises(Failed):
        keys.decrypt(blob, aad="identity:name:8")


def test_old_keys_still_open_what_they_closed(tmp_path: Path) -> None:
    old = Keyring.generate()
    blob = old.encrypt("text", aad="a")
    new = Keyring(
        current="k2",
        encryption={**old.encryption, "k2": b"2" * 32},
        index=old.index,
        pseudonym=old.pseudonym,
    )
    new.write(tmp_path / "keys.json")
    read = Keyring.read(tmp_path / "keys.json")

    assert read.decrypt(blob, aad="a") == "text"
    assert read.encrypt("x", aad="a")[2:4] == b"k2"
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert read.subject_key("opaque", "7") == old.subject_key("opaque", "7") < 2**63


def test_a_missing_or_broken_key_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be used"):
        Keyring.read(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(Refused, match="cannot be used"):
        Keyring.read(tmp_path / "broken.json")


def test_one_language_given_alone_stands_for_the_other_and_two_stay_two() -> None:
    assert both_languages({"en": "Bill"}) == {"en": "Bill", "zh": "Bill"}
    assert both_languages({"zh-CN": "账单"}) == {"zh-CN": "账单", "en": "账单"}
    both: dict[str, str] = {"en": "Bill", "zh-CN": "账单"}
    assert both_languages(both) == both
    assert both_languages({"other": 1}) == {"other": 1}
