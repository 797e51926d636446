"""Download one picture: only when somebody asks for it, and never more, longer or from elsewhere than allowed."""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from vision_data.errors import MediaError
from vision_data.media import brief

_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 1 << 16
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True)
class Fetch:
    """What a download may cost and where it may lead; called with an address it gives the content.

    Addresses are resolved once, checked, and connected to as they were checked, again after every redirect. Proxies of
    the environment are not used, since behind one nothing could be checked. What the server says about the kind of
    content plays no part: the decoder finds out.

    Attributes:
        seconds: for the whole download, from the look-up of the name to the last byte, redirects included.
        max_bytes: most bytes of content; nothing beyond is read.
        redirects: most redirects that are followed.
        allow_private: also this machine and private networks.

    Raises:
        MediaError: a limit is out of range.
    """

    seconds: float = 10.0
    max_bytes: int = 20 << 20
    redirects: int = 3
    allow_private: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.seconds < threading.TIMEOUT_MAX or self.max_bytes < 1 or self.redirects < 0:
            raise MediaError(f"{self}: expected seconds above 0, max_bytes of 1 or more and redirects of 0 or more")

    def __call__(self, url: str) -> bytes:
        """Download what lies at ``url``.

        Raises:
            MediaError: it is no http or https address, leads to a private network, is missing, too large, too slow,
                cut off or empty; the message names it.
        """
        deadline, place = time.monotonic() + self.seconds, url
        try:
            for _ in range(self.redirects + 1):
                content, place = self._ask(place, deadline)
                if content is not None:
                    return content
        except MediaError as error:
            raise MediaError(f"{brief(url)} {error}") from None
        except TimeoutError:
            raise MediaError(
                f"{brief(url)} took longer than {self.seconds:g} seconds; "
                "download it first, or raise Fetch(seconds=...)"
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            # What a server says may be anything, and ends on somebody's screen.
            words = " ".join(str(error).split())[:200] or type(error).__name__
            reason = "".join(letter if letter.isprintable() else "?" for letter in words)
            raise MediaError(f"{brief(url)} cannot be fetched ({reason}); check the address and the network") from None
        raise MediaError(f"{brief(url)} is redirected more than {self.redirects} times; give the address it leads to")

    def _ask(self, url: str, deadline: float) -> tuple[bytes | None, str]:
        """Ask one address; give the content, or where it says to go."""
        parts = _web_address(url)
        with contextlib.closing(self._connect(parts, deadline)) as wire:
            path = quote(parts.path or "/", _SAFE) + ("?" + quote(parts.query, _SAFE) if parts.query else "")
            connection = http.client.HTTPConnection(str(parts.hostname))
            connection.sock = cast(Any, _Wire(wire, deadline))
            # Compressed answers are refused: pictures are compressed as they are, and a bomb would be too.
            headers = {"Host": _host(parts), "Accept-Encoding": "identity", "User-Agent": "vision_data"}
            connection.request("GET", path, headers={**headers, "Connection": "close"})
            response = connection.getresponse()
            if response.status in _REDIRECTS and (target := response.getheader("Location")):
                return None, urljoin(url, target)
            return self._content(response), url

    def _content(self, response: http.client.HTTPResponse) -> bytes:
        """Read the answer, as far as the limit and no further."""
        if response.status != 200:
            words = http.client.responses.get(response.status, "unknown status")
            raise MediaError(f"is answered with {response.status} {words}; check the address")
        coding = response.getheader("Content-Encoding") or "identity"
        if coding.strip().lower() != "identity":
            raise MediaError(f"is sent compressed ({coding[:20]!r}), which was not asked for; download it first")
        declared, content = response.length, bytearray()
        while declared is None or declared <= self.max_bytes:
            chunk = response.read(min(_CHUNK, self.max_bytes + 1 - len(content)))
            content += chunk
            if not chunk or len(content) > self.max_bytes:
                break
        else:
            _too_long(f"has {declared} bytes", self.max_bytes)
        if len(content) > self.max_bytes:
            _too_long("goes on", self.max_bytes)
        if declared is not None and len(content) < declared:
            raise MediaError(f"is cut off after {len(content)} of {declared} bytes; try again")
        if not content:
            raise MediaError("has no content (0 bytes); check the address")
        return bytes(content)

    def _connect(self, parts: SplitResult, deadline: float) -> socket.socket:
        """Connect to an address that was checked."""
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        found = _resolved(host, port, deadline)
        for _, place in found:
            if not self.allow_private and not _is_public(str(place[0])):
                raise MediaError(
                    f"leads to this machine or a private network ({place[0]}); "
                    "if you trust the address, allow it by Fetch(allow_private=True)"
                )
        wire = _first_open(found, deadline)
        if parts.scheme == "http":
            return wire
        try:
            wire.settimeout(_left(deadline))
            return ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        except BaseException:
            wire.close()
            raise


def _web_address(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise MediaError(f"leads to {brief(url)}, expected an address that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise MediaError("holds a user name or password, which are not sent; download it first")
    return parts


def _host(parts: SplitResult) -> str:
    name = str(parts.hostname)
    name = f"[{name}]" if ":" in name else name.encode("idna").decode("ascii")
    return f"{name}:{parts.port}" if parts.port else name


def _resolved(host: str, port: int, deadline: float) -> list[tuple[int, tuple[Any, ...]]]:
    """Look up a name; the system's look-up knows no limit of time, so it has a thread of its own."""
    found: list[tuple[int, tuple[Any, ...]]] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend((f, place) for f, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if failed:
        raise failed[0]
    if thread.is_alive() or not found:
        raise TimeoutError
    return found


def _is_public(text: str) -> bool:
    """Tell whether an address belongs to the open network, in whatever form it is written."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast


def _first_open(places: list[tuple[int, tuple[Any, ...]]], deadline: float) -> socket.socket:
    """Connect to the first place that answers."""
    for number, (family, place) in enumerate(places, 1):
        wire = socket.socket(family, socket.SOCK_STREAM)
        try:
            wire.settimeout(_left(deadline))
            wire.connect(place)
            return wire
        except OSError:
            wire.close()
            if number == len(places) or time.monotonic() >= deadline:
                raise
    raise TimeoutError


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _too_long(how: str, most: int) -> NoReturn:
    raise MediaError(f"{how}, expected at most {most} bytes; download it first, or raise Fetch(max_bytes=...)")


class _Wire:
    """What http.client needs of a socket, under one deadline however slowly the bytes drip."""

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self.wire, self.deadline = wire, deadline

    def sendall(self, data: bytes) -> None:
        self.wire.settimeout(_left(self.deadline))
        self.wire.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Drops(self.wire, self.deadline))

    def close(self) -> None:
        """Leave the socket to its owner: http.client closes before the content is read."""


class _Drops(io.RawIOBase):
    """Reads a socket under a deadline."""

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self.wire, self.deadline = wire, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.wire.settimeout(_left(self.deadline))
        return self.wire.recv_into(buffer)
