"""Damage to the registers of people: numbers, names, phones, dates, places, codes."""

from __future__ import annotations

from datetime import date

from proactive.simulate import numbers
from proactive.simulate.dirt import Dirt, Spoiler, Treatment, be, full_width, spoil, to
from proactive.simulate.sheet import Sheet

APPLIED, WARNING = Treatment.APPLIED, Treatment.WARNING
QUARANTINED = Treatment.QUARANTINED
RETIRED_AREA = "990121199201"
TRADITIONAL = {"张": "張", "刘": "劉", "陈": "陳", "杨": "楊", "赵": "趙", "吴": "吳", "孙": "孫",
               "马": "馬", "罗": "羅", "郑": "鄭", "谢": "謝", "韩": "韓", "冯": "馮"}  # fmt: skip


def spoil_residents(dirt: Dirt, sheet: Sheet, as_of: date) -> None:
    """Spoil the resident register: every damage that a citizen number or a date can take."""
    future = f"{as_of.year + 5}0102"
    for spoiler in (*LOOKS_ODD, *_put_aside(future)):
        for _ in range(dirt.times):
            spoil(dirt, sheet, spoiler, _fitting(dirt, sheet, spoiler))
    for _ in range(dirt.times):
        _spill(dirt, sheet)
        _second_number(dirt, sheet)


def spoil_deaths(dirt: Dirt, sheet: Sheet, as_of: date) -> None:
    """Spoil the death register: a death that is to come, a number without its check."""
    future = date(as_of.year + 1, 3, 1)
    spoil(dirt, sheet, _added("date_future", "date_future", "valid_from",
                              valid_from=f"{future:%Y/%m/%d}"), 0)  # fmt: skip
    bad = Spoiler(
        "id_check_digit",
        QUARANTINED,
        "id_number",
        to("id_number", numbers.with_wrong_check),
        "id_check_digit",
        added=True,
    )
    spoil(dirt, sheet, bad, 1)


def spoil_low_income(dirt: Dirt, sheet: Sheet) -> None:
    """Spoil the low-income register: a class nobody knows, a row without its number."""
    nobody_knows = {"class": "待定"}
    spoil(dirt, sheet, _added("code_unknown_required", "unknown_code", "class", **nobody_knows), 0)
    spoil(dirt, sheet, _added("value_missing", "missing_value", "id_number", id_number=""), 1)


def spoil_benefits(dirt: Dirt, sheet: Sheet) -> None:
    """Spoil the benefit list: names that differ, an amount in words, dates the wrong way round."""
    other = Spoiler("name_differs", WARNING, "name", to("name", _other_name), "name_differs")
    spoil(dirt, sheet, other, 1)
    at = next((i for i, name in enumerate(sheet.columns["name"]) if name[0] in TRADITIONAL), 2)
    old = Spoiler("name_traditional", APPLIED, "name", to("name", _traditional))
    spoil(dirt, sheet, old, at)
    spoil(dirt, sheet, _added("amount_in_words", "amount", "amount", amount="壹仟元整"), 3)
    spoil(dirt, sheet, _added("ends_before_start", "ends_before_start", "valid_to",
                              valid_from="2025-06-01", valid_to="2025-01-01"), 4)  # fmt: skip
    dirt.note(sheet, sheet.number(len(sheet)), "total_row", Treatment.IGNORED)


def _fitting(dirt: Dirt, sheet: Sheet, spoiler: Spoiler) -> int:
    """Take the next person the damage is possible for."""
    for at in dirt.stock:
        number = sheet.columns["id_number"][at]
        if spoiler.kind == "id_lower_x" and not number.endswith("X"):
            continue
        if spoiler.kind in {"id_15_digits", "id_century"} and number[6:8] != "19":
            continue
        if spoiler.kind == "id_point_zero" and number.endswith("X"):
            continue
        if spoiler.kind == "id_lost_digits" and _checks_with_000(number):
            continue
        return at
    raise LookupError(f"nobody left in the county for {spoiler.kind}")


def _checks_with_000(number: str) -> bool:
    return numbers.check_character(number[:15] + "00") == "0"


def _spill(dirt: Dirt, sheet: Sheet) -> None:
    """A comma typed inside an address: the row has one cell too many."""
    number = sheet.append(sheet.row(next(dirt.stock)))
    sheet.extra_cells.add(len(sheet) - 1)
    dirt.note(sheet, number, "row_ragged", QUARANTINED, "ragged_row")


def _second_number(dirt: Dirt, sheet: Sheet) -> None:
    """One person with two numbers: to be linked by a human, not merged."""
    row = sheet.row(next(dirt.stock))
    twin = numbers.with_birth(row["id_number"], f"{row['id_number'][6:12]}01")
    if twin in set(sheet.columns["id_number"]):
        twin = numbers.with_serial(twin, 997)
    number = sheet.append(row | {"id_number": twin, "born_on": twin[6:14]})
    dirt.note(sheet, number, "person_two_ids", APPLIED, field="id_number")


