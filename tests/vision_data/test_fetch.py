"""Downloads against a server on this machine that does what bad servers do."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import io
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from typing import ClassVar
from urllib.parse import urlsplit

import PIL.Image
import pytest

from vision_data import Image, MediaError, load_image
from vision_data import fetch as module
from vision_data.fetch import Fetch


def red() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (8, 6), (255, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


PNG = red()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client hangs up, as it should
            PAGES.get(urlsplit(self.path).path, missing)(self)

    def head(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def send(self, body: bytes, **headers: object) -> None:
        self.head(200, Content_Length=len(body), **headers)
        self.wfile.write(body)


def missing(page: Handler) -> None:
    page.send_error(404)


def chunked(page: Handler) -> None:
    page.head(Transfer_Encoding="chunked")
    page.wfile.write(b"%x\r\n" % len(PNG) + PNG + b"\r\n0\r\n\r\n")


def chunk_cut(page: Handler) -> None:
    page.head(Transfer_Encoding="chunked")
    page.wfile.write(b"%x\r\n" % (len(PNG) + 9) + PNG)


def cut(page: Handler) -> None:
    page.head(Content_Length=len(PNG) + 99)
    page.wfile.write(PNG)


def endless(page: Handler) -> None:
    page.head()
    while True:
        page.wfile.write(bytes(1 << 16))


def drip(page: Handler) -> None:
    page.head(Content_Length=10_000)
    while True:
        page.wfile.write(b"x")
        time.sleep(0.02)


def drip_in_the_head(page: Handler) -> None:
    page.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        page.wfile.write(b"x")
        time.sleep(0.02)


def go_on(page: Handler) -> None:
    while True:
        page.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


PAGES: dict[str, Callable[[Handler], object]] = {
    "/ok": lambda page: page.send(PNG),
    "/no_length": lambda page: (page.head(), page.wfile.write(PNG)),
    "/chunked": chunked,
    "/a%20b/%C3%BC.png": lambda page: page.send(PNG, Content_Type="text/html"),
    "/moved": lambda page: page.head(302, Location="/ok"),
    "/loop": lambda page: page.head(302, Location="/loop"),
    "/to_file": lambda page: page.head(302, Location="file:///etc/passwd"),
    "/to_ftp": lambda page: page.head(307, Location="ftp://127.0.0.1/x"),
    "/to_other": lambda page: page.head(301, Location=f"http://127.0.0.2:{page.server.server_port}/ok"),
    "/nowhere": lambda page: page.head(302),
    "/cut": cut,
    "/chunk_cut": chunk_cut,
    "/short": lambda page: (page.head(Content_Length=20), page.wfile.write(PNG)),
    "/huge": lambda page: page.head(Content_Length=10**12),
    "/endless": endless,
    "/drip": drip,
    "/drip_in_the_head": drip_in_the_head,
    "/go_on": go_on,
    "/bomb": lambda page: page.send(gzip.compress(bytes(10**7)), Content_Encoding="gzip"),
    "/page": lambda page: page.send(b"<html>please log in</html>", Content_Type="image/png"),
    "/empty": lambda page: page.send(b""),
    "/rubbish": lambda page: page.wfile.write(b"\x1b[2J\0\x07rubbish\r\n\r\n"),
    "/long_line": lambda page: page.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
    "/many_lines": lambda page: page.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"),
}
QUICK = Fetch(seconds=5, max_bytes=1 << 20, allow_private=True)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("page", ["/ok", "/no_length", "/chunked", "/moved", "/a b/ü.png?x=1 2&y=%20"])
def test_a_picture_is_fetched_when_asked_for(page, site):
    assert load_image(site + page, fetch=QUICK).size == (8, 6)
    ref = Image.fetched(site + page, QUICK, max_pixels=784)
    assert ref == Image(PNG, max_pixels=784)
    assert load_image(ref).getpixel((0, 0)) == (255, 0, 0)


def test_what_is_asked(site):
    Handler.asked.clear()
    QUICK(f"{site}/a b/ü.png?x=1 2&y=%20#part")
    ((path, headers),) = Handler.asked
    assert path == "/a%20b/%C3%BC.png?x=1%202&y=%20"
    assert headers["Host"] == site.removeprefix("http://")
    assert headers["Accept-Encoding"] == "identity"


def test_nothing_is_fetched_unasked(site):
    Handler.asked.clear()
    for read in (load_image, Image, lambda url: load_image(Image(url))):
        with pytest.raises(MediaError, match=r"nothing is fetched while training.*Image\.fetched"):
            read(f"{site}/ok")
    with pytest.raises(MediaError, match="private network"):
        Image.fetched(f"{site}/ok")
    assert Handler.asked == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/gone", "answered with 404 Not Found"),
        ("/nowhere", "answered with 302 Found"),
        ("/loop", "redirected more than 3 times"),
        ("/to_file", "leads to 'file:///etc/passwd'"),
        ("/to_ftp", "leads to 'ftp://127.0.0.1/x'"),
        ("/cut", rf"cut off after {len(PNG)} of {len(PNG) + 99} bytes"),
        ("/chunk_cut", "IncompleteRead"),
        ("/short", "damaged"),
        ("/huge", "1000000000000 bytes, expected at most 1048576"),
        ("/endless", "goes on, expected at most 1048576 bytes"),
        ("/bomb", "sent compressed .'gzip'."),
        ("/page", "is not an image"),
        ("/empty", "0 bytes"),
        ("/rubbish", r"\?\[2J\?\?rubbish"),
        ("/long_line", "more than 65536 bytes"),
        ("/many_lines", "more than 100 headers"),
    ],
)
@pytest.mark.parametrize("read", [lambda url: load_image(url, fetch=QUICK), lambda url: Image.fetched(url, QUICK)])
def test_bad_answers_are_refused_in_one_line_that_names_the_address(read, page, words, site):
    with pytest.raises(MediaError, match=words) as caught:
        read(site + page)
    text = str(caught.value)
    assert site + page in text
    assert text.isprintable()


@pytest.mark.parametrize("page", ["/drip", "/drip_in_the_head", "/go_on"])
def test_the_limit_of_time_is_for_the_whole_download(page, site):
    started = time.monotonic()
    with pytest.raises(MediaError, match=r"took longer than 0\.3 seconds"):
        load_image(site + page, fetch=Fetch(seconds=0.3, allow_private=True))
    assert time.monotonic() - started < 10


def test_a_look_up_without_end_is_given_up(monkeypatch):
    over = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(module.socket, "getaddrinfo", slow)
    with pytest.raises(MediaError, match=r"took longer than 0\.1 seconds"):
        Fetch(seconds=0.1)("http://example.org/a.png")
    over.set()


def test_plain_answers_to_https_are_refused(site):
    with pytest.raises(MediaError, match=r"cannot be fetched .*SSL"):
        QUICK(site.replace("http:", "https:") + "/ok")


def test_redirects_are_counted_and_may_be_forbidden(site):
    with pytest.raises(MediaError, match="more than 0 times"):
        Fetch(redirects=0, allow_private=True)(f"{site}/moved")
    assert Fetch(redirects=1, allow_private=True)(f"{site}/moved") == PNG


def test_every_redirect_is_checked_like_the_first_address(site, monkeypatch):
    monkeypatch.setattr(module, "_is_public", lambda address: address == "127.0.0.1")
    assert Fetch()(f"{site}/ok") == PNG
    with pytest.raises(MediaError, match=r"private network \(127\.0\.0\.2\)"):
        Fetch()(f"{site}/to_other")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "127.1", "2130706433", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_spelling(host):
    with pytest.raises(MediaError, match=r"private network|cannot be fetched"):
        Fetch(seconds=2)(f"http://{host}:9/a.png")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_known(address):
    assert module._is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/a.png", "file:///etc/passwd", "http://", "http:///a.png", "a.png", "", "http://user:word@host/a",
        "http://host:99999/a", "http://host:x/a", "http://[::1/a", f"http://{'a' * 300}/a", "http://a..b/a",
        "http://no-such-host.invalid/a.png", "http://ho\nst.invalid/\r\nX: y", "http://\0/",
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere(url):
    with pytest.raises(MediaError) as caught:
        Fetch(seconds=5)(url)
    assert str(caught.value).isprintable()
    with pytest.raises(MediaError):
        Image.fetched(url, Fetch(seconds=5))


@pytest.mark.parametrize(
    "limits",
    [{"seconds": 0}, {"seconds": float("nan")}, {"seconds": float("inf")}, {"max_bytes": 0}, {"redirects": -1}],
)
def test_limits_must_be_limits(limits):
    with pytest.raises(MediaError, match="expected seconds above 0"):
        Fetch(**limits)


def test_a_policy_is_a_value():
    assert pickle.loads(pickle.dumps(Fetch(3.0))) == Fetch(3.0)
    assert len({Fetch(), Fetch(), Fetch(allow_private=True)}) == 2
