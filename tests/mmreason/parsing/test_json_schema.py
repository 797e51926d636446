from __future__ import annotations

from typing import Any

import pytest

from mmreason.errors import DataError
from mmreason.parsing.json_schema import check_schema, fits_schema

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
        "tags": {"type": "array", "items": {"enum": ["x", "y"]}, "uniqueItems": True, "maxItems": 2},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({"name": "Ann"}, True),
        ({"name": "Ann", "age": 3.0, "tags": ["x", "y"]}, True),
        ({}, False),
        ({"name": ""}, False),
        ({"name": "Annabel"}, False),
        ({"name": "Ann", "age": 150}, False),
        ({"name": "Ann", "age": True}, False),
        ({"name": "Ann", "age": 1.5}, False),
        ({"name": "Ann", "tags": ["x", "x"]}, False),
        ({"name": "Ann", "tags": ["z"]}, False),
        ({"name": "Ann", "more": 1}, False),
        ([], False),
        (None, False),
    ],
)
def test_an_object(value: Any, fits: bool) -> None:
    check_schema(PERSON)
    assert fits_schema(value, PERSON) is fits


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (True, 1, None),
        ({"type": ["string", "null"]}, None, 1),
        ({"const": [1]}, [1.0], [True]),
        ({"not": {"type": "string"}}, 1, "x"),
        ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, 5, 4),
        ({"oneOf": [{"minimum": 3}, {"minimum": 5}]}, 4, 6),
        ({"allOf": [{"minimum": 3}, {"maximum": 5}]}, 4, 6),
        ({"multipleOf": 0.1}, 0.3, 0.35),
        ({"additionalProperties": {"type": "number"}}, {"a": 1}, {"a": "1"}),
        ({"minProperties": 1}, {"a": 1}, {}),
        ({"items": False}, [], [1]),
        ({"type": "string", "format": "date", "title": "when"}, "no date", 1),
    ],
)
def test_keywords(schema: Any, good: Any, bad: Any) -> None:
    check_schema(schema)
    assert fits_schema(good, schema)
    assert bad is None or not fits_schema(bad, schema)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"$ref": "#/x"}, r"schema\.\$ref is not understood"),
        ({"properties": {"a": {"if": {}}}}, r"schema\.properties\.a\.if"),
        ({"type": "text"}, "'text', expected one of object"),
        ({"minimum": "3"}, "expected a number"),
        ({"multipleOf": 0}, "expected a number"),
        ({"anyOf": {}}, "expected a list"),
        ([], "expected an object"),
    ],
)
def test_what_is_not_understood_is_refused(schema: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        check_schema(schema)
