"""Text of a trigger file as a typed value: yuan to fen, ratios exact, periods, codes."""

from collections.abc import Callable
from decimal import Decimal

from pydantic_core import PydanticCustomError

from proactive.kernel.errors import Refused
from proactive.kernel.money import fen_from_text
from proactive.kernel.periods import Period
from proactive.rules.closed import decimal_from_text, period_from_text, whole_from_text
from proactive.rules.grammar import ParameterType
from proactive.rules.nodes import Scalar


def typed_value(kind: ParameterType, words: tuple[str, ...]) -> Scalar:
    """Return the value; ValueError says in one sentence what is wrong with it."""
    if kind is ParameterType.CODES:
        return words
    if len(words) != 1:
        raise ValueError("takes one value, here stands a list")
    if kind is ParameterType.CODE:
        return words[0]
    return _CONVERT[kind](words[0])


def money(text: str) -> int:
    """Return fen; the file writes yuan."""
    try:
        return fen_from_text(text)
    except Refused:
        raise ValueError(f"'{text[:40]}' is not an amount of money; write it like 10000") from None


def ratio(text: str) -> Decimal:
    """Return a share from 0 up to 100; 60 % is written 0.6."""
    value = number(text)
    if not 0 <= value <= 100:
        raise ValueError(f"'{text[:40]}' is not a share; 60 % is written 0.6")
    return value


def number(text: str) -> Decimal:
    value = _or_sentence(decimal_from_text, text)
    return value if isinstance(value, Decimal) else Decimal(0)


def integer(text: str) -> int:
    value = _or_sentence(whole_from_text, text)
    return value if isinstance(value, int) else 0


def duration(text: str) -> Period:
    value = _or_sentence(period_from_text, text)
    return value if isinstance(value, Period) else Period()


def _or_sentence(convert: Callable[[object], object], text: str) -> object:
    try:
        return convert(text)
    except PydanticCustomError as error:
        raise ValueError(error.message()) from None


_CONVERT: dict[ParameterType, Callable[[str], Scalar]] = {
    ParameterType.MONEY: money,
    ParameterType.RATIO: ratio,
    ParameterType.INTEGER: integer,
    ParameterType.NUMBER: number,
    ParameterType.DURATION: duration,
}
