from __future__ import annotations

import json
from dataclasses import replace

from mmreason.naming import name_of
from mmreason.runs.description import described, differences, pretty
from tests.mmreason.runs.world import recipe


def test_the_pretty_text_says_what_the_name_says() -> None:
    text = pretty(recipe())
    assert max(map(len, text.splitlines())) <= 130
    assert "".join(text.split()).replace(",)", ")") == "".join(name_of(recipe()).split()).replace(",)", ")")


def test_the_description_is_json_with_type_names() -> None:
    plain = described(recipe())
    assert json.loads(json.dumps(plain)) == plain
    assert plain["_type"] == "Recipe"
    loss = plain["stages"][0]["losses"][0]
    assert (loss["_type"], loss["low"]) == ("ClippedSurrogate", 0.2)
    assert loss["by"]["by"] == {"_value": "hard"}


def test_equal_recipes_do_not_differ() -> None:
    assert list(differences(described(recipe()), described(recipe()))) == []


def test_a_difference_is_told_by_stage_and_slot() -> None:
    old, new = described(recipe()), described(recipe(low=0.3))
    assert next(iter(differences(old, new))) == (
        "recipe 'small'.stages[0] 'first'.losses[0].low: 0.2 before, 0.3 now"
    )  # fmt: skip


def test_other_lengths_types_and_numbers_are_differences() -> None:
    one = recipe()
    fewer = replace(one, stages=one.stages[:1])
    assert list(differences(described(one), described(fewer))) == ["recipe 'small'.stages: 2 entries before, 1 now"]
    assert list(differences(1, 1.0)) == ["recipe: 1 before, 1.0 now"]
    assert list(differences(described(one.stages[0].tasks), None)) == ["recipe: Pictures before, None now"]
