"""What an address asks for: months, need, place, post; and the same as parts of an address."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from proactive.kernel.needs import Need
from proactive.outcomes.funnel import Wanted
from web.errors import bad_request

LONGEST_CODE = 60


def asked() -> Wanted:
    """Return what the address or the posted form asks for; nonsense is a bad request."""
    need = request.values.get("need", "")
    if need and need not in set(Need):
        raise bad_request()
    places = (_code("area"), _code("town"), _code("place"))
    return Wanted(_month("from"), _month("to"), need, *places, _post())


def parts(wanted: Wanted) -> dict[str, Any]:
    """Return the parts of an address that ask for the same, without the empty ones."""
    found = {
        "from": f"{wanted.first:%Y-%m}" if wanted.first else "",
        "to": f"{wanted.last:%Y-%m}" if wanted.last else "",
        "need": wanted.need,
        "area": wanted.area,
        "town": wanted.town,
        "place": wanted.place,
        "post": str(wanted.post or ""),
    }
    return {name: value for name, value in found.items() if value}


def _code(name: str) -> str:
    value = request.values.get(name, "").strip()
    if len(value) > LONGEST_CODE or "\x00" in value:
        raise bad_request()
    return value


def _post() -> UUID | None:
    given = _code("post")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise bad_request() from None


def _month(name: str) -> date | None:
    given = request.values.get(name, "").strip()
    try:
        return date.fromisoformat(f"{given}-01") if given else None
    except ValueError:
        raise bad_request() from None
