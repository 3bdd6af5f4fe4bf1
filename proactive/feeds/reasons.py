"""Why a row was put aside or marked: one closed list, with its sentences in both languages."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A row with one of these is quarantined; nothing of it is applied."""

    MISSING_VALUE = "missing_value"
    SCIENTIFIC = "scientific_notation"
    ID_SHAPE = "id_shape"
    ID_CHECK_DIGIT = "id_check_digit"
    ID_LOST_DIGITS = "id_lost_digits"
    ID_BIRTH_DATE = "id_birth_date"
    ID_FUTURE_BIRTH = "id_future_birth"
    ID_CENTURY = "id_century"
    CREDIT_CODE = "credit_code"
    CERTIFICATE_NO = "certificate_no"
    DATE_FORMAT = "date_format"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_FUTURE = "date_future"
    DATE_TOO_EARLY = "date_too_early"
    AMOUNT = "amount"
    AMOUNT_SIGN = "amount_sign"
    NUMBER = "number"
    UNKNOWN_CODE = "unknown_code"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    RAGGED = "ragged_row"
    SAME_ID_DIFFERS = "same_id_differs"
    ENDS_BEFORE_START = "ends_before_start"


class Warn(StrEnum):
    """The row is applied; the office should know."""

    ID_UPGRADED = "id_upgraded"
    EXCEL_SERIAL = "excel_serial"
    SUM_DIFFERS = "sum_differs"
    PHONE_UNUSABLE = "phone_unusable"
    PHONE_LANDLINE = "phone_landline"
    PHONE_SHARED = "phone_shared"
    CERTIFICATE_LONG = "certificate_long"
    CERTIFICATE_DIFFERS = "certificate_differs"
    BIRTH_DIFFERS = "birth_differs"
    UNKNOWN_AREA = "unknown_area"


REASON_TEXT: dict[str, tuple[str, str]] = {
    Reason.MISSING_VALUE: ("必填项为空", "a required value is missing"),
    Reason.SCIENTIFIC: (
        "号码被存成科学计数法，末尾数字已丢失，无法恢复",
        "the number was stored in scientific notation; its last digits are lost",
    ),
    Reason.ID_SHAPE: ("号码位数或字符不符合规定", "the number has a wrong length or character"),
    Reason.ID_CHECK_DIGIT: ("校验码不符", "the check digit does not fit"),
    Reason.ID_LOST_DIGITS: (
        "校验码不符且末尾为000，疑被表格软件改写",
        "the check digit does not fit and the end is 000: a spreadsheet has rounded it",
    ),
    Reason.ID_BIRTH_DATE: ("号码中的出生日期不存在", "the birth date in the number is not a date"),
    Reason.ID_FUTURE_BIRTH: ("号码中的出生日期在将来", "the birth date in the number is to come"),
    Reason.ID_CENTURY: (
        "15位号码的世纪无法确定，需人工核对",
        "the century of the 15-digit number is in doubt; a person must look",
    ),
    Reason.CREDIT_CODE: ("统一社会信用代码无效", "the credit code is not valid"),
    Reason.CERTIFICATE_NO: ("残疾人证号无效", "the certificate number is not valid"),
    Reason.DATE_FORMAT: ("日期格式未在契约中声明", "the date is in no declared format"),
    Reason.DATE_IMPOSSIBLE: ("日期不存在", "there is no such date"),
    Reason.DATE_FUTURE: ("日期在将来", "the date is in the future"),
    Reason.DATE_TOO_EARLY: ("日期过早", "the date is too early"),
    Reason.AMOUNT: ("金额不是整分的数字", "the amount is not a plain number of whole fen"),
    Reason.AMOUNT_SIGN: (
        "金额正负与结算标志不符",
        "the sign of the amount does not fit the kind of record",
    ),
    Reason.NUMBER: ("不是规定的数字", "it is not a number of the declared kind"),
    Reason.UNKNOWN_CODE: ("必填代码值未知", "a required code has an unknown value"),
    Reason.CONTROL_CHARACTER: ("含有控制字符", "it holds a control character"),
    Reason.TOO_LONG: ("内容过长", "it is too long"),
    Reason.RAGGED: ("列数与表头不一致", "the row has more or fewer cells than the heading"),
    Reason.SAME_ID_DIFFERS: (
        "同一编号同一版本内容不同，无法判断以哪条为准",
        "the same record and version stands with other content; which is right cannot be told",
    ),
    Reason.ENDS_BEFORE_START: ("截止日期早于起始日期", "it ends before it starts"),
    Warn.ID_UPGRADED: ("15位号码已升为18位", "15-digit numbers were lengthened to 18"),
    Warn.EXCEL_SERIAL: ("日期为表格序列号，已换算", "spreadsheet serial dates were converted"),
    Warn.SUM_DIFFERS: ("金额合计不平", "amounts do not add up"),
    Warn.PHONE_UNUSABLE: ("电话号码无法使用", "phone numbers cannot be used"),
    Warn.PHONE_LANDLINE: ("电话为固定电话", "phone numbers are landlines"),
    Warn.PHONE_SHARED: ("同一电话登记给多人", "one phone stands for several people"),
    Warn.CERTIFICATE_LONG: ("残疾人证号超过20位", "certificate numbers are longer than 20"),
    Warn.CERTIFICATE_DIFFERS: (
        "残疾人证号与身份证号不符",
        "certificate numbers do not belong to the citizen number",
    ),
    Warn.BIRTH_DIFFERS: (
        "出生日期与身份证号不符",
        "birth dates do not fit the citizen number",
    ),
    Warn.UNKNOWN_AREA: (
        "区划代码未收录，转县级处理",
        "area codes are not known; the county places them",
    ),
}


def reason_text(code: str, language: str) -> str:
    """The sentence of a reason or warning; `zh` or `en`."""
    zh, en = REASON_TEXT[code]
    return zh if language.startswith("zh") else en
