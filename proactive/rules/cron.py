"""The five-field schedule text of a trigger, read strictly."""

import re

from proactive.rules.closed import wrong

_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
_PART = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")


def check_cron(text: str) -> str:
    """Return `text` when it is minute, hour, day, month and weekday in numbers; else a mistake."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise wrong(f"'{text[:40]}' needs five fields, like \"30 5 * * *\" (05:30 every day)")
    for part, (name, low, high) in zip(parts, _FIELDS, strict=True):
        for one in part.split(","):
            if not _fits(one, low, high):
                raise wrong(f"'{one[:20]}' is not a {name} from {low} to {high}")
    return text


def _fits(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    start, end, step = (int(group) if group else None for group in match.groups())
    if step is not None and not 1 <= step <= high:
        return False
    if start is None:
        return True
    return low <= start <= (end if end is not None else start) <= high
