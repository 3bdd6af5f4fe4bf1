"""Reading a notifier's options: text in, checked values out, one sentence when it cannot be."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from proactive.plugins.notifier import SetUpError

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class Options:
    """The options of one notifier. Every unknown, missing or malformed one is a SetUpError."""

    def __init__(self, notifier: str, given: Mapping[str, str], known: Collection[str]) -> None:
        self._notifier = notifier
        self._given = {name: str(value).strip() for name, value in given.items()}
        unknown = sorted(set(self._given) - set(known))
        if unknown:
            raise SetUpError(
                f"{notifier}: unknown option {unknown[0]!r}. Known: {', '.join(sorted(known))}."
            )

    def text(self, name: str, default: str | None = None) -> str:
        value = self._given.get(name, "")
        if value:
            return value
        if default is None:
            raise SetUpError(f"{self._notifier}: the option {name!r} is missing.")
        return default

    def listed_url(self) -> str:
        """Return 'url': https (plain only to this machine), and its host is listed in 'hosts'."""
        url = self.text("url")
        parts = urlsplit(url)
        here = parts.hostname in ("127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and here):
            raise SetUpError(f"{self._notifier}: 'url' must begin with https://.")
        if parts.query or parts.fragment or parts.username:
            raise SetUpError(f"{self._notifier}: 'url' must have no query, fragment or user.")
        if parts.hostname not in self.words("hosts"):
            raise SetUpError(f"{self._notifier}: the host of 'url' is not in the list 'hosts'.")
        return url

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        raw = self._given.get(name, "")
        try:
            value = float(raw) if raw else default
        except ValueError:
            raise SetUpError(f"{self._notifier}: {name!r} must be a number.") from None
        if not low <= value <= high:
            raise SetUpError(f"{self._notifier}: {name!r} must be from {low:g} to {high:g}.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self._given.get(name, "").lower()
        if not raw:
            return default
        if raw not in YES | NO:
            raise SetUpError(f"{self._notifier}: {name!r} must be yes or no.")
        return raw in YES

    def words(self, name: str) -> tuple[str, ...]:
        """Return a comma-separated option as its parts."""
        parts = (part.strip() for part in self._given.get(name, "").split(","))
        return tuple(part for part in parts if part)
