"""Markup that cannot be broken out of: every text is escaped, every address is checked, no styles and no scripts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

CELL, LABEL, TEXT = 400, 200, 20_000
"""Characters that are shown of a table's cell, of a label, and of a long text."""
LONGEST = 8_192
"""Characters of an address, data apart."""
MINUS, DASH, TIMES = "\N{MINUS SIGN}", "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"

# What a browser would act on without showing it: controls, marks that turn the direction of reading, characters
# without width, line separators, tags, and halves of surrogate pairs. Joiners are left: scripts and emoji need them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
# Pictures, but no SVG: it may hold scripts.
DATA = re.compile(r"data:image/(png|jpeg|webp|gif|bmp);base64,[A-Za-z0-9+/]*=*")
FIRST = re.compile(r"[/?#]")
SPACED = re.compile(r"[\s\\]")
VOID = {"br", "hr", "img", "input", "meta", "col"}


class Html(str):
    """Markup; a plain ``str`` is text and is escaped wherever it is put."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Value: TypeAlias = "str | int | float | bool | None"


def el(tag: str, *children: Child, **attributes: Value) -> Html:
    """Write an element.

    Args:
        tag: its name.
        children: text, markup, or iterables of both; None is nothing.
        attributes: by name; a trailing ``_`` is dropped and others become ``-``. None and False leave one out, True
            gives one without a value.

    Raises:
        ValueError: an attribute that would run code or hold a style.

    >>> el("p", "1 < 2", el("b", "!"), class_="a")
    '<p class="a">1 &lt; 2<b>!</b></p>'
    """
    out = [tag]
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-")
        if not NAME.fullmatch(name) or name.startswith("on") or name == "style":
            raise ValueError(f"attribute {name!r} is not written here")
        if value is None or value is False:
            continue
        if isinstance(value, float):
            value = f"{value:g}"
        if name in ("href", "src") and not (value := address(str(value))):
            continue
        out.append(name if value is True else f'{name}="{escape(visible(str(value)))}"')
    opened = f"<{' '.join(out)}>"
    return Html(opened if tag in VOID else f"{opened}{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """Write one thing after another; text is escaped."""
    out: list[str] = []
    for child in children:
        if isinstance(child, Html):
            out.append(child)
        elif isinstance(child, str):
            out.append(escape(visible(child), quote=False))
        elif isinstance(child, int):
            out.append(str(child))
        elif child is not None:
            out.append(join(*child))
    return Html("".join(out))


def visible(text: str) -> str:
    r"""Show characters that would act without being seen.

    >>> visible("a\x00b\u202ec")
    'a␀b⟨202E⟩c'
    """
    return HIDDEN.sub(stand_in, text) if not text.isascii() or not text.isprintable() else text


def stand_in(found: re.Match[str]) -> str:
    """What is shown for a hidden character."""
    code = ord(found[0])
    if code < 32:
        return chr(0x2400 + code)
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else f"⟨{code:04X}⟩"


def address(text: str) -> str:
    """Give an address back that can only load a picture or lead to a page; else nothing.

    >>> address("javascript:alert(1)"), address("media/a.png"), address("#p1")
    ('', 'media/a.png', '#p1')
    """
    if text.startswith("data:"):
        return text if DATA.fullmatch(text) else ""
    if len(text) > LONGEST or text.startswith("//") or SPACED.search(text) or HIDDEN.search(text):
        return ""
    scheme = FIRST.split(text, 1)[0].lower()
    return text if ":" not in scheme or scheme in ("http:", "https:") else ""


def short(text: str, limit: int = CELL) -> str:
    """Cut a text that is only a label or a cell.

    >>> short("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def rest(text: str, limit: int = TEXT) -> Html | None:
    """Say how much of a long text is not shown."""
    over = len(text) - limit
    return el("p", f"{over:,} more characters are not shown", class_="note") if over > 0 else None


def number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """Write a number for people; a dash where nothing was measured.

    >>> number(0.12345), number(12345.6), number(2.0, sign=True), number(-1e9) == f"{MINUS}1e9"
    ('0.123', '12,346', '+2', True)
    """
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        written = "∞"
    else:
        size = abs(value)
        if size and not 1e-4 <= size < 1e9:
            mantissa, _, exponent = f"{size:.{max(digits - 1, 0)}e}".partition("e")
            written = f"{trim(mantissa)}e{int(exponent)}".replace("-", MINUS)
        else:
            places = (
                max(digits - 1 - math.floor(math.log10(size)), 0)
                if size and size < 1
                else max(digits - (len(str(int(size))) - 1), 0)
            )
            written = trim(f"{size:,.{min(places, 6)}f}")
    before = MINUS if value < 0 else "+" if sign and value > 0 else ""
    return before + written


def trim(written: str) -> str:
    """Drop zeros at the end of a decimal fraction."""
    return written.rstrip("0").rstrip(".") if "." in written else written


def measured(value: float | None, digits: int = 3, sign: bool = False) -> Html | str:
    """The same as markup that says what the dash means."""
    if value is None or math.isnan(value):
        return el("span", DASH, title="not measured", class_="none")
    return number(value, digits, sign)
