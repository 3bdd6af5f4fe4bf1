"""Money is an integer number of fen; text becomes fen exactly or is refused."""

from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_name

from proactive.kernel.errors import Refused

FEN_PER = {"fen": Decimal(1), "yuan": Decimal(100), "wan": Decimal(1_000_000)}
LARGEST_FEN = 10**15


def fen_from_text(text: str, unit: str = "yuan") -> int:
    """Return `text`, an amount in `unit` (fen, yuan, wan = ten thousand yuan), as whole fen.

    Raises Refused `bad_amount` for anything that is not a finite decimal number of whole fen.
    """
    cleaned = text.strip().replace(",", "")
    try:
        amount = Decimal(cleaned) * FEN_PER[unit]
    except (InvalidOperation, KeyError):
        raise _bad_amount() from None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > LARGEST_FEN:
        raise _bad_amount()
    return int(amount)


def yuan_text(fen: int) -> str:
    """Return fen as yuan with thousands separators; whole yuan without decimals."""
    sign, whole, rest = "-" if fen < 0 else "", abs(fen) // 100, abs(fen) % 100
    return f"{sign}{whole:,}" + (f".{rest:02d}" if rest else "")


def unit_name(currency: str, language: str) -> str:
    """Return what an amount is counted in: yuan, 元, US dollars, 美元."""
    zh = language.lower().startswith("zh")
    if currency == "CNY":
        return "元" if zh else "yuan"
    return str(get_currency_name(currency, count=2, locale="zh" if zh else "en"))


def with_unit(amount: str, currency: str, language: str) -> str:
    """Return an amount with its unit: 12,000 yuan, 12,000元."""
    space = "" if language.lower().startswith("zh") else " "
    return f"{amount}{space}{unit_name(currency, language)}"


def _bad_amount() -> Refused:
    return Refused(
        "bad_amount",
        "The amount is not a plain number of whole fen.",
        todo="Write it like 12000.50, in the unit declared for the column.",
    )
