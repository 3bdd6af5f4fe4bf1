"""The mistakes of a trigger file in Chinese; in English they are said where they are found."""

import re

from proactive.rules.speaking import chinese

_HINTS = (
    (re.compile(r"; did you mean '(.*)'\?$", re.DOTALL), "；您要写的是“{}”吗？"),
    (re.compile(r"; known: (.*)$", re.DOTALL), "；可以写：{}"),
)
# The sentence as it is made, with {} for what it names, and its Chinese words.
_SENTENCES = (
    ("'{}' is missing", "缺少“{}”"),
    ("'{}' is not known here", "此处不认识“{}”"),
    ("'{}' is not written as it must be ({})", "“{}”的写法不对，应当符合{}"),
    ("'{}' is not a day of the calendar", "日历上没有“{}”这一天"),
    ("'{}' is not a date; write it like 2026-11-21", "“{}”不是日期，请写成2026-11-21这样"),
    ("'{}' is not a whole number", "“{}”不是整数"),
    ("'{}' is not a number; write it like 12 or 0.6", "“{}”不是数字，请写成12或0.6这样"),
    ("'{}' is neither true nor false", "“{}”应当是true（是）或false（否）"),
    ("'{}' must be at least a day and at most a hundred years", "“{}”应当不短于一天、不长于一百年"),
    (
        "'{}' is not a period. Write it like {}",
        "“{}”不是期间，请写成P365D（天）、P12M（月）、P2W（周）或P1Y（年）这样",
    ),
    (
        "'{}' needs five fields, like \"30 5 * * *\" (05:30 every day)",
        "“{}”应当有五段，例如“30 5 * * *”（每天05:30）",
    ),
    ("'{}' is not a {} from {} to {}", "“{}”不对：{}应当在{}至{}之间"),
    ("'{}' is not a time zone; write it like Asia/Shanghai",
     "“{}”不是时区，请写成Asia/Shanghai这样"),
    ("'at_least' must be under 'at_most'", "下限应当小于上限"),
    ("a cap needs 'per_run' or 'per_day'", "上限至少写明每次（per_run）或每日（per_day）其中之一"),
    ("needs exactly one {} of {}; none stands here", "应当从{1}中选一个，此处没有"),
    ("needs exactly one {} of {}; here stand {}", "应当从{1}中只选一个，此处有{2}"),
    ("'of_within' needs 'of: feed.field'", "写了of_within，就要写明“of: 数据.字段”"),
    ("is not a condition; write one of {}", "不是条件，请写{}之一"),
    ("holds two conditions ({}); put them under 'all' or 'any'",
     "写了两个条件（{}），请放在“全部符合”或“至少一项符合”之下"),
    ("'{}' is not a condition", "“{}”不是条件"),
    ("is larger than {} KiB", "超过了{} KiB"),
    ("is not YAML: {}", "不符合YAML格式：{}"),
    ("holds signs that YAML does not allow", "含有YAML不允许的字符"),
    ("anchors (&name, *name) are not used in triggers; write the value out",
     "规则中不用锚点（&name、*name），请写出数值"),
    ("tags (!name) are not used in triggers", "规则中不用标签（!name）"),
    ("holds a second document; write one trigger per file", "含有第二份文档；一个文件只写一条规则"),
    ("is empty", "是空的"),
    ("a key must be one word", "键应当是一个词"),
    ("is nested deeper than {} levels", "嵌套超过{}层"),
    ("holds more than {} values", "数值超过{}个"),
    ("stands here twice", "此处写了两次"),
    ("a {} has no currency", "{}类参数没有货币单位"),
    ("no class is named '{}'", "没有名为“{}”的人群类别"),
    ("two values hold from {} for the same area and class",
     "自{}起，同一地区、同一类别有两个数值"),
    ("no feed is named '{}'", "没有名为“{}”的数据"),
    ("feed '{}' has no field '{}'", "数据“{}”没有字段“{}”"),
    ("'{}' identifies a person; no trigger may read it", "“{}”能识别个人身份，任何规则都不得读取"),
    ("'{}' is a protected attribute; no trigger may read it",
     "“{}”是受保护的属性，任何规则都不得读取"),
    ("'{}' does not grant '{}' for {}; ask the owner of the feed",
     "数据“{0}”没有为{2}授权使用字段“{1}”，请与数据主管部门商定"),
    ("'{}' does not fit {} '{}'", "比较方式“{}”不适用于{}类字段“{}”"),
    ("'{}' is true or false, not '{}'", "“{}”只能是true或false，不能是“{}”"),
    ("'{}' is not a code of '{}'", "“{}”不是“{}”的取值"),
    ("a {} limit must be a parameter with a start date and a legal basis",
     "{}类的界限应当是参数，写明起始日期和依据"),
    ("no parameter is named '{}'", "没有名为“{}”的参数"),
    ("parameter '{}' is {}; here it must be {}", "参数“{}”的类型是{}，此处应当是{}"),
    ("parameter '{}' follows the record's '{}'; here no record is looked at, so it must be in {}",
     "参数“{}”按记录的“{}”取值；此处不看单条记录，应当按扫描当日取值"),
    ("'{}' can never pass both tests of it", "“{}”的两项比较不可能同时符合"),
    ("'{}' is {}; it must be {}", "“{}”的类型是{}，应当是{}"),
    ("feed '{}' knows neither persons nor households", "数据“{}”既不针对个人也不针对家庭"),
    ("only 'per: record' is held together by a field", "只有按单次记录（per: record）时才写by"),
    ("'record' needs 'per: record'", "时间窗写record时，应当按单次记录（per: record）"),
    ("no measure is named '{}'", "没有名为“{}”的指标"),
    ("a share of a {} is not possible", "{}类指标不能按比例比较"),
    ("'{}' is {}, the measure is {}", "“{}”的类型是{}，与指标的类型{}不同"),
    ("speaks of single '{}' by {}, another condition of '{}' by {}; one trigger looks at {}",
     "此处看单条“{}”（按{}），另一条件看“{}”（按{}）；一条规则只看一种记录"),
    ("no benefit is named '{}'", "没有名为“{}”的待遇"),
    ("'{}' is a register; use registered_in", "“{}”是名册，请用“列入名册”（registered_in）"),
    ("'{}' holds events; use record or a measure",
     "“{}”是事件数据，请用“有记录”（record）或指标（measure）"),
    ("'{}' is about households, not about single subjects", "“{}”针对家庭，不针对单个对象"),
    ("'{}' is about {}s, this trigger about {}s", "“{}”针对{}，本规则针对{}"),
    ("'{}' stands for everybody else; name it differently", "“{}”指其他所有人，请换一个名称"),
    ("the trigger does not read '{}'", "本规则不读取“{}”"),
    ("needs a 'record:' condition whose field it names",
     "要有一个“有记录”（record）条件，并写其中的字段"),
    ("'{}' is not a date", "“{}”不是日期"),
    ("needs the feed '{}' to know places and households", "需要数据“{}”才能知道地区和家庭"),
    ("feed '{}' does not know households", "数据“{}”没有家庭信息"),
    ("asks only for what is absent; at least one condition must find something",
     "只问有没有缺少；至少要有一个条件能查到记录"),
    ("excludes exactly what 'when' asks for; nobody is left",
     "排除的正是条件所要找的，一个人也不剩"),
    ("must need its 'record:' condition in every way it can be met, because {}",
     "无论哪种情形符合，都必须用到“有记录”（record）条件，因为每条记录是一个事由"),
    ("uses '{}', whose value depends on the class", "用到了“{}”，而它的数值又取决于类别"),
    ("'{}' must be in force on as_of here", "“{}”在此处应当按扫描当日取值"),
    ("'{}' ('of_within' in {}) must be one value for all",
     "“{}”（{}中的of_within）应当对所有人是同一个数值"),
    ("'{}' is not read by 'when', so it can be no evidence", "条件没有读取“{}”，不能作为依据记录"),
    ("'{}' is neither a period such as P6M nor {}", "“{}”既不是P6M这样的期间，也不是{}"),
    ("has a brace without its partner", "花括号不成对"),
    ("takes one value, here stands a list", "只能有一个数值，此处是一列"),
    ("'{}' is not an amount of money; write it like 10000", "“{}”不是金额，请写成10000这样"),
    ("'{}' is not a share; 60 % is written 0.6", "“{}”不是比例；60%写作0.6"),
    ("nobody is named '{}' in 'given'", "given中没有名为“{}”的人"),
    ("'{}' is not a moment such as 2026-05-01 23:30", "“{}”不是2026-05-01 23:30这样的时刻"),
    ("'{}' is not the trigger '{}'", "“{}”不是规则“{}”"),
    ("String should have at least {} character", "不能为空"),
    ("String should have at least {} characters", "至少要有{}个字"),
    ("String should have at most {} characters", "最多{}个字"),
    ("List should have at least {} item after validation, not {}", "至少要有一项"),
    ("Tuple should have at least {} item after validation, not {}", "至少要有一项"),
    ("Dictionary should have at least {} item after validation, not {}", "至少要有一项"),
    ("Input should be a valid string", "此处应当是一段文字"),
    ("Input should be a valid tuple", "此处应当是一列"),
    ("Input should be a valid dictionary{}", "此处应当是若干“键: 值”"),
    ("Input should be greater than or equal to {}", "不得小于{}"),
    ("Input should be less than or equal to {}", "不得大于{}"),
    ("Input should be greater than {}", "应当大于{}"),
    ("Input should be less than {}", "应当小于{}"),
)  # fmt: skip


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.escape(sentence).replace(r"\{\}", "(.*?)"), re.DOTALL)


