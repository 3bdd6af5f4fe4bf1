"""Making a value fit to stand in a message: one short line of letters that does nothing."""

import re
import unicodedata

# Invisible or direction-changing signs, private use, surrogates: nothing a reader can see.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Signs that start a formula in a sheet, markup in a page, a placeholder in a template.
_ACTIVE = re.compile(r"[<>{}\[\]【】|`\\^~*_#$]")
_FORMULA = re.compile(r"^[=+\-@\s]+")
_SPACES = re.compile(r"\s+")


def clean_value(value: str, *, longest: int) -> str:
    """Return `value` normalised, without unseen or active signs, at most `longest` signs long.

    Cut values end in '…', so that nobody takes half a name for a whole one.
    """
    text = unicodedata.normalize("NFKC", value)
    text = "".join(" " if sign in "\t\r\n\v\f" else sign for sign in text)
    text = "".join(sign for sign in text if unicodedata.category(sign) not in _UNSEEN)
    text = _FORMULA.sub("", _ACTIVE.sub("", text))
    text = _SPACES.sub(" ", text).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
