"""What each figure of take-up means, in both languages; it stands beside the number everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Words = Mapping[str, str]


class Figure(StrEnum):
    """The indicators of a programme, in the order they are shown."""

    RELATIVE_VOLUME = "relative_volume"
    HOUSEHOLDS_FOUND = "households_found"
    FOUND_BY_TRIGGER = "found_by_trigger"
    FOUND_BY_PEOPLE = "found_by_people"
    HOUSEHOLDS_SERVED = "households_served"
    SERVED_BY_TRIGGER = "served_by_trigger"
    SERVED_BY_PEOPLE = "served_by_people"
    OPENED = "opened"
    ITEMS = "items"
    JOINT = "joint"
    READY_FIRST = "ready_first"
    RETURNED = "returned"
    DONE_ONCE = "done_once"
    IN_PROMISE = "in_promise"
    IN_LEGAL = "in_legal"
    WHOLE_DAYS = "whole_days"


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator's name and one sentence: what is counted among what."""

    title: Words
    says: Words


def _words(en: str, zh: str) -> Words:
    return {"en": en, "zh": zh}


DEFINITIONS: Mapping[Figure, Definition] = {
    Figure.RELATIVE_VOLUME: Definition(
        _words("Relative volume", "相对办件量"),
        _words(
            "How often the key item was handled inside this programme, among all times the office"
            " did it. The key item is the one the office counted most. It grows towards 100 %.",
            "关键事项通过“一件事”办理的件数 ÷ 部门统计的该事项全部办件量。"
            "关键事项为部门办件量最大的事项。越接近100%越好。",
        ),
    ),
    Figure.HOUSEHOLDS_FOUND: Definition(
        _words("Households found", "发现户量"),
        _words(
            "Households (firms count as one each) with a case of this need raised in the month, by"
            " a trigger or by people. Those that nobody found are not in it.",
            "当月因该需求产生事项的家庭户数（企业按1户计），含规则发现和人工上报。"
            "未被发现的家庭不在其中。",
        ),
    ),
    Figure.FOUND_BY_TRIGGER: Definition(
        _words("Found by a trigger", "其中：规则发现"),
        _words(
            "Households found whose first case of the month a trigger raised. A household that"
            " people reported too counts once, by which came first.",
            "当月首个事项由规则发现的户数 ÷ 发现户量。同时有人上报的家庭只计一次，以先者为准。",
        ),
    ),
    Figure.FOUND_BY_PEOPLE: Definition(
        _words("Reported by people", "其中：人工上报"),
        _words(
            "Households found whose first case of the month a coordinator or a desk reported; a"
            " trigger may have found it later.",
            "当月首个事项由协理员或窗口上报的户数 ÷ 发现户量；之后又被规则发现的也在其中。",
        ),
    ),
    Figure.HOUSEHOLDS_SERVED: Definition(
        _words("Households served", "办理户量"),
        _words(
            "Households for which this programme was opened in the month; once a month each.",
            "当月启动该“一件事”的家庭户数；每户每月计一次。",
        ),
    ),
    Figure.SERVED_BY_TRIGGER: Definition(
        _words("Served: found by a trigger", "办理户中：规则发现"),
        _words(
            "Households served whose first programme of the month was opened for a case that a"
            " trigger raised; a household with both counts once, by which came first.",
            "当月首件“一件事”来自规则发现的户数 ÷ 办理户量。"
            "两种来源都有的家庭只计一次，以先者为准。",
        ),
    ),
    Figure.SERVED_BY_PEOPLE: Definition(
        _words("Served: reported by people", "办理户中：人工上报"),
        _words(
            "Households served whose first programme of the month was opened for a case that a"
            " coordinator or a desk reported.",
            "当月首件“一件事”来自协理员或窗口上报的户数 ÷ 办理户量。",
        ),
    ),
    Figure.OPENED: Definition(
        _words("Programmes opened", "联办件量"),
        _words(
            "Times this programme was opened for somebody in the month.",
            "当月启动的该“一件事”件数。",
        ),
    ),
    Figure.ITEMS: Definition(
        _words("Items handled", "单事项办件量合计"),
        _words(
            "Items handed in or taken up by their office, of the programmes opened in the month.",
            "当月启动的“一件事”中，已提交或部门已处理的事项数。",
        ),
    ),
    Figure.JOINT: Definition(
        _words("Two or more items at once", "联办率（两项及以上）"),
        _words(
            "Programmes with two or more items handled, among those with at least one.",
            "办理两项及以上事项的件数 ÷ 至少办理一项的件数。",
        ),
    ),
    Figure.READY_FIRST: Definition(
        _words("Ready at the first time", "材料一次性备齐率"),
        _words(
            "Programmes in which no office asked for more, returned anything or let a paper follow,"
            " among those at least one office has looked at.",
            "各部门均未要求补正、未退回、未容缺的件数 ÷ 至少一个部门已审看的件数。",
        ),
    ),
    Figure.RETURNED: Definition(
        _words("Return rate", "退件率"),
        _words(
            "Items returned at least once, among items handled. Being asked for more is no return.",
            "至少被退回一次的事项 ÷ 已办理的事项。一次性告知补正不算退件。",
        ),
    ),
    Figure.DONE_ONCE: Definition(
        _words("Done at once", "一次性办理率"),
        _words(
            "Programmes that ended with every handled item granted and nothing returned or asked"
            " again, among those that ended.",
            "全部事项均予办理且无退回、无补正的件数 ÷ 已办结的件数。",
        ),
    ),
    Figure.IN_PROMISE: Definition(
        _words("Ended within the promise", "承诺时限内办结率"),
        _words(
            "Programmes that ended by their promised day, among those that ended.",
            "在承诺日期前办结的件数 ÷ 已办结的件数。",
        ),
    ),
    Figure.IN_LEGAL: Definition(
        _words("Ended within the law", "法定时限内办结率"),
        _words(
            "Programmes that ended by their legal day, among those that ended and have one.",
            "在法定日期前办结的件数 ÷ 已办结且有法定时限的件数。",
        ),
    ),
    Figure.WHOLE_DAYS: Definition(
        _words("Days from opening to end", "平均办结天数"),
        _words(
            "Mean calendar days from the opening to the end, delivery and waiting included, of"
            " programmes that ended.",
            "已办结件从启动到办结（含送达与等待）的平均自然日数。",
        ),
    ),
}

