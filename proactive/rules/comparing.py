"""The words for comparisons, figures and what a missing record counts as: Chinese, English."""

from proactive.rules.conditions import IfUnknown, Per

# The field or figure, then what it is tested against.
TESTS = {
    "is": ("{}为{}", "{} is {}"),
    "is_not": ("{}不为{}", "{} is not {}"),
    "in": ("{}为{}", "{} is {}"),
    "not_in": ("{}不属于{}", "{} is not {}"),
    "at_least": ("{}不低于{}", "{} at or above {}"),
    "at_most": ("{}不高于{}", "{} at or below {}"),
    "more_than": ("{}高于{}", "{} above {}"),
    "less_than": ("{}低于{}", "{} below {}"),
    "within": ("{}在近{}内", "{} in the last {}"),
    "older_than": ("{}距今已满{}", "{} at least {} ago"),
    "known": ("有{}的记载", "{} is on record"),
    "not_known": ("没有{}的记载", "{} is not on record"),
}
UNKNOWN = {
    IfUnknown.ASK: ("（查不到时转为询问事项）", " (asked about where no record says)"),
    IfUnknown.MET: ("（查不到时视为符合）", " (counts as met where no record says)"),
    IfUnknown.NOT_MET: ("（查不到时视为不符合）", " (counts as not met where no record says)"),
}
FIGURES = {
    "sum": ("合计", "sum of"),
    "max": ("最大值", "largest"),
    "min": ("最小值", "smallest"),
    "count": ("记录条数", "number of records"),
    "distinct": ("不同取值的个数", "number of different values of"),
}
PER = {
    Per.PERSON: ("按本人", "for the person or organisation"),
    Per.HOUSEHOLD: ("按全家", "for the whole household"),
    Per.RECORD: ("按单次记录", "for a single record"),
}
GROUPS = {
    "all": ("以下各项都符合：", "all of these hold:"),
    "any": ("以下至少一项符合：", "at least one of these holds:"),
    "not": ("以下不符合：", "this does not hold:"),
}
