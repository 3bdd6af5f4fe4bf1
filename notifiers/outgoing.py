"""The one way to call an outside host: listed name, checked address, no redirect, small, quick.

The address is resolved once, checked, and that very address is connected to, so a name cannot
point elsewhere between check and call. No proxy and no environment variable takes part.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# NAT64, 6to4 and Teredo: public by name, yet they lead to any IPv4 address, also a private one.
CARRIERS_OF_IPV4 = tuple(
    ipaddress.IPv6Network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32")
)


class NotCalled(Exception):  # noqa: N818 - says what happened
    """The call certainly did not reach the far side; the text is a fixed word."""


class NoReply(Exception):  # noqa: N818 - says what happened
    """The call may have reached the far side; no whole answer came back."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class OutsideHost:
    """One host that may be called. `networks` names the private ranges it may resolve into."""

    url: str
    networks: tuple[Network, ...] = ()
    timeout: float = 10.0
    largest_answer: int = 64 * 1024

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        """Make one call. Raises NotCalled or NoReply; never follows a redirect."""
        parts = urlsplit(self.url)
        deadline = time.monotonic() + self.timeout
        connection = self._connect(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body, dict(headers))
            return self._read(connection, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise NoReply(type(error).__name__) from None
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        address = resolve(host, port or (443 if scheme == "https" else 80), self.networks)
        try:
            plain = socket.create_connection(address, timeout=self.timeout)
            if scheme == "https":
                plain = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError as error:
            raise NotCalled(type(error).__name__) from None
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = kind(host, port, timeout=self.timeout)
        connection.sock = plain
        return connection

    def _read(self, connection: http.client.HTTPConnection, deadline: float) -> HttpReply:
        response = connection.getresponse()
        body = b""
        while part := response.read1(8192):
            body += part
            if len(body) > self.largest_answer:
                raise NoReply("answer too long")
            if time.monotonic() > deadline:
                raise NoReply("timeout")
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpReply(response.status, headers, body)


def resolve(host: str, port: int, networks: Collection[Network]) -> tuple[str, int]:
    """Return an address of `host` that may be called; NotCalled when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise NotCalled("name not found") from None
    for *_, address in found:
        if may_call(ipaddress.ip_address(str(address[0]).partition("%")[0]), networks):
            return str(address[0]), port
    raise NotCalled("address not allowed")


def may_call(address: Address, networks: Collection[Network]) -> bool:
    """Public addresses may be called; others only inside a network that settings name."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in CARRIERS_OF_IPV4):
            return False
        address = address.ipv4_mapped or address
    if any(address in network for network in networks if network.version == address.version):
        return True
    return address.is_global and not address.is_multicast
