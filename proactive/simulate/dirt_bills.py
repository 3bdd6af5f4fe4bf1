"""Damage to the bills: doubles, refunds without a bill, old versions, sums, signs, late rows."""

from __future__ import annotations

from datetime import date, timedelta

from proactive.simulate import numbers
from proactive.simulate.dirt import (
    Dirt,
    Row,
    Spoiler,
    Treatment,
    be,
    full_width,
    spoil,
    to,
)
from proactive.simulate.sheet import Sheet

APPLIED, WARNING, HELD = Treatment.APPLIED, Treatment.WARNING, Treatment.HELD
QUARANTINED, IGNORED = Treatment.QUARANTINED, Treatment.IGNORED
AMOUNTS = ("total", "fund_paid", "hospital_paid", "out_of_pocket", "account_paid", "cash_paid")
REVERSE_WORDS = {"正常": "退费", "0": "1"}
# A small bill: whatever becomes of a spoilt row, nobody's sum passes a threshold by it.
SMALL = {"total": "320.00", "fund_paid": "200.00", "hospital_paid": "0.00",
         "out_of_pocket": "120.00", "account_paid": "20.00", "cash_paid": "100.00"}  # fmt: skip


class BillDirt:
    """Spoils the monthly files; new rows get settlement numbers of their own range."""

    def __init__(self, dirt: Dirt, sheets: list[Sheet]) -> None:
        self._dirt = dirt
        self._history, *self._batches = sheets
        self._serial = 9_000_000_000

    def spoil(self, as_of: date, dead: tuple[str, str, date] | None, rare: tuple[str, str]) -> None:
        """Write every damage; `dead` and `rare` are people (number, name) with a bill to tell."""
        for _ in range(self._dirt.times):
            self._doubles()
            self._refunds()
            self._versions()
        self._single_rows(as_of)
        self._note_natural(self._batches[-1])
        newest = self._batches[-1]
        self._add(newest, self._fresh(newest, number=rare[0], name=rare[1]),
                  "name_rare_character", APPLIED, field="name")  # fmt: skip
        if dead is not None:
            number, name, died = dead
            day = died + timedelta(days=3)
            row = self._fresh(newest, number=number, name=name)
            row["settled_at"] = f"{day} 10:00:00"
            self._add(newest, row, "bill_after_death", APPLIED, field="settled_at")

    def _fresh(self, sheet: Sheet, *, number: str = "", name: str = "") -> Row:
        """Copy the shape of somebody's row into a small new bill, for that person or another."""
        at = (self._serial * 31) % (len(sheet) // 2) if len(sheet) > 1 else 0
        while sheet.columns["refund_no"][at]:
            at += 1
        self._serial += 1
        forward = next(iter(REVERSE_WORDS))
        row = sheet.row(at) | SMALL | {"settlement_id": f"99S{self._serial:010d}", "version": ""}
        row["record_status"] = forward if row["record_status"] in {"正常", "退费"} else "0"
        row["stay_id"] = f"MZ{self._serial:010d}"
        # A moment of its own: two bills of one person, place, moment and sum would be doubles.
        second = self._serial % 86_400
        clock = f"{second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}"
        row["settled_at"] = f"{row['settled_at'][:10]} {clock}"
        if number:
            row |= {"id_number": number, "name": name}
        return row

    def _add(
        self, sheet: Sheet, row: Row, kind: str, treatment: Treatment,
        reason: str = "", field: str = "",
    ) -> None:  # fmt: skip
        self._dirt.note(sheet, sheet.append(row), kind, treatment, reason, field)

    def _doubles(self) -> None:
        earlier, newest = self._batches[-2], self._batches[-1]
        row = self._fresh(newest)
        self._add(newest, row, "bill_first", APPLIED)
        self._add(newest, dict(row), "row_twice_in_file", IGNORED)
        again = row | {"settlement_id": self._next_id()}
        self._add(newest, again, "bill_under_new_id", HELD, "possible_duplicate", "settlement_id")
        shared = self._fresh(earlier)
        self._add(earlier, shared, "bill_first", APPLIED)
        self._add(newest, self._as_in(newest, shared), "row_in_two_files", IGNORED)

    def _refunds(self) -> None:
        earlier, newest = self._batches[-2], self._batches[-1]
        orphan = _reverse(self._fresh(newest))
        self._add(newest, orphan, "reverse_without_forward", HELD, "reverse_without_forward")
        forward = self._fresh(earlier)
        self._add(earlier, _reverse(forward), "reverse_before_forward", Treatment.RELEASED,
                  "reverse_without_forward")  # fmt: skip
        self._add(newest, self._as_in(newest, forward), "forward_after_reverse", APPLIED)

    def _versions(self) -> None:
        earlier, newest = self._batches[-2], self._batches[-1]
        row = self._fresh(earlier)
        first = row | {"version": "1"}
        second = row | {"version": "2", "out_of_pocket": "130.00", "cash_paid": "110.00",
                        "fund_paid": "190.00"}  # fmt: skip
        self._add(earlier, second, "version_newer_first", APPLIED, field="version")
        self._add(newest, self._as_in(newest, first), "version_out_of_order", IGNORED,
                  field="version")  # fmt: skip
        old = self._fresh(earlier) | {"version": "1"}
        new = old | {"version": "2", "out_of_pocket": "90.00", "cash_paid": "70.00",
                     "fund_paid": "230.00"}  # fmt: skip
        self._add(earlier, old, "version_first", APPLIED, field="version")
        self._add(newest, self._as_in(newest, new), "version_corrected", APPLIED, field="version")

    def _single_rows(self, as_of: date) -> None:
        newest = self._batches[-1]
        for spoiler in (*ODD, *_bad(as_of)):
            for _ in range(self._dirt.times):
                row = self._fresh(newest)
                newest.append(row)
                at = len(newest) - 1
                number = newest.change(at, spoiler.change(row))
                self._dirt.note(newest, number, spoiler.kind, spoiler.treatment,
                                spoiler.reason, spoiler.field)  # fmt: skip
        for sheet in self._batches[:-1]:
            spoil(self._dirt, sheet, _bad(as_of)[0], 0)
        self._fifteen(newest)

    def _fifteen(self, sheet: Sheet) -> None:
        """A clinic that still writes 15 digits, for somebody born in the last century."""
        ids, names = sheet.columns["id_number"], sheet.columns["name"]
        at = next(i for i, number in enumerate(ids) if len(number) == 18 and number[6:8] == "19")
        row = self._fresh(sheet, number=numbers.short_number(ids[at]), name=names[at])
        self._add(sheet, row, "id_15_digits", WARNING, "id_upgraded", "id_number")

    def _note_natural(self, newest: Sheet) -> None:
        """Name a few of the late rows and refund pairs that are there by chance."""
        start = newest.columns["recorded_on"][0]
        late = [at for at, text in enumerate(newest.columns["settled_at"]) if text[:10] < start]
        for at in late[:3]:
            self._dirt.note(newest, newest.number(at), "late_row", APPLIED, field="settled_at")
        refunds = [at for at, text in enumerate(self._history.columns["refund_no"]) if text]
        for at in refunds[:3]:
            self._dirt.note(self._history, self._history.number(at), "refund_pair", APPLIED)

    def _next_id(self) -> str:
        self._serial += 1
        return f"99S{self._serial:010d}"

    def _as_in(self, sheet: Sheet, row: Row) -> Row:
        """The same bill in the code words of another file."""
        coded = {"正常": "0", "退费": "1", "门诊": "11", "住院": "21", "有效": "1",
                 "居民": "390", "职工": "310"}  # fmt: skip
        return {name: coded.get(text, text) for name, text in row.items()}


def _reverse(row: Row) -> Row:
    amounts = {name: f"-{row[name]}" if row[name] != "0.00" else "0.00" for name in AMOUNTS}
    status = REVERSE_WORDS[row["record_status"]]
    return row | amounts | {"record_status": status, "refund_no": f"R{row['settlement_id']}"}


ODD = (
    Spoiler("id_lower_x_or_wide", APPLIED, "id_number",
            to("id_number", lambda text: full_width(text.lower()))),
    Spoiler("amount_thousands", APPLIED, "total", be(total="1,320.00", fund_paid="1,200.00")),
    Spoiler("code_unknown", APPLIED, "care_kind", be(care_kind="77")),
    Spoiler("bill_not_valid", APPLIED, "valid", be(valid="0")),
    Spoiler("sum_differs", WARNING, "total", be(total="999.00"), "sum_differs"),
    Spoiler("name_differs", WARNING, "name", to("name", lambda name: f"{name[0]}沐笙川"),
            "name_differs"),
    Spoiler("area_retired", WARNING, "area_code", be(area_code="990121199203"), "unknown_area"),
    Spoiler("date_slashes", APPLIED, "settled_at",
            to("settled_at", lambda text: text.replace("-", "/"))),
    Spoiler("date_compact", APPLIED, "recorded_on",
            to("recorded_on", lambda text: text.replace("-", ""))),
)  # fmt: skip


def _bad(as_of: date) -> tuple[Spoiler, ...]:
    future = as_of + timedelta(days=40)

    def be_wrong(kind: str, reason: str, **texts: str) -> Spoiler:
        return Spoiler(kind, QUARANTINED, next(iter(texts)), be(**texts), reason, added=True)

    return (
        Spoiler("id_check_digit", QUARANTINED, "id_number",
                to("id_number", numbers.with_wrong_check), "id_check_digit", added=True),
        be_wrong("id_scientific", "scientific_notation", id_number="9.90121E+17"),
        be_wrong("date_future", "date_future", settled_at=f"{future} 09:00:00"),
        be_wrong("date_impossible", "date_impossible", settled_at="2026-02-30 09:00:00"),
        be_wrong("date_sentinel_required", "missing_value", settled_at="1900-01-01 00:00:00"),
        be_wrong("amount_not_a_number", "amount", out_of_pocket="12O.00"),
        be_wrong("amount_sign", "amount_sign", out_of_pocket="-120.00", total="-320.00"),
        be_wrong("missing_value", "missing_value", settlement_id=""),
    )  # fmt: skip
