"""Which fields a trigger may read, and which tests fit which field."""

from dataclasses import dataclass, field
from decimal import Decimal

from proactive.feeds.contracts import Column, Contract
from proactive.feeds.words import ColumnType, FieldClass
from proactive.kernel.periods import Period
from proactive.rules.conditions import NUMBER_TESTS, FieldTest
from proactive.rules.grammar import AS_OF, ParameterType, TriggerRule
from proactive.rules.nodes import Operand, Param, Ref, RowTest
from proactive.rules.reading import MOST_MISTAKES, Path, near
from proactive.rules.typed import duration, integer, number

T, P = ColumnType, ParameterType
DATES = (T.DATE, T.DATETIME)
NUMBERS = (T.INTEGER, T.NUMBER, T.RATIO, T.MONEY)
FITTING: dict[str, tuple[ColumnType, ...]] = {
    "is": (T.CODE, T.TEXT, T.BOOLEAN, T.INTEGER),
    "is_not": (T.CODE, T.TEXT, T.BOOLEAN, T.INTEGER),
    "in": (T.CODE, T.TEXT, T.INTEGER),
    "not_in": (T.CODE, T.TEXT, T.INTEGER),
    **dict.fromkeys(NUMBER_TESTS, NUMBERS),
    "within": DATES,
    "older_than": DATES,
    "known": tuple(T),
}
PARAMETERS_FOR: dict[ColumnType, tuple[ParameterType, ...]] = {
    T.MONEY: (P.MONEY,),
    T.INTEGER: (P.INTEGER, P.NUMBER),
    T.NUMBER: (P.NUMBER, P.INTEGER),
    T.RATIO: (P.RATIO,),
}


class EnoughMistakes(Exception):  # noqa: N818 - no error of ours: the search for mistakes ends
    """As many mistakes were found as are told; looking for more would only cost time."""


@dataclass(slots=True)
class Report:
    """Every mistake found so far, with its place; EnoughMistakes when more would not be told."""

    mistakes: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, text: str) -> None:
        self.mistakes.append((path, text))
        if len(self.mistakes) >= MOST_MISTAKES:
            raise EnoughMistakes


