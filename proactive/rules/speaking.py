"""Says a trigger's conditions as one sentence, in zh-CN or English."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from proactive.feeds.contract import Contract
from proactive.kernel.errors import Refused
from proactive.kernel.money import fen_from_text, yuan_text
from proactive.kernel.periods import Period
from proactive.rules.conditions import (
    All,
    Any_,
    Condition,
    FieldTest,
    MeasureTest,
    Not,
    NotReceiving,
    NotRegistered,
    Receiving,
    RecordTest,
    Registered,
)
from proactive.rules.grammar import ParameterType, TriggerRule
from proactive.rules.nodes import BENEFIT_FEED, BENEFIT_FIELD

Contracts = Mapping[str, Contract]


def chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def say_parameter(kind: ParameterType, text: str, language: str) -> str:
    """Return a parameter's value as people write it, without a unit for money."""
    if kind is ParameterType.MONEY:
        return yuan_text(fen_from_text(text))
    if kind is ParameterType.RATIO:
        return f"{(Decimal(text) * 100).normalize():f}%"
    if kind is ParameterType.DURATION:
        return say_period(Period.parse(text), language)
    return text


def say_period(period: Period, language: str) -> str:
    """Return a period in words: 12个月, 12 months."""
    parts = [(period.months, "个月", "month"), (period.days, "天", "day")]
    if chinese(language):
        return "".join(f"{count}{zh}" for count, zh, _ in parts if count)
    return " ".join(f"{n} {en}{'s' if n != 1 else ''}" for n, _, en in parts if n)


# Each test in Chinese and English, with the field and what it is tested against.
TESTS = {
    "is": ("{}为{}", "{} is {}"),
    "is_not": ("{}不为{}", "{} is not {}"),
    "in": ("{}为{}之一", "{} is one of {}"),
    "not_in": ("{}不为{}", "{} is none of {}"),
    "at_least": ("{}不低于{}", "{} of at least {}"),
    "at_most": ("{}不高于{}", "{} of at most {}"),
    "more_than": ("{}高于{}", "{} of more than {}"),
    "less_than": ("{}低于{}", "{} of less than {}"),
    "within": ("{}在{}以内", "{} within {}"),
    "older_than": ("{}早于{}之前", "{} longer ago than {}"),
}


