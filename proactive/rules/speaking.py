"""Says a trigger's conditions in words, in zh-CN or English."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from proactive.feeds.contract import Contract
from proactive.kernel.errors import Refused
from proactive.kernel.money import fen_from_text, with_unit, yuan_text
from proactive.kernel.periods import Period
from proactive.rules.comparing import TESTS, UNKNOWN
from proactive.rules.conditions import (
    All,
    Any_,
    Condition,
    FieldTest,
    IfUnknown,
    MeasureTest,
    Not,
    NotReceiving,
    NotRegistered,
    Receiving,
    RecordTest,
    Registered,
)
from proactive.rules.grammar import OTHER, Parameter, ParameterType, TriggerRule, Value
from proactive.rules.nodes import BENEFIT_FEED, BENEFIT_FIELD

Contracts = Mapping[str, Contract]
CODES = (ParameterType.CODE, ParameterType.CODES)


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


def say_day(day: date, language: str) -> str:
    """Return a day as people write it."""
    if chinese(language):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def say_period(period: Period, language: str) -> str:
    """Return a period in words: 12个月, 12 months."""
    parts = [(period.months, "个月", "month"), (period.days, "天", "day")]
    if chinese(language):
        return "".join(f"{count}{zh}" for count, zh, _ in parts if count)
    return " ".join(f"{n} {en}{'s' if n != 1 else ''}" for n, _, en in parts if n)


def in_force(parameter: Parameter, on: date | None) -> dict[tuple[str, str], Value]:
    """Return the value of each (area, class) that holds on a day; the newest without a day."""
    found: dict[tuple[str, str], Value] = {}
    for value in sorted(parameter.values, key=lambda value: value.from_):
        if on is None or value.from_ <= on:
            found[value.area, value.class_] = value
    return found


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says conditions in one language; values are those in force `on` a day, else the newest.

    `contracts` give feeds, fields and codes their titles; without them their names are used.
    """

    rule: TriggerRule
    language: str
    contracts: Contracts = field(default_factory=dict)
    on: date | None = None

    @property
    def chinese(self) -> bool:
        return chinese(self.language)

    def pick(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    # conditions

    def say(self, condition: Condition) -> str:
        """Return the whole condition as one sentence."""
        if isinstance(condition, All):
            return self._joined(condition.all, "，并且", ", and ")
        if isinstance(condition, Any_):
            return self._joined(condition.any, "，或者", ", or ")
        if isinstance(condition, Not):
            inner = self.say(condition.not_)
            return self.pick(f"不符合“{inner}”", f"not ({inner})")
        return self.leaf(condition)

    def leaf(self, condition: Condition) -> str:
        """Return a single condition; what a missing record counts as, where it is not asked."""
        if isinstance(condition, MeasureTest):
            text = self._measure_test(condition)
        elif isinstance(condition, RecordTest):
            words = self.pick("有一条“{}”记录", "has a record of “{}”").format(
                self.feed(condition.record)
            )
            text = words + self._where(condition.record, condition.where)
        elif isinstance(condition, Registered | NotRegistered):
            text = self._registered(condition)
        elif isinstance(condition, Receiving | NotReceiving):
            text = self._benefits(condition)
        else:
            return self.say(condition)
        unknown = condition.if_unknown
        return text if unknown is IfUnknown.ASK else text + self.pick(*UNKNOWN[unknown])

    def any_of(self, parts: Sequence[str]) -> str:
        return self.pick("，或者", ", or ").join(parts)

    # names

    def measure(self, name: str) -> str:
        measure = self.rule.measures.get(name)
        return measure.title.in_language(self.language) if measure and measure.title else name

    def parameter(self, name: str) -> str:
        parameter = self.rule.parameters.get(name)
        titled = parameter and parameter.title
        return titled.in_language(self.language) if titled else name

    def klass(self, name: str) -> str:
        """Return for whom a class stands: its title, else its condition in words."""
        if name == OTHER and name not in self.rule.classes:
            return self.pick("其他人", "everybody else")
        if name in self.rule.class_titles:
            return self.rule.class_titles[name].in_language(self.language)
        condition = self.rule.classes.get(name)
        if condition is None:
            return name
        if isinstance(condition, RecordTest) and condition.where:
            tests = self.pick("，", ", ").join(self.tests(condition.record, condition.where))
            return self.pick(f"{tests}的", f"those whose {tests}")
        return self.pick(f"{self.say(condition)}的", f"whoever {self.say(condition)}")

    def feed(self, feed: str) -> str:
        contract = self.contracts.get(feed)
        return self.pick(contract.title.zh, contract.title.en) if contract else feed

    def field(self, feed: str, name: str) -> str:
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        return self.pick(column.title.zh, column.title.en) if column else name

    def code(self, feed: str, name: str, word: str) -> str:
        """A code in the office's own Chinese word; in English the code reads well."""
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        if column is None or word not in column.codes:
            return self.word(word, (feed, name))
        own = next((one for one in column.codes[word] if not one.isascii()), word)
        if self.chinese:
            return own
        plain = {"true": "yes", "false": "no"}.get(word, word.replace("_", " "))
        return f"{word} ({own})" if word.isdigit() and own != word else plain

    # values

    def value(self, parameter: Parameter, value: Value, where: tuple[str, str] = ("", "")) -> str:
        """Return one value with its unit; `where` is the feed and field its codes belong to."""
        if parameter.type in CODES:
            told = [self.code(*where, word) if where[0] else word for word in value.value]
            return self.pick("、", " or ").join(told)
        text = say_parameter(parameter.type, value.value[0], self.language)
        if parameter.type is ParameterType.MONEY:
            return with_unit(text, parameter.unit or "CNY", self.language)
        return text

    def values(self, name: str, where: tuple[str, str] = ("", "")) -> str:
        """The value for everybody, those of classes, and whether areas have their own."""
        parameter = self.rule.parameters[name]
        found = in_force(parameter, self.on)
        told = []
        for (area, klass), value in sorted(found.items(), key=lambda one: one[0]):
            if area:
                continue
            text = self.value(parameter, value, where)
            whom = self.klass(klass) if klass else ""
            told.append(self.pick(f"{whom}为{text}", f"{text} for {whom}") if whom else text)
        if any(area for area, _ in found):
            told.append(self.pick("部分地区另行规定", "other values in some areas"))
        return self.pick("；", "; ").join(told) or self.pick("尚无施行的数值", "no value in force")

    def word(self, word: str, where: tuple[str, str] = ("", "")) -> str:
        """A parameter by its title and values, a period in words, else the word itself."""
        if word in self.rule.parameters:
            words = self.pick("“{}”（{}）", "“{}” ({})")
            return words.format(self.parameter(word), self.values(word, where))
        try:
            return say_period(Period.parse(word), self.language)
        except Refused:
            return word

    def span(self, word: str) -> str:
        """A period for "the last …": only the value where one stands for everybody."""
        parameter = self.rule.parameters.get(word)
        if parameter is None or len(in_force(parameter, self.on)) != 1:
            return self.word(word)
        return self.values(word)

    # parts of conditions

    def _joined(self, parts: Sequence[Condition], zh: str, en: str) -> str:
        if len(parts) == 1:
            return self.say(parts[0])
        return self.pick(zh, en).join(self._nested(part) for part in parts)

    def _nested(self, condition: Condition) -> str:
        text = self.say(condition)
        several = isinstance(condition, All) and len(condition.all) > 1
        several |= isinstance(condition, Any_) and len(condition.any) > 1
        return self.pick("（{}）", "({})").format(text) if several else text

    def _measure_test(self, test: MeasureTest) -> str:
        limit = self.word(test.parameter)
        if test.of:
            limit = self._share(test, limit)
        return self.pick(*TESTS[test.test]).format(self.measure(test.measure), limit)

    def _share(self, test: MeasureTest, limit: str) -> str:
        feed, _, name = str(test.of).partition(".")
        if not name:
            return self.pick(f"{self.word(feed)}的{limit}", f"{limit} of {self.word(feed)}")
        whole = self.pick(
            f"最近一次“{self.field(feed, name)}”", f"the latest “{self.field(feed, name)}”"
        )
        if test.of_within:
            span = self.span(test.of_within)
            whole += self.pick(f"（近{span}内）", f" (of the last {span})")
        return self.pick(f"{whole}的{limit}", f"{limit} of {whole}")

    def _registered(self, test: Registered | NotRegistered) -> str:
        absent = isinstance(test, NotRegistered)
        feed = test.not_registered_in if isinstance(test, NotRegistered) else test.registered_in
        if test.within:
            span = self.span(test.within)
            zh, en = ("未曾列入", "did not stand") if absent else ("曾列入", "stood")
            title = self.feed(feed)
            text = self.pick(f"近{span}内{zh}“{title}”", f"{en} in “{title}” in the last {span}")
        else:
            zh, en = ("未列入", "does not stand") if absent else ("列入", "stands")
            text = self.pick(f"{zh}“{self.feed(feed)}”", f"{en} in “{self.feed(feed)}”")
        return text + self._where(feed, test.where)

    def _benefits(self, test: Receiving | NotReceiving) -> str:
        absent = isinstance(test, NotReceiving)
        codes = test.not_receiving if isinstance(test, NotReceiving) else test.receiving
        names = self.pick("、", " or ").join(
            self.code(BENEFIT_FEED, BENEFIT_FIELD, code) for code in codes
        )
        if test.within:
            span = self.span(test.within)
            zh, en = ("未享受过", "has not received") if absent else ("享受过", "has received")
            return self.pick(f"近{span}内{zh}{names}", f"{en} {names} in the last {span}")
        zh, en = ("未在享受", "does not receive") if absent else ("正在享受", "receives")
        return self.pick(f"{zh}{names}", f"{en} {names}")

    def _where(self, feed: str, where: Sequence[FieldTest]) -> str:
        tests = list(self.tests(feed, where))
        if not tests:
            return ""
        return self.pick("（{}）", " ({})").format(self.pick("，", ", ").join(tests))

    def tests(self, feed: str, where: Sequence[FieldTest]) -> Iterator[str]:
        """Yield each test of a field in words."""
        for test in where:
            title, against = self.field(feed, test.field), test.against
            if isinstance(against, bool):
                yield self.pick(*TESTS["known" if against else "not_known"]).format(title)
                continue
            words = (against,) if isinstance(against, str) else against
            told = [self._against(feed, test, word) for word in words]
            limit = self.pick("、", " or ").join(told)
            yield self.pick(*TESTS[test.test]).format(title, limit)

    def _against(self, feed: str, test: FieldTest, word: str) -> str:
        if test.test in ("within", "older_than"):
            return self.span(word)
        return self.code(feed, test.field, word)
