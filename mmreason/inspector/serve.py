"""The web server around the inspector: who may ask, what may be asked, and nothing else."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from fastapi import FastAPI

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SHOWN = {
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif", ".mp4", ".webm", ".mov", ".m4v", ".mkv", ".avi",
}  # fmt: skip
"""Endings of files that are served: pictures and videos that cannot hold a script."""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors {framed}"
)
"""Gradio makes functions of texts and styles in place, so these are allowed; nothing is loaded from elsewhere."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
OPEN = ("/assets/", "/static/", "/svelte/", "/files/", "/export/")
EXACT = {"/", "/config", "/theme.css", "/favicon.ico", "/robots.txt"}
API = {"info", "startup-events", "upload", "upload_progress", "queue/join", "queue/data", "cancel", "reset"}
"""Of Gradio's routes those that the page needs; its proxies, monitors, editors and run history are not among them."""


class Gate:
    """In front of everything: refuses foreign hosts and origins, and every address that the page does not need.

    A page of another site may send requests to a server on this machine; the names ``Host`` and ``Origin`` tell.

    Args:
        app: what is behind it.
        hosts: names under which the server may be asked, in lower case; empty for any.
        uploads: folder of uploaded files, the only one that Gradio's own file route may read.
        framed: who may show the page in a frame: ``'none'``, or a list of sources.
    """

    def __init__(self, app: App, hosts: Iterable[str], uploads: Path, framed: str = "'none'") -> None:
        self.app, self.hosts, self.uploads = app, frozenset(hosts), uploads.resolve()
        self.policy = POLICY.format(framed=framed).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403 or 404."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif not self.invited(scope):
            await refuse(send, 403, "this address is not the inspector's; open the one that it printed")
        elif not self.known(scope):
            await refuse(send, 404, "there is nothing here")
        else:
            await self.app(scope, receive, self.guarded(send))

    def invited(self, scope: Scope) -> bool:
        """Say whether the host is one of ours, and the origin, where one is told, is the host."""
        told = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = told.get(b"host", "")
        if self.hosts and name_of(host) not in self.hosts:
            return False
        origin = told.get(b"origin")
        return origin is None or scope["method"] in ("GET", "HEAD") or urlsplit(origin).netloc == host

    def known(self, scope: Scope) -> bool:
        """Say whether the page needs this address."""
        path = str(scope["path"])
        if not path.isprintable() or "\\" in path or "//" in path or ".." in path.split("/"):
            return False
        if not path.startswith("/gradio_api/"):
            return path in EXACT or path.startswith(OPEN)
        rest = path.removeprefix("/gradio_api/").rstrip("/")
        if rest.startswith("file="):
            return self.uploaded(rest.removeprefix("file="))
        return rest in API or rest.startswith("heartbeat/")

    def uploaded(self, path: str) -> bool:
        """Say whether a path is that of an uploaded file."""
        try:
            return not Path(unquote(path)).is_symlink() and Path(path).resolve().is_relative_to(self.uploads)
        except (OSError, ValueError):  # a name that no file can have
            return False

    def guarded(self, send: Send) -> Send:
        """Add what tells a browser to take no liberties."""

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                ours = HEADERS | {b"content-security-policy": self.policy}
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in ours]
                message = {**message, "headers": [*kept, *ours.items()]}
            await send(message)

        return sending


async def refuse(send: Send, status: int, text: str) -> None:
    """Answer with one line."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def name_of(host: str) -> str:
    """Take the port off the name of a host.

    >>> name_of("LocalHost:7860"), name_of("[::1]:7860")
    ('localhost', '::1')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def hosts_for(host: str) -> frozenset[str]:
    """Names that a server bound to ``host`` may be asked by; none (any) where it is open to other machines.

    >>> sorted(hosts_for("127.0.0.1")), hosts_for("0.0.0.0")
    (['127.0.0.1', '::1', 'localhost'], frozenset())
    """
    return frozenset({"127.0.0.1", "::1", "localhost"}) if is_loopback(host) else frozenset()


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server that is bound to ``host``."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def add_files(app: FastAPI, find: Callable[[str, str], Path]) -> None:
    """Serve pictures and videos under ``/files/RUN/PATH``.

    Args:
        app: of the server.
        find: gives the file of a run's path, resolved.
    """
    from fastapi import HTTPException
    from fastapi.responses import FileResponse

    from mmreason.inspector.model import InspectorError

    @app.api_route("/files/{run}/{path:path}", methods=["GET", "HEAD"])
    def file(run: str, path: str) -> FileResponse:
        try:
            found = find(run, path)
        except InspectorError as error:
            raise HTTPException(404, str(error)) from None
        kind = mimetypes.guess_type(found.name)[0]
        if found.suffix.lower() not in SHOWN or kind is None:
            raise HTTPException(404, "not a picture or a video")
        # Names of media are hashes of their content; drawings of a run that goes on may change.
        headers = {"cache-control": "private, max-age=60", "content-disposition": "inline"}
        return FileResponse(found, media_type=kind, headers=headers)


def listen(app: App, host: str, port: int, started: Callable[[], None] = lambda: None) -> None:
    """Serve until somebody stops it.

    Args:
        app: what is served.
        host: address to listen on.
        port: to listen on.
        started: called when the first page can be asked for.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

        async def shutdown(self, sockets: Any = None) -> None:
            # Pages that are still open are cut off, and each would be told as an error.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    Server(uvicorn.Config(app, host=host, port=port, log_level="error", timeout_graceful_shutdown=1)).run()
