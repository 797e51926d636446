"""A selection of samples as a file: the traces' own lines, or one page that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from mmreason.inspector.links import from_link
from mmreason.inspector.model import InspectorError, Query, Row
from mmreason.inspector.opened import PER_PAGE, Opened
from mmreason.inspector.views import el, page, show_sample

if TYPE_CHECKING:
    from fastapi import FastAPI

MOST = 100
"""Samples on an exported page."""
MOST_BYTES = 4 << 20
"""Of a picture that is put into an exported page."""
KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp", ".bmp": "bmp"}


def add_exports(server: FastAPI, runs: Opened) -> None:
    """Serve ``/export/RUN.jsonl`` and ``/export/RUN.html``; the query string is that of a permalink."""
    from fastapi import HTTPException, Request
    from fastapi.responses import Response, StreamingResponse

    def asked(run: str, request: Request) -> Query:
        if run not in list(runs):
            raise HTTPException(404, "no such run is open here")
        return from_link({**request.query_params, "run": run}, list(runs))[0].query

    def headers(ending: str) -> dict[str, str]:
        return {"content-disposition": f'attachment; filename="samples.{ending}"'}

    @server.get("/export/{run}.jsonl")
    def lines(run: str, request: Request) -> Response:
        text = (line.rstrip("\n") + "\n" for line in runs[run].index().lines(asked(run, request)))
        return StreamingResponse(text, media_type="application/x-ndjson", headers=headers("jsonl"))

    @server.get("/export/{run}.html")
    def html(run: str, request: Request) -> Response:
        try:
            return Response(
                samples_page(runs, run, asked(run, request)), media_type="text/html", headers=headers("html")
            )
        except InspectorError as error:
            raise HTTPException(404, str(error)) from None


def samples_page(runs: Opened, run: str, query: Query) -> str:
    """Write the first samples of a query as a page with its pictures in it.

    Args:
        runs: that are open.
        run: name of one.
        query: what is exported; at most ``MOST`` samples.
    """
    total = runs.count(run, query)
    views = [runs.sample(row.key) for row in islice(every(runs, run, query), MOST)]
    told = f"{len(views)} of {total:,} samples" if total > len(views) else f"{total:,} samples"
    src = inlined(lambda path: runs.file(run, path).read_bytes())
    body = [show_sample(view, src, scope=str(number)) for number, view in enumerate(views)]
    return page(f"{run}: {told}", el("h1", run), el("p", told, class_="facts"), *body)


def every(runs: Opened, run: str, query: Query) -> Iterator[Row]:
    """All rows of a query, page after page."""
    number = 0
    while rows := runs.page(run, query, number):
        yield from rows
        if len(rows) < PER_PAGE:
            return
        number += 1


def inlined(read: Callable[[str], bytes]) -> Callable[[str], str]:
    """Give the function that turns a path into an address that holds the picture itself; each is read once."""
    known: dict[str, str] = {}

    def src(path: str) -> str:
        if path not in known:
            known[path] = address(path, read)
        return known[path]

    return src


def address(path: str, read: Callable[[str], bytes]) -> str:
    """A picture as a ``data:`` address; nothing where it cannot be read or is too large."""
    kind = next((kind for ending, kind in KINDS.items() if path.lower().endswith(ending)), None)
    if kind is None:
        return ""
    try:
        content = read(path)
    except (InspectorError, OSError):
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}" if len(content) <= MOST_BYTES else ""
