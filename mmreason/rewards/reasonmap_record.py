"""The fields of ReasonMap and ReasonMap-Plus records that rewards and metrics read, refused clearly when wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from mmreason.errors import DataError

PLANNING = "planning"
TRUE_FALSE = ("TorF1", "TorF2")
COUNTING = ("Counting1", "Counting2", "Counting3")
PLUS_TYPES = (*TRUE_FALSE, *COUNTING)
TYPES = (*PLUS_TYPES, PLANNING)


def type_of(record: Mapping[str, Any], where: str = "record") -> str:
    """Give the question type, one of ``TYPES``.

    Raises:
        DataError: if it is missing or unknown.
    """
    kind = record.get("type")
    if kind not in TYPES:
        raise DataError(f"{where}: type is {kind!r}, expected one of {', '.join(TYPES)}")
    return cast(str, kind)


def text_field(record: Mapping[str, Any], name: str, where: str = "record") -> str:
    """Give a text that must not be empty.

    Raises:
        DataError: if it is missing, empty or no text.
    """
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: field {name!r} is {value!r}, expected a text")
    return value


def integer_field(record: Mapping[str, Any], name: str, where: str = "record", low: int = 0) -> int:
    """Give an integer of at least ``low``.

    Raises:
        DataError: if it is missing, no integer or too small.
    """
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise DataError(f"{where}: field {name!r} is {value!r}, expected an integer of at least {low}")
    return value


def gold_integer(record: Mapping[str, Any], where: str = "record") -> int:
    """Give the gold of a ReasonMap-Plus record: 0 or 1, 0 to 3 (the letter's position), or a count.

    Raises:
        DataError: if it is missing or not possible for the record's type.
    """
    gold = integer_field(record, "answer", where)
    top = 1 if record.get("type") in TRUE_FALSE else 3 if record.get("type") == "Counting1" else gold
    if gold > top:
        raise DataError(f"{where}: answer is {gold}, expected 0 to {top} for type {record.get('type')}")
    return gold


def metro_field(record: Mapping[str, Any], where: str = "record") -> Mapping[str, Sequence[str]]:
    """Give the metro data, line name to ordered stops, which the reader put under ``metro``.

    Raises:
        DataError: if it is missing or empty.
    """
    metro = record.get("metro")
    if not isinstance(metro, Mapping) or not metro:
        raise DataError(f"{where}: field 'metro' is missing; read the records with ReasonMapRecords, which loads it")
    return metro