def _added(kind: str, reason: str, field: str, **texts: str) -> Spoiler:
    return Spoiler(kind, QUARANTINED, field, be(**texts), reason, added=True)


def _other_name(name: str) -> str:
    return name[0] + ("芷若溪" if name[1:] != "芷若溪" else "芷若川")


def _traditional(name: str) -> str:
    return TRADITIONAL.get(name[0], name[0]) + name[1:]


def _spread(number: str) -> str:
    return f"{number[:6]} {number[6:14]} {number[14:]}"


LOOKS_ODD = (
    Spoiler("id_full_width", APPLIED, "id_number", to("id_number", full_width)),
    Spoiler("id_apostrophe", APPLIED, "id_number", to("id_number", "'{}".format)),
    Spoiler("id_spaces", APPLIED, "id_number", to("id_number", _spread)),
    Spoiler("id_point_zero", APPLIED, "id_number", to("id_number", "{}.0".format)),
    Spoiler("id_lower_x", APPLIED, "id_number", to("id_number", str.lower)),
    Spoiler("id_15_digits", WARNING, "id_number", to("id_number", numbers.short_number),
            "id_upgraded"),
    Spoiler("name_wide_space", APPLIED, "name", to("name", lambda name: f"{name[0]}　{name[1:]}")),
    Spoiler("phone_two_numbers", APPLIED, "phone", be(phone="19900990001/19900990002")),
    Spoiler("phone_prefix", APPLIED, "phone", be(phone="0086 199 0099 0003")),
    Spoiler("phone_unusable", WARNING, "phone", be(phone="12345"), "phone_unusable"),
    Spoiler("phone_landline", WARNING, "phone", be(phone="0599-0004321"), "phone_landline"),
    Spoiler("phone_missing", APPLIED, "phone", be(phone="")),
    Spoiler("date_slashes", APPLIED, "born_on",
            to("born_on", lambda d: f"{d[:4]}/{int(d[4:6])}/{int(d[6:])}")),
    Spoiler("date_words", APPLIED, "born_on",
            to("born_on", lambda d: f"{d[:4]}年{int(d[4:6])}月{int(d[6:])}日")),
    Spoiler("date_excel_serial", WARNING, "valid_from", be(valid_from="36892"), "excel_serial"),
    Spoiler("date_sentinel_1900", APPLIED, "valid_from", be(valid_from="1900-01-01")),
    Spoiler("date_sentinel_9999", APPLIED, "valid_to", be(valid_to="9999-12-31")),
    Spoiler("birth_differs", WARNING, "born_on",
            to("born_on", lambda d: f"{d[:6]}{'15' if d[6:] != '15' else '16'}"), "birth_differs"),
    Spoiler("area_retired", WARNING, "living_area_code", be(living_area_code=RETIRED_AREA),
            "unknown_area"),
    Spoiler("household_unknown", APPLIED, "household_no", be(household_no="")),
    Spoiler("code_digit", APPLIED, "sex", to("sex", lambda sex: "1" if sex == "男" else "2")),
    Spoiler("code_unknown", APPLIED, "sex", be(sex="未说明")),
)  # fmt: skip


def _put_aside(future: str) -> tuple[Spoiler, ...]:
    def number(kind: str, write: str) -> Spoiler:
        return Spoiler(kind, QUARANTINED, "id_number", be(id_number=write), kind, added=True)

    def rewritten(kind: str, **ways: str) -> Spoiler:
        return _added(kind, kind, next(iter(ways)), **ways)

    return (
        Spoiler("id_check_digit", QUARANTINED, "id_number",
                to("id_number", numbers.with_wrong_check), "id_check_digit", added=True),
        Spoiler("id_lost_digits", QUARANTINED, "id_number",
                to("id_number", lambda text: text[:15] + "000"), "id_lost_digits", added=True),
        Spoiler("id_shape", QUARANTINED, "id_number",
                to("id_number", lambda text: text[:17]), "id_shape", added=True),
        Spoiler("id_birth_date", QUARANTINED, "id_number",
                to("id_number", lambda text: numbers.with_birth(text, "19810231")),
                "id_birth_date", added=True),
        Spoiler("id_future_birth", QUARANTINED, "id_number",
                to("id_number", lambda text: numbers.with_birth(text, future)),
                "id_future_birth", added=True),
        Spoiler("id_century", QUARANTINED, "id_number",
                to("id_number", lambda text: numbers.short_number(text)[:12] + "997"),
                "id_century", added=True),
        Spoiler("id_scientific", QUARANTINED, "id_number",
                be(id_number="9.90121E+17"), "scientific_notation", added=True),
        number("missing_value", ""),
        rewritten("date_impossible", born_on="19990231"),
        rewritten("date_format", born_on="31.12.1999"),
        rewritten("date_future", valid_from=f"{future[:4]}-01-02"),
        Spoiler("control_character", QUARANTINED, "address", be(address="铃\x07村"),
                "control_character", added=True),
    )  # fmt: skip
