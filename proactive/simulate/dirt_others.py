"""Damage to the workbooks and smaller lists: certificates, credit codes, births."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from proactive.simulate import numbers
from proactive.simulate.dirt import Dirt, Spoiler, Treatment, be, spoil, to
from proactive.simulate.sheet import Sheet

APPLIED, WARNING = Treatment.APPLIED, Treatment.WARNING
QUARANTINED, IGNORED = Treatment.QUARANTINED, Treatment.IGNORED
EXCEL_EPOCH = date(1899, 12, 30)
TWO_LINES_MAPPING = """\
feed: disability_register
note: The update comes with a line of merged cells over its headings.
reader: {header_lines: 2}
"""


def spoil_disabilities(dirt: Dirt, sheet: Sheet) -> None:
    """Spoil the federation's workbook: certificate numbers, codes as digits, numeric cells."""
    for at, spoiler in enumerate(CERTIFICATES):
        spoil(dirt, sheet, spoiler, 5 + at)
    serial = Spoiler("date_excel_serial", WARNING, "valid_to", to("valid_to", _as_serial),
                     "excel_serial")  # fmt: skip
    spoil(dirt, sheet, serial, 3)
    sheet.number_cells.add((3, "valid_to"))
    row = sheet.row(4)
    number = sheet.append(row | {"id_number": row["id_number"][:17] + "0"})
    sheet.number_cells.add((len(sheet) - 1, "id_number"))
    dirt.note(sheet, number, "id_as_number_cell", QUARANTINED, "scientific_notation",
              "id_number")  # fmt: skip


def disability_update(dirt: Dirt, first: Sheet, as_of: date, chosen: tuple[int, int]) -> Sheet:
    """Make the later workbook: one graded anew, one cancelled, one older state that comes late."""
    graded, gone = chosen
    third = next(at for at in range(3) if at not in chosen)
    changed = [first.row(graded), first.row(gone), first.row(third)]
    other = ("一级", 1) if changed[0]["grade"] == "二级" else ("二级", 2)
    changed[0] |= _graded(changed[0], *other) | {"recorded_on": as_of.isoformat()}
    changed[1] |= {"status": "注销", "recorded_on": as_of.isoformat()}
    old = changed[2] | _graded(changed[2], "四级", 4) | {"recorded_on": "2001-01-05"}
    sheet = replace(
        first,
        stem="05b_disability_register_update",
        arrives=as_of,
        columns={name: [row[name] for row in (*changed[:2], old)] for name in first.columns},
        groups={"name": "人员信息", "certificate_no": "证件信息", "phone": "联系与登记"},
        number_cells=set(),
        mapping=TWO_LINES_MAPPING,
    )
    dirt.note(sheet, sheet.number(0), "grade_changed", APPLIED, field="grade")
    dirt.note(sheet, sheet.number(1), "certificate_cancelled", APPLIED, field="status")
    dirt.note(sheet, sheet.number(2), "version_out_of_order", IGNORED, field="recorded_on")
    return sheet


def spoil_credit(dirt: Dirt, sheet: Sheet) -> None:
    """Spoil the penalties: credit codes in small letters, broken, and starting with a letter."""
    other = be(
        credit_code=numbers.credit_code("N2990121MA9900017"),
        org_name="澄禾县柳湾粮油合作社",
        penalty_no="澄禾罚字〔2025〕第90001号",
    )
    for at, spoiler in enumerate(
        (
            Spoiler("code_lower_case", APPLIED, "credit_code", to("credit_code", str.lower)),
            Spoiler("code_letter_first", APPLIED, "credit_code", other, added=True),
            Spoiler("credit_code_check", QUARANTINED, "credit_code",
                    to("credit_code", _wrong_code), "credit_code", added=True),
            Spoiler("date_sentinel_9999", APPLIED, "published_on", be(published_on="9999-12-31")),
        )
    ):  # fmt: skip
        spoil(dirt, sheet, spoiler, at)


def spoil_births(dirt: Dirt, sheet: Sheet) -> None:
    """Note the children that have no number or name yet, the twins, and a child that died."""
    ids, names = sheet.columns["child_id"], sheet.columns["child_name"]
    waiting = ids.index("")
    dirt.note(sheet, sheet.number(waiting), "birth_without_number", APPLIED, field="child_id")
    dirt.note(sheet, sheet.number(waiting + 1), "birth_twin", APPLIED, field="mother_id")
    if "" in names:
        at = names.index("")
        dirt.note(sheet, sheet.number(at), "birth_without_name", APPLIED, field="child_name")
    died = sheet.columns["outcome"].index("死亡")
    dirt.note(sheet, sheet.number(died), "birth_child_died", APPLIED, field="outcome")


def spoil_newborns(dirt: Dirt, sheet: Sheet) -> None:
    """Insure a baby under a made-up number, as some clinics did."""
    made_up = Spoiler(
        "id_made_up",
        QUARANTINED,
        "id_number",
        be(id_number=numbers.with_birth("990121202600000019", "20260000")),
        "id_birth_date",
        added=True,
    )
    spoil(dirt, sheet, made_up, 0)
    early = sheet.columns["id_number"].index("") if "" in sheet.columns["id_number"] else None
    if early is not None:
        dirt.note(sheet, sheet.number(early), "insured_without_number", APPLIED,
                  field="birth_certificate_no")  # fmt: skip


def _as_serial(text: str) -> str:
    """Count days as a spreadsheet does when a cell loses its date format."""
    return str((date.fromisoformat(text) - EXCEL_EPOCH).days)


def _graded(row: dict[str, str], word: str, grade: int) -> dict[str, str]:
    return {"grade": word, "certificate_no": f"{row['certificate_no'][:19]}{grade}"}


def _wrong_code(code: str) -> str:
    sign = "A" if code[-1] != "A" else "B"
    return code[:-1] + sign


def _other_holder(certificate: str) -> str:
    """Write another citizen number into a certificate number: papers of two people were mixed."""
    return numbers.with_serial(certificate[:18], 988) + certificate[18:]


def _as_digit(grade: str) -> str:
    return str("一二三四".index(grade[0]) + 1)


CERTIFICATES = (
    Spoiler("certificate_long", WARNING, "certificate_no",
            to("certificate_no", "{}B1".format), "certificate_long"),
    Spoiler("certificate_differs", WARNING, "certificate_no", to("certificate_no", _other_holder),
            "certificate_differs"),
    Spoiler("code_digit", APPLIED, "grade", to("grade", _as_digit)),
    Spoiler("certificate_no", QUARANTINED, "certificate_no",
            to("certificate_no", lambda text: text[:18] + "99"), "certificate_no", added=True),
    Spoiler("code_unknown_required", QUARANTINED, "kind", be(kind="其他"), "unknown_code",
            added=True),
)  # fmt: skip
