"""Tests of a program as data sets give them: inputs and outputs, calls and values, or asserts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmreason.errors import DataError


@dataclass(frozen=True)
class Streams:
    """What a program reads on stdin, and what it must write on stdout."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def first(self, most: int | None) -> Streams:
        """So many of them, or all."""
        return replace(self, inputs=self.inputs[:most], outputs=self.outputs[:most])

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Calls:
    """Arguments of a function, and what it must return; both plain data."""

    function: str
    """A name of the program, or a method of its class ``Solution``."""
    arguments: tuple[tuple[Any, ...], ...]
    values: tuple[Any, ...]
    wrapped: bool = False
    """A list of one value stands for that value too, as in APPS."""

    def first(self, most: int | None) -> Calls:
        """So many of them, or all."""
        return replace(self, arguments=self.arguments[:most], values=self.values[:most])

    def __len__(self) -> int:
        return len(self.arguments)


@dataclass(frozen=True)
class Asserts:
    """Test code that calls the program by the names that it defines."""

    tests: tuple[str, ...]
    setup: str = ""
    """Run before the first test: imports, and functions that tests use."""
    entries: tuple[str, ...] = ()
    """Names of the program that tests mean also where Python has a function of that name."""

    def first(self, most: int | None) -> Asserts:
        """So many of them, or all."""
        return replace(self, tests=self.tests[:most])

    def __len__(self) -> int:
        return len(self.tests)


Cases = Streams | Calls | Asserts


def read_cases(record: Mapping[str, Any], name: str = "tests", where: str = "record") -> Cases | None:
    """Read the tests of a record, whichever of the usual forms they have; see ``docs/sandbox.md``.

    Args:
        record: Of the data set.
        name: The field that holds the tests; other fields that belong to them have the data sets' names.
        where: For errors.

    Returns:
        None where the record has no such field.

    Raises:
        DataError: the field is of no form known here.
    """
    tests = _plain(record.get(name))
    if isinstance(tests, str) and tests.lstrip()[:1] in ("{", "["):
        tests = _json(tests, name, where)
    match tests:
        case None:
            return None
        case str() if _entry(record):
            return Asserts((f"check({_entry(record)})",), tests, (_entry(record),))
        case {"inputs": [_, *_] as given, "outputs": [*_] as wanted} if len(given) == len(wanted):
            return _pairs(given, wanted, tests.get("fn_name") or _entry(record), wrapped=True)
        case [_, *_] if all(isinstance(test, str) for test in tests):
            imports = record.get("test_setup_code") or "\n".join(record.get("test_imports") or ())
            return Asserts(tuple(tests), imports, (_entry(record),) if _entry(record) else ())
        case [_, *_] if all(isinstance(test, Mapping) and {"input", "output"} <= test.keys() for test in tests):
            return _from_list(tests, record, name, where)
    raise DataError(
        f"{where}: field {name!r} is {str(tests)[:80]!r}; expected a list of asserts, test code with a field "
        "'entry_point', inputs and outputs of equal number, or a list of {'input', 'output'}"
    )


def _plain(value: Any) -> Any:
    """Lists where parquet files give arrays."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _json(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: field {name!r} looks like JSON and is none: {error}") from error


def _entry(record: Mapping[str, Any]) -> str:
    """The name of the function, under the names that it has in data sets."""
    more = record.get("metadata")
    if isinstance(more, str) and more.lstrip().startswith("{"):
        more = _json(more, "metadata", "record")
    named = [record.get(key) for key in ("entry_point", "fn_name", "func_name")]
    named += [more.get("func_name")] if isinstance(more, Mapping) else []
    return next((str(name) for name in named if name), "")


def _pairs(given: Sequence[Any], wanted: Sequence[Any], function: str, wrapped: bool) -> Streams | Calls:
    if function:
        arguments = tuple(tuple(x) if isinstance(x, (list, tuple)) else (x,) for x in given)
        return Calls(function, arguments, tuple(wanted), wrapped)
    return Streams(tuple(map(_text, given)), tuple(map(_text, wanted)))


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _from_list(tests: Sequence[Mapping[str, Any]], record: Mapping[str, Any], name: str, where: str) -> Streams | Calls:
    given, wanted = [test["input"] for test in tests], [test["output"] for test in tests]
    kinds = {test.get("testtype", "functional" if _entry(record) else "stdin") for test in tests}
    if kinds <= {"stdin"}:
        return _pairs(given, wanted, "", wrapped=False)
    if kinds != {"functional"} or not _entry(record):
        raise DataError(
            f"{where}: field {name!r} has tests of type {sorted(map(str, kinds))} and the function {_entry(record)!r}; "
            "expected stdin alone, or functional alone with its name in 'fn_name' or in 'func_name' of 'metadata'"
        )
    arguments = [[_json(row, name, where) for row in x.splitlines()] if isinstance(x, str) else x for x in given]
    values = [_json(x, name, where) if isinstance(x, str) else x for x in wanted]
    return _pairs(arguments, values, _entry(record), wrapped=False)
