"""JSON answers: whether they are JSON, fit a schema, and equal the gold one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import DataError, RecipeError
from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.json_schema import check_schema, fits_schema
from mmreason.parsing.json_text import BadJson, read_json, same_json
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, AgainstGold, Extract, place
from mmreason.types import Completion, Task


def json_valid(text: str, schema: Mapping[str, Any] | bool = True) -> float:
    """Give 1 where the text is JSON and nothing else (or one fenced block of it), and fits the schema, else 0.

    Raises:
        DataError: the schema says something that is not understood; see ``json_schema.KEYWORDS``.
    """
    check_schema(schema)
    try:
        return float(fits_schema(read_json(text), schema))
    except BadJson:
        return 0.0


def json_match(text: str, gold: str) -> float:
    """Give 1 where text and gold are JSON and the same value, else 0; NaN where the gold is no JSON.

    >>> json_match('{"b": [1, 2.0], "a": null}', '{"a": null, "b": [1, 2]}'), json_match("1", "true")
    (1.0, 0.0)
    """
    try:
        wanted = read_json(gold)
    except BadJson:
        return NAN
    try:
        return float(same_json(read_json(text), wanted))
    except BadJson:
        return 0.0


@dataclass(frozen=True)
class JsonFormat(CompletionReward):
    """1 where the answer is JSON, and fits a schema where one is given, else 0. Not from a paper.

    Args:
        schema: A JSON schema, written as JSON; the keywords in ``json_schema.KEYWORDS``.
        field: Field of the record that holds a schema for its task (as an object or as text) and goes before
            ``schema``.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: ``schema`` is no JSON, or no schema that is understood.
        DataError: in ``rate``, if that of a record is none.
    """

    schema: str = "true"
    field: str = "schema"
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        try:
            check_schema(json.loads(self.schema), "JsonFormat: schema")
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"JsonFormat: schema is no JSON schema that can be used ({error})") from None

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        schema = task.record.get(self.field)
        if schema is None:
            schema = self.schema
        if isinstance(schema, str):
            try:
                schema = json.loads(schema)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{place(task)}: {self.field} is no JSON ({error}); repair the record") from None
        check_schema(schema, f"{place(task)}: {self.field}")
        return json_valid(self.extract(completion.text) or "", schema)


@dataclass(frozen=True)
class JsonMatch(AgainstGold):
    """1 where the answer is JSON with the value of the gold answer, else 0. Not from a paper.

    The order of keys says nothing; ``1`` is ``1.0`` and ``true`` is neither. A key that stands twice makes it no JSON.
    NaN where the gold answer is no JSON.

    Args:
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.
    """

    extract: Extract = boxed_or_block

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        return json_match(self.extract(text) or "", gold)
