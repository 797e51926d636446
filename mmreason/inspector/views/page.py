"""A whole document that needs nothing else: one style sheet, no scripts, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Literal

from mmreason.inspector.views.html import Html, el, join
from mmreason.inspector.views.tracks import LETTERS
from mmreason.inspector.views.written import COLOURS

LEVELS = [f"s{n}" for n in range(10)] + [f"{sign}{n}" for sign in "np" for n in range(1, 6)] + ["z"]


@cache
def css() -> str:
    """Give the style sheet of all views: everything in it is below a ``.mmr``."""
    return files(__package__).joinpath("style.css").read_text(encoding="utf-8") + switches()


def switches() -> str:
    """Rules by which a radio input colours the tokens after it, and a phrase that is pointed at raises its box."""
    rules = []
    for level in LEVELS:
        where = ",".join(f".mmr .k{letter}:checked~.cards .{letter}{level}" for letter in LETTERS)
        rules.append(f"{where},.mmr .sw.{level}{{background:var(--{level})}}")
        if level.startswith("n"):
            rules.append(f"{where}{{text-decoration:underline dotted}}")
    shown = ",".join(f".mmr .k{letter}:checked~.legends .l{letter}" for letter in LETTERS)
    rules.append(f"{shown}{{display:flex}}")
    for n in range(COLOURS):
        rules.append(f".mmr .card:has(mark.c{n}:hover) .over .box.c{n}{{stroke-width:6}}")
    return "\n".join(rules) + "\n"


def page(title: str, *body: Html, theme: Literal["auto", "light", "dark"] = "auto") -> str:
    """Write a document; its content security policy lets it show pictures that it holds, and nothing else.

    Args:
        title: of the document.
        body: markup.
        theme: light or dark, or as the reader's system has it.
    """
    style = css()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark" if theme == "auto" else theme),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        Html(f"<style>{style}</style>"),
    )
    inner = el("body", el("main", *body, class_="mmr page"))
    return join(Html("<!doctype html>\n"), el("html", head, inner, lang="en", class_=theme)) + "\n"