# What the system cannot know is said, never guessed.
MISSING: Mapping[str, Words] = {
    "no_office_count": _words(
        "not known: the office has not delivered its own count of single items",
        "暂无：部门尚未提供该事项的全部办件量",
    ),
    "nothing_yet": _words("nothing to count yet", "暂无可统计数据"),
    "no_limit": _words("no legal limit is set", "未设法定时限"),
    "hidden": _words("hidden (small number)", "数量过小，不予显示"),
}

SAVINGS: Mapping[str, Definition] = {
    "trips": Definition(
        _words("Trips", "跑动次数"),
        _words(
            "Now: results fetched at a counter. Other trips are not recorded: this is the least.",
            "现在：本人到窗口领取结果的次数。其他跑动系统无记录，因此为下限。",
        ),
    ),
    "steps": Definition(
        _words("Steps of the person", "本人办理环节"),
        _words(
            "Now: the talk in which they agreed, each round of questions, each result fetched.",
            "现在：征得同意的一次走访、每轮补正、每次领取。",
        ),
    ),
    "materials": Definition(
        _words("Papers from the person", "本人提交材料"),
        _words(
            "Now: papers the person gave or promised; what registers or offices held is not asked.",
            "现在：本人提交或承诺补交的材料；登记库和其他部门已有的不再索要。",
        ),
    ),
    "days": Definition(
        _words("Days for an item", "单事项天数"),
        _words(
            "Now: mean calendar days from handing in to the grant.",
            "现在：从提交到准予的平均自然日数。",
        ),
    ),
}
SAVED_NOTE = _words(
    "Of programmes that ended with something granted, for the items granted. 'Before' stands in the"
    " programme's definition with its source; where that is a planning figure, so is the saving.",
    "仅统计已办结且至少一项准予的件，按准予事项计算。“以前”取自“一件事”定义并注明来源；若来源为"
    "规划示例，则节省亦为估算。",
)

RETURN_WHY: Mapping[str, Words] = {
    "paper_unreadable": _words("A paper cannot be read", "材料无法辨认"),
    "paper_wrong": _words("It is the wrong paper", "材料不符"),
    "paper_late": _words("A promised paper did not come", "容缺材料逾期未补"),
    "field_wrong": _words("A field is wrong", "填写有误"),
    "wrong_office": _words("It belongs to another office", "不属于本部门"),
    "other": _words("Another reason", "其他原因"),
}
