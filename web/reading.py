"""Reading posted forms: text with a limit, whole numbers, ids, days; nonsense is a bad request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from flask import request

from proactive.kernel.errors import Refused
from web.access import work
from web.errors import bad_request

LONGEST_TEXT = 4000
MOST_PAGES = 1_000_000


def posted_text(name: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text field without outer blanks; longer than `limit` is cut by the browser."""
    value = request.form.get(name, "").strip()
    if len(value) > limit or "\x00" in value:
        raise bad_request()
    return value


def posted_texts(name: str) -> tuple[str, ...]:
    """Return all values of a field that can be ticked more than once."""
    return tuple(value for value in request.form.getlist(name) if value)


def posted_number(name: str) -> int:
    value = request.form.get(name, "")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise bad_request()
    return int(value)


def posted_id(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise bad_request() from None


def posted_day(name: str) -> date | None:
    """Return a day of a date field, None when it was left empty."""
    value = request.form.get(name, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise bad_request() from None


def posted_moment(name: str) -> datetime | None:
    """Return a moment with its zone (ISO 8601), None when the form has none."""
    value = request.form.get(name, "")
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        raise bad_request() from None
    if moment is not None and moment.tzinfo is None:
        raise bad_request()
    return moment


def page_number(name: str = "page") -> int:
    """Return the page of a list that the address or the form asks for, 1 where it is nonsense."""
    return min(max(request.values.get(name, 1, type=int), 1), MOST_PAGES)


@contextmanager
def undone_if_refused() -> Iterator[None]:
    """Undo what the block wrote when it is refused, so that the form can be shown again."""
    with work().db.begin_nested():
        yield


def field_errors(refusal: Refused, words: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return a refusal's sentences by form field; `words` are the reader's words for them."""
    return {f"{prefix}{name}": str(words.get(text, text)) for name, text in refusal.fields.items()}
