"""What may not stand in a message, checked in templates at loading and in values at sending.

Why each: a text is seen on a lock screen by the family (no illness, disability, money, credit or
poverty word), looks like fraud when it links, threatens or asks for data, and is blocked by
networks for 【】, ¥, links, personal numbers and, in notices, for the opt-out phrase.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

LINK = re.compile(r"https?:|www\.|[a-z0-9][a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
AMOUNT = re.compile(
    r"[¥￥$€£]|\d[\d,.]*\s*(?:元|万|块|角|分钱|yuan|rmb|cny|usd|dollars?)\b|\d[\d,.]*(?:元|万)",
    re.IGNORECASE,
)
MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
MARKS = re.compile(r"[【】★☆①-⑳㈠-㈩◆■●※→]")
OPT_OUT = re.compile(
    r"退订|拒收|回复?\s*(?:TD|T|N|R|退)\b|\bunsubscribe\b|\bopt[ -]?out\b|"
    r"\b(?:reply|text|send)\s+(?:stop|end|quit|cancel)\b",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
SIDE_BY_SIDE = re.compile(r"\}\s*\{")
FEWEST_FIXED_LETTERS = 8

Words = Mapping[str, Sequence[str]]


def plain(text: str) -> str:
    """Return `text` as it reads: compatibility forms folded, unseen signs gone, lower case."""
    folded = re.sub(r"\s", " ", unicodedata.normalize("NFKC", text))
    return "".join(s for s in folded if unicodedata.category(s) not in ("Cf", "Cc")).lower()


def forbidden_word(text: str, words: Words) -> str | None:
    """Return the first forbidden word in `text`, whatever its spacing; None when there is none.

    Latin words match whole; one that ends in '*' matches every word it begins.
    """
    read = plain(text)
    squeezed = re.sub(r"\s+", "", read)
    for word in (entry for entries in words.values() for entry in entries):
        if word.isascii():
            end = r"\w*" if word.endswith("*") else r"\b"
            if re.search(r"\b" + re.escape(word.rstrip("*").lower()) + end, read):
                return word
        elif word in squeezed:
            return word
    return None


def hurts(text: str, words: Words) -> str | None:
    """Return what is wrong with a text or value that goes to a person, or None."""
    read = plain(text)
    for pattern, what in (
        (LINK, "a link"),
        (AMOUNT, "an amount of money"),
        (MOBILE, "a personal mobile number"),
        (ID_NUMBER, "an id number"),
    ):
        if pattern.search(read):
            return what
    marked = MARKS.search(text)
    if marked:
        return f"the sign {marked[0]}"
    word = forbidden_word(text, words)
    return f"the word '{word}'" if word else None


def mistakes_in_text(text: str, known: Sequence[str], words: Words) -> Iterator[str]:
    """Yield everything wrong with one template text; `known` are the placeholders it may use."""
    used = PLACEHOLDER.findall(text)
    fixed = PLACEHOLDER.sub("", text)
    if "{" in fixed or "}" in fixed:
        yield "a brace stands alone"
    for name in sorted(set(used) - set(known)):
        yield f"the placeholder {{{name}}} is not declared"
    for name in sorted({name for name in used if used.count(name) > 1}):
        yield f"the placeholder {{{name}}} stands twice"
    if SIDE_BY_SIDE.search(text):
        yield "two placeholders stand side by side; networks refuse that"
    if sum(unicodedata.category(sign)[0] == "L" for sign in fixed) < FEWEST_FIXED_LETTERS:
        yield "almost nothing of the text is fixed; networks refuse that"
    wrong = hurts(fixed, words)
    if wrong:
        yield f"it holds {wrong}"


def holds_opt_out(text: str) -> bool:
    """Answer whether a text offers opting out by reply, which notices may not do everywhere."""
    return bool(OPT_OUT.search(plain(text)))
