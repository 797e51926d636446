"""Rows of JSON and JSONL files, one at a time: a file larger than memory is no problem."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from vision_data.errors import MediaError
from vision_data.formats.row import Row

MOST_CHARACTERS = 1 << 27
"""Longest row that is read: a picture in base64 fits, a file of rubbish does not fill the memory."""
_CHUNK = 1 << 16
_SPACE = " \t\r\n\ufeff"


def json_rows(path: Path) -> Iterator[Row]:
    """Give the rows of a JSON list, of a JSON object of named rows, or of JSON lines; the content tells which.

    A line that cannot be read is a damaged row and the others follow. In a list nothing can be read after the first
    damage, so the damaged row is the last one.

    Raises:
        MediaError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_CHUNK)
            file.seek(0)
            opening = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
            if opening == b"[" or (opening == b"{" and _is_one_object(start, path)):
                yield from _Scanner(file, path).rows()
            else:
                yield from _lines(file, path)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


def _is_one_object(start: bytes, path: Path) -> bool:
    """Tell one JSON object of named rows from JSON lines, by the first line."""
    first, _, rest = start.lstrip().partition(b"\n")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        # A first line that is no JSON is broken, or the beginning of an object over several lines.
        return path.suffix.lower() == ".json" and len(first.strip()) < _CHUNK - 1
    return not rest.strip() and isinstance(value, dict) and len(value) > 0 and all(map(_named, value.values()))


def _named(value: Any) -> bool:
    return isinstance(value, dict)


def _lines(file: BinaryIO, path: Path) -> Iterator[Row]:
    number = 0
    while line := file.readline(MOST_CHARACTERS + 1):
        number += 1
        if len(line) > MOST_CHARACTERS:
            while line and not line.endswith(b"\n"):
                line = file.readline(MOST_CHARACTERS)
            yield Row(path, number, line=number, damage=_too_long())
        elif line.strip():
            yield _line(path, number, line)


def _line(path: Path, number: int, line: bytes) -> Row:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Row(path, number, line=number, damage=f"not UTF-8 at byte {error.start + 1}; convert the file to UTF-8")
    except (ValueError, RecursionError) as error:
        return Row(path, number, line=number, damage=_bad_json(error))
    return Row(path, number, value, line=number)


def _too_long() -> str:
    return f"longer than {MOST_CHARACTERS} characters; keep media in files of their own"


def _bad_json(error: Exception) -> str:
    told = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
    return f"bad JSON, {told}; repair or remove the record"


class _Scanner:
    """Reads the values of one JSON list or object as they come."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file, self.path = file, path
        self.utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self.json = json.JSONDecoder()
        self.text, self.at, self.ended = "", 0, False
        self.line, self.counted = 1, 0

    def rows(self) -> Iterator[Row]:
        """Yield every row; damage ends the file."""
        number = 0
        try:
            opening = self.peek()
            self.at += 1
            closing = {"[": "]", "{": "}"}[opening]
            while self.peek() != closing:
                if number:
                    self.expect(",")
                    self.peek()
                number, line, key = number + 1, self.line, ""
                if closing == "}":
                    key = str(self.value())
                    self.expect(":")
                    self.peek()
                yield Row(self.path, number, self.value(), line, key)
            self.at += 1
            if self.peek():
                raise MediaError("something follows the end of the JSON")
        except (MediaError, UnicodeDecodeError, RecursionError) as error:
            told = str(error) if isinstance(error, MediaError) else type(error).__name__
            reason = f"bad JSON, {told}; nothing after it can be read: repair the file"
            yield Row(self.path, number + 1, line=self.line, damage=reason)

    def grow(self) -> bool:
        """Read on; at least as much as is waiting, so that a long value is looked at only a few times."""
        if self.ended:
            return False
        if len(self.text) - self.at > MOST_CHARACTERS:
            raise MediaError(f"a record is {_too_long()}")
        self.count()
        self.text = self.text[self.at :]
        self.at = self.counted = 0
        more = self.file.read(max(_CHUNK, len(self.text)))
        self.ended = not more
        self.text += self.utf8.decode(more, final=self.ended)
        return True

    def count(self) -> None:
        """Bring the number of the line up to where we are."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at

    def peek(self) -> str:
        """Give the next character that is no white space, or nothing at the end; the line is counted up to it."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text):
                self.count()
                return self.text[self.at]
            if not self.grow():
                return ""

    def expect(self, mark: str) -> None:
        """Pass over one character."""
        if (found := self.peek()) != mark:
            raise MediaError(f"expected {mark!r}, found {found!r}" if found else "the file ends too early")
        self.at += 1

    def value(self) -> Any:
        """Read one JSON value."""
        self.peek()
        while True:
            try:
                value, end = self.json.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                cut = "Unterminated" in error.msg or error.pos > len(self.text) - 16
                if not (cut and self.grow()):
                    raise MediaError(error.msg if not cut else "the file ends too early") from None
                continue
            if end < len(self.text) or not self.grow():
                self.at = end
                return value