class Speaker:
    """Says conditions in one language."""

    def __init__(self, rule: TriggerRule, language: str, contracts: Contracts) -> None:
        self.rule = rule
        self.language = language
        self.contracts = contracts
        self.chinese = chinese(language)

    def say(self, condition: Condition) -> str:
        if isinstance(condition, All):
            return self._joined(condition.all, "，并且", ", and ")
        if isinstance(condition, Any_):
            return self._joined(condition.any, "，或者", ", or ")
        if isinstance(condition, Not):
            return self._pick(f"并非{self.say(condition.not_)}", f"not {self.say(condition.not_)}")
        if isinstance(condition, MeasureTest):
            return self._measure_test(condition)
        if isinstance(condition, RecordTest):
            words = self._pick("有“{}”记录", "has a record in “{}”")
            return self._with(words, condition.record, condition.where)
        if isinstance(condition, Registered):
            words = self._pick("列入“{}”", "stands in “{}”")
            return self._with(words, condition.registered_in, condition.where, condition.within)
        if isinstance(condition, NotRegistered):
            words = self._pick("未列入“{}”", "does not stand in “{}”")
            return self._with(words, condition.not_registered_in, condition.where, condition.within)
        return self._benefits(condition)

    def any_of(self, parts: Sequence[str]) -> str:
        return self._pick("，或者", ", or ").join(parts)

    def measure(self, name: str) -> str:
        title = self.rule.measures[name].title
        return title.in_language(self.language) if title else name

    def parameter(self, name: str) -> str:
        title = self.rule.parameters[name].title
        return title.in_language(self.language) if title else name

    def feed(self, feed: str) -> str:
        contract = self.contracts.get(feed)
        return str(self._pick(contract.title.zh, contract.title.en)) if contract else feed

    def field(self, feed: str, name: str) -> str:
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        return str(self._pick(column.title.zh, column.title.en)) if column else name

    def _pick(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    def _joined(self, parts: Sequence[Condition], zh: str, en: str) -> str:
        return self._pick(zh, en).join(self._nested(part) for part in parts)

    def _nested(self, condition: Condition) -> str:
        text = self.say(condition)
        several = isinstance(condition, All) and len(condition.all) > 1
        several |= isinstance(condition, Any_) and len(condition.any) > 1
        return self._pick("（{}）", "({})").format(text) if several else text

    def _measure_test(self, test: MeasureTest) -> str:
        limit = self._word(test.parameter)
        if test.of:
            feed, _, name = test.of.partition(".")
            whole = self.field(feed, name) if name else self._word(test.of)
            limit = self._pick(f"{whole}的{limit}", f"{limit} of “{whole}”")
        return self._pick(*TESTS[test.test]).format(self.measure(test.measure), limit)

    def _benefits(self, test: Receiving | NotReceiving) -> str:
        absent = isinstance(test, NotReceiving)
        codes = test.not_receiving if isinstance(test, NotReceiving) else test.receiving
        names = [self._code(BENEFIT_FEED, BENEFIT_FIELD, code) for code in codes]
        if absent:
            words = self._pick("未享受{}", "does not receive {}")
        else:
            words = self._pick("享受{}", "receives {}")
        text = words.format(self._pick("、", " or ").join(names))
        return text + self._lately(test.within)

    def _with(
        self, words: str, feed: str, where: Sequence[FieldTest], within: str | None = None
    ) -> str:
        text = words.format(self.feed(feed)) + self._lately(within)
        tests = [self._test(feed, test) for test in where]
        if not tests:
            return text
        return text + self._pick("（{}）", " ({})").format(self._pick("，", ", ").join(tests))

    def _lately(self, within: str | None) -> str:
        if within is None:
            return ""
        return self._pick(f"（{self._word(within)}以内）", f" within {self._word(within)}")

    def _test(self, feed: str, test: FieldTest) -> str:
        field, against = self.field(feed, test.field), test.against
        if isinstance(against, bool):
            zh, en = ("有", "known") if against else ("无", "not known")
            return self._pick(f"{zh}{field}", f"{field} {en}")
        words = (against,) if isinstance(against, str) else against
        told = [self._code(feed, test.field, word) for word in words]
        return self._pick(*TESTS[test.test]).format(field, self._pick("、", " or ").join(told))

    def _code(self, feed: str, name: str, word: str) -> str:
        """A code in the office's own Chinese word; in English the code reads well."""
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        if column is None or word not in column.codes:
            return self._word(word)
        if not self.chinese:
            return word.replace("_", " ")
        return next((one for one in column.codes[word] if not one.isascii()), word)

    def _word(self, word: str) -> str:
        """A parameter by its title and newest values, a period in words, else the word itself."""
        if word in self.rule.parameters:
            return self._pick("{}（{}）", "{} ({})").format(
                self.parameter(word), self._values(word)
            )
        try:
            return say_period(Period.parse(word), self.language)
        except Refused:
            return word

    def _values(self, name: str) -> str:
        """The newest value of each class where no area has its own, and whether areas differ."""
        parameter = self.rule.parameters[name]
        newest = {
            value.class_: value
            for value in sorted(parameter.values, key=lambda value: value.from_)
            if not value.area
        }
        told = []
        for klass, value in newest.items():
            text = self._pick("、", " or ").join(value.value)
            if parameter.type not in (ParameterType.CODE, ParameterType.CODES):
                text = say_parameter(parameter.type, text, self.language)
            told.append(f"{klass}: {text}" if klass else text)
        if any(value.area for value in parameter.values):
            told.append(self._pick("部分地区另行规定", "other values in some areas"))
        return self._pick("；", "; ").join(told)