_OUTCOMES = (
    ("expected hit, was no hit", "应当命中，实际未命中"),
    ("expected no_hit, was a hit", "应当不命中，实际命中"),
    ("there is no measure '{}'", "没有名为“{}”的指标"),
    ("unknown is {}, expected {}", "缺失数据为{}，应为{}"),
    ("class is {}, expected {}", "类别为{}，应为{}"),
    ("{} is {}, expected {}", "{}为{}，应为{}"),
)
_CHINESE_OUTCOMES = tuple((_pattern(sentence), words) for sentence, words in _OUTCOMES)
_CHINESE = tuple((_pattern(sentence), words) for sentence, words in _SENTENCES)


def say_mistake(text: str, language: str) -> str:
    """Return a mistake in the reader's language; one without Chinese words stays English."""
    if not chinese(language):
        return text
    body, hint = text, ""
    for pattern, words in _HINTS:
        found = pattern.search(body)
        if found:
            body, hint = body[: found.start()], words.format(found[1])
            break
    for pattern, words in _CHINESE:
        found = pattern.fullmatch(body)
        if found:
            return words.format(*found.groups()) + hint
    return text


def say_outcome(why: str, language: str) -> str:
    """Return why an example does not hold, in the reader's language."""
    if not chinese(language):
        return why
    return "；".join(_outcome(part) for part in why.split("; ") if part)


def _outcome(part: str) -> str:
    for pattern, words in _CHINESE_OUTCOMES:
        found = pattern.fullmatch(part)
        if found:
            return words.format(*found.groups()).replace("not known", "未知")
    return part
