"""Writes plain text values as lines of a trigger file, the way people write them.

Every scalar of a trigger is text (`reading.py`), so quotes are set only where YAML needs them.
"""

import json
import re

from proactive.rules.reading import Data

WIDTH = 100
STEP = 2
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FIRST = "（《“【"
_FLOW_SIGNS = frozenset(",[]{}")
# What JSON leaves as it is and YAML does not allow, or reads as the end of a line.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def document(data: Data) -> str:
    """Return a whole file of `data`, without comments."""
    if isinstance(data, str) or not data:
        return f"{inline(data)}\n"
    return "\n".join(block_lines(data, 0)) + "\n"


def block_lines(data: list[Data] | dict[str, Data], indent: int) -> list[str]:
    """Return the lines of a list or mapping whose entries begin at column `indent`."""
    if isinstance(data, dict):
        return [line for key, value in data.items() for line in entry_lines(key, value, indent)]
    return [line for item in data for line in item_lines(item, indent)]


def entry_lines(key: str, value: Data, indent: int) -> list[str]:
    """Return `key: value` as lines."""
    return f"{' ' * indent}{scalar(key)}:{after_key(value, indent, len(key))}".split("\n")


def item_lines(item: Data, indent: int) -> list[str]:
    """Return `- item` as lines."""
    return f"{' ' * indent}-{after_dash(item, indent)}".split("\n")


def after_key(value: Data, indent: int, used: int) -> str:
    """Return what follows `key:` of a mapping at column `indent`; `used` signs are the key's."""
    if isinstance(value, str):
        return " " + _text(value, indent + STEP, indent + used + 2)
    if _flows(value, WIDTH - indent - used - 2):
        return " " + inline(value)
    return "\n" + "\n".join(block_lines(value, indent + STEP))


def after_dash(item: Data, indent: int) -> str:
    """Return what follows `-` of a list at column `indent`."""
    if isinstance(item, str):
        return " " + _text(item, indent + STEP, indent + STEP)
    if _flows(item, WIDTH - indent - STEP):
        return " " + inline(item)
    return " " + "\n".join(block_lines(item, indent + STEP)).lstrip(" ")


def inline(data: Data) -> str:
    """Return `data` on one line."""
    if isinstance(data, dict):
        parts = (f"{scalar(key, flow=True)}: {inline(value)}" for key, value in data.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(inline(item) for item in data) + "]"
    return scalar(data, flow=True)


def scalar(text: str, *, flow: bool = False, style: str | None = None) -> str:
    """Return a text on one line, in the style it had where that can hold it."""
    if style == "'" and "\n" not in text and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and _plain(text, flow=flow):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _HIDDEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def _plain(text: str, *, flow: bool) -> bool:
    if not text or not text.isprintable() or text != text.strip():
        return False
    if not (text[0].isalnum() or text[0] in _FIRST or _NUMBER.fullmatch(text)):
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return not (flow and (_FLOW_SIGNS & set(text) or ":" in text))


def _text(text: str, indent: int, used: int) -> str:
    """Return a text on one line, or folded over several where it is long prose with spaces."""
    if used + len(text) <= WIDTH or "\n" in text or not text.isprintable():
        return scalar(text)
    words = text.split(" ")
    if len(words) < 3 or "" in words or words[0].startswith("#"):
        return scalar(text)
    lines, line = [], ""
    for word in words:
        if line and indent + len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return ">-\n" + "\n".join(" " * indent + one for one in (*lines, line))


def _flows(data: list[Data] | dict[str, Data], room: int) -> bool:
    """Is this small and simple enough for one line?"""
    if not data:
        return True
    if isinstance(data, dict) and ("all" in data or "any" in data):
        return False
    if isinstance(data, list) and any(isinstance(one, dict) for one in data):
        return len(data) == 1 and _depth(data) <= 3 and len(inline(data)) <= room
    return _depth(data) <= 4 and len(inline(data)) <= room


def _depth(data: Data) -> int:
    if isinstance(data, str):
        return 0
    inner = data.values() if isinstance(data, dict) else data
    return 1 + max((_depth(one) for one in inner), default=0)