@dataclass(slots=True)
class FieldReader:
    """Resolves fields and what they are tested against; notes which fields are read."""

    rule: TriggerRule
    contracts: dict[str, Contract]
    params: dict[str, Param]
    report: Report
    used: dict[str, set[str]] = field(default_factory=dict)

    def contract(self, feed: str, path: Path) -> Contract | None:
        found = self.contracts.get(feed)
        if found is None:
            self.report.add(path, f"no feed is named '{feed}'" + near(feed, list(self.contracts)))
        return found

    def column(self, contract: Contract, name: str, path: Path) -> Column | None:
        """The column if there is one and the contract grants it to this trigger's need."""
        column = contract.fields.get(name)
        if column is None:
            hint = near(name, self._readable(contract))
            self.report.add(path, f"feed '{contract.feed}' has no field '{name}'{hint}")
        elif column.class_ is FieldClass.IDENTITY:
            self.report.add(path, f"'{name}' identifies a person; no trigger may read it")
        elif column.class_ is FieldClass.PROTECTED:
            self.report.add(path, f"'{name}' is a protected attribute; no trigger may read it")
        elif not contract.granted(name, self.rule.need):
            why = f"'{contract.feed}' does not grant '{name}' for {self.rule.need}"
            self.report.add(path, why + "; ask the owner of the feed")
        else:
            self.used.setdefault(contract.feed, set()).add(name)
            return column
        return None

    def _readable(self, contract: Contract) -> list[str]:
        return [name for name in contract.fields if contract.granted(name, self.rule.need)]

    def tests(
        self, contract: Contract, where: tuple[FieldTest, ...], path: Path, *, dated: bool = False
    ) -> tuple[RowTest, ...]:
        """The row tests of a `where`; `dated` lets a parameter follow the record's own date."""
        found = [
            self._test(contract, test, (*path, "where", index), dated)
            for index, test in enumerate(where)
        ]
        tests = tuple(test for test in found if test is not None)
        self._contradictions(tests, path)
        return tests

    def _test(self, contract: Contract, test: FieldTest, path: Path, dated: bool) -> RowTest | None:
        column = self.column(contract, test.field, (*path, "field"))
        if column is None:
            return None
        name = test.test
        if column.type not in FITTING[name]:
            self.report.add((*path, name), f"'{name}' does not fit {column.type} '{column.field}'")
            return None
        operand = self._operand(column, name, test.against, (*path, name), dated)
        if operand is None:
            return None
        return RowTest(contract.feed, column.field, column.type, name, operand)

    def _operand(
        self,
        column: Column,
        test: str,
        against: str | tuple[str, ...] | bool,
        path: Path,
        dated: bool,
    ) -> Operand | None:
        if isinstance(against, bool):
            return against
        if test in ("within", "older_than"):
            return self.span(str(against), path, dated=dated)
        if test in NUMBER_TESTS:
            return self._number(column, str(against), path, dated)
        words = against if isinstance(against, tuple) else (against,)
        wanted = (P.CODES,) if isinstance(against, tuple) else (P.CODE,)
        if len(words) == 1 and words[0] in self.params and not self._is_code(column, words[0]):
            return self.reference(words[0], wanted, path, dated=dated)
        values = [self._word(column, word, path) for word in words]
        if any(value is None for value in values):
            return None
        if isinstance(against, tuple):
            return tuple(str(value) for value in values)
        return values[0]

    def _is_code(self, column: Column, word: str) -> bool:
        return column.type is T.BOOLEAN or word in column.codes

    def _word(self, column: Column, word: str, path: Path) -> Operand | None:
        if column.type is T.BOOLEAN:
            if word in ("true", "false"):
                return word == "true"
            self.report.add(path, f"'{column.field}' is true or false, not '{word[:40]}'")
        elif column.type is T.INTEGER:
            return self._try(integer, word, path)
        elif column.codes and word not in column.codes:
            hint = near(word, [*column.codes, *self.params])
            self.report.add(path, f"'{word[:40]}' is not a code of '{column.field}'{hint}")
        else:
            return word
        return None

    def _number(self, column: Column, word: str, path: Path, dated: bool) -> Operand | None:
        if not word[:1].isdigit() and word[:1] != "-":
            return self.reference(word, PARAMETERS_FOR[column.type], path, dated=dated)
        if column.type in (T.MONEY, T.RATIO):
            text = f"a {column.type} limit must be a parameter with a start date and a legal basis"
            self.report.add(path, text)
            return None
        convert = integer if column.type is T.INTEGER else number
        return self._try(convert, word, path)

    def span(self, word: str, path: Path, *, dated: bool = False) -> Period | Ref | None:
        """A period written out, or a duration parameter."""
        if word in self.params or not word.startswith("P"):
            return self.reference(word, (P.DURATION,), path, dated=dated)
        value = self._try(duration, word, path)
        return value if isinstance(value, Period) else None

    def reference(
        self, name: str, wanted: tuple[ParameterType, ...], path: Path, *, dated: bool = False
    ) -> Ref | None:
        """A parameter of a fitting type, usable at this place."""
        param = self.params.get(name)
        if name not in self.rule.parameters:
            hint = near(name, list(self.rule.parameters))
            self.report.add(path, f"no parameter is named '{name[:64]}'{hint}")
        elif param is None:
            return None  # its own mistake is told where it is defined
        elif param.type not in wanted:
            kinds = " or ".join(wanted)
            self.report.add(path, f"parameter '{name}' is {param.type}; here it must be {kinds}")
        elif param.dated_by and not dated:
            text = f"parameter '{name}' follows the record's '{param.dated_by}'; here no record is"
            self.report.add(path, text + f" looked at, so it must be in force on {AS_OF}")
        else:
            return Ref(name)
        return None

    def _try(self, convert: object, word: str, path: Path) -> Operand | None:
        try:
            return convert(word)  # type: ignore[operator, no-any-return]
        except ValueError as error:
            self.report.add(path, str(error))
            return None

    def _contradictions(self, tests: tuple[RowTest, ...], path: Path) -> None:
        """Tests of one `where` that can never hold together, as far as a glance tells."""
        for index, test in enumerate(tests):
            for other in tests[:index]:
                if test.column == other.column and _exclude(other, test):
                    text = f"'{test.column}' can never pass both tests of it"
                    self.report.add((*path, "where", index), text)


def _exclude(one: RowTest, two: RowTest) -> bool:
    """Can the two tests of one column never hold together?"""
    tests = {one.test: one.operand, two.test: two.operand}
    if one.test == two.test == "is":
        return one.operand != two.operand and not isinstance(one.operand, Ref)
    if set(tests) == {"is", "is_not"} or set(tests) == {"within", "older_than"}:
        return tests[one.test] == tests[two.test]
    if set(tests) <= set(NUMBER_TESTS):
        low = tests.get("at_least", tests.get("more_than"))
        high = tests.get("at_most", tests.get("less_than"))
        plain = isinstance(low, int | Decimal) and isinstance(high, int | Decimal)
        return plain and low > high  # type: ignore[operator]
    return False
