"""Instructions about the layout of a response. Each takes a text and its arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mmreason.parsing.json_text import BadJson, read_json

RESPONSES = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
"""What a constrained response chooses from."""

_DIVIDER = re.compile(r"\s?\*\*\*\s?")
# Nothing here may start a search at every character: on a megabyte of brackets that would take for ever.
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*\]")
_HIGHLIGHT = re.compile(r"\*\*[^\n*]*\*\*|(?<!\*)\*[^\n*]*\*(?!\*)")
_TITLE = re.compile(r"<<([^<>\n]+)>>")
_POSTSCRIPTS = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}


def paragraph_count(text: str, args: Mapping[str, Any]) -> bool:
    """So many paragraphs with ``***`` between them; one that is empty counts only at the ends, as nothing."""
    parts = [part.strip() for part in _DIVIDER.split(text)]
    return all(parts[1:-1]) and sum(map(bool, parts)) == int(args["num_paragraphs"])


def paragraph_begins(text: str, args: Mapping[str, Any]) -> bool:
    """So many paragraphs with blank lines between them, and a certain one begins with a certain word."""
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    place = int(args["nth_paragraph"])
    if len(parts) != int(args["num_paragraphs"]) or not 1 <= place <= len(parts):
        return False
    first = re.match(r"[^\s.,?!]*", parts[place - 1].split(maxsplit=1)[0].lstrip("'\"\u201c\u2018"))
    word = first[0].strip("'\"\u201d\u2019").lower() if first else ""
    return bool(word) and word == str(args["first_word"]).strip().lower()


def placeholders(text: str, args: Mapping[str, Any]) -> bool:
    """At least so many placeholders in square brackets."""
    return len(_PLACEHOLDER.findall(text)) >= int(args["num_placeholders"])


def postscript(text: str, args: Mapping[str, Any]) -> bool:
    """A postscript begins with its marker."""
    marker = args["postscript_marker"].strip()
    pattern = _POSTSCRIPTS.get(marker, re.escape(marker.lower()))
    return bool(marker) and re.search(pattern, text.lower()) is not None


def bullets(text: str, args: Mapping[str, Any]) -> bool:
    """Exactly so many lines that begin with one asterisk or a hyphen; a line of hyphens is a rule."""
    lines = [line.strip() for line in text.split("\n")]
    stars = sum(line.startswith("*") and line[1:2] not in ("", "*") for line in lines)
    return stars + sum(line.startswith("-") and bool(line.strip("- ")) for line in lines) == int(args["num_bullets"])


def one_response(text: str, args: Mapping[str, Any]) -> bool:
    """Exactly one of ``RESPONSES`` is given."""
    return sum(response in text for response in RESPONSES) == 1


def highlights(text: str, args: Mapping[str, Any]) -> bool:
    """At least so many passages, not empty, in asterisks or double asterisks."""
    return sum(bool(found.strip("* ")) for found in _HIGHLIGHT.findall(text)) >= int(args["num_highlights"])


def sections(text: str, args: Mapping[str, Any]) -> bool:
    """At least so many headings: the splitter followed by a number."""
    word = re.escape(args["section_spliter"].strip())
    return bool(word) and len(re.findall(rf"{word}\s?[0-9]+", text)) >= int(args["num_sections"])


def is_json(text: str, args: Mapping[str, Any]) -> bool:
    """JSON and nothing else, fenced or not."""
    try:
        read_json(text)
    except BadJson:
        return False
    return True


def title(text: str, args: Mapping[str, Any]) -> bool:
    """A title, not empty, in double angular brackets."""
    return any(found.strip() for found in _TITLE.findall(text))


def two_responses(text: str, args: Mapping[str, Any]) -> bool:
    """Two responses, not empty and not the same, with ``******`` between them."""
    parts = [part.strip() for part in text.split("******")]
    said = [part for part in parts if part]
    return all(parts[1:-1]) and len(said) == 2 and said[0] != said[1]


def quoted(text: str, args: Mapping[str, Any]) -> bool:
    """The whole response in double quotation marks."""
    said = text.strip()
    return len(said) > 1 and said[0] == said[-1] == '"'
