"""Twilio's own HTTP client, made safe: timeouts, no logs of numbers, no proxy, no retry, no drift.

The stock client waits for ever by default, logs query parameters (so phone numbers) at INFO, and
takes proxies, CA bundles and .netrc passwords from the environment.
"""

import logging
from datetime import timedelta
from typing import Any

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from notifiers.http_gateway import retry_after

PUBLIC_API = "https://api.twilio.com"


class FarSideBusy(Exception):  # noqa: N818 - says what happened
    """429 or 503: certainly not taken. `wait` is the Retry-After header."""

    def __init__(self, status: int, wait: timedelta | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.wait = wait


def _silent_logger() -> logging.Logger:
    logger = logging.Logger("twilio, silenced")  # noqa: LOG001 - outside the tree on purpose
    logger.disabled = True
    return logger


class SafeHttpClient(TwilioHttpClient):  # type: ignore[misc]  # twilio is untyped
    """Every request has a timeout; `base_url` points elsewhere than Twilio for simulators."""

    def __init__(self, *, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout, logger=_silent_logger())
        # urllib3 writes whole addresses, which hold numbers, at DEBUG.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        self._base_url = base_url.rstrip("/")
        self.session.trust_env = False
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=2))

    def request(self, method: str, url: str, *args: Any, **keywords: Any) -> Response:
        """Send one request. Raises FarSideBusy, or what `requests` raises when the line breaks."""
        if not url.startswith(PUBLIC_API + "/"):
            raise ValueError("not an address of the messaging API")
        keywords["allow_redirects"] = False
        response = super().request(
            method, self._base_url + url.removeprefix(PUBLIC_API), *args, **keywords
        )
        if response.status_code in (429, 503):
            raise FarSideBusy(
                response.status_code, retry_after(response.headers.get("Retry-After", ""))
            )
        return response
