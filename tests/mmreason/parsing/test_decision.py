"""Decisions for one of two pictures: read strictly; chains without them; pictures that exchange their names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.decision import chain_of, decision_text, exchange_names, read_decision, verdict_in

FIRST, SECOND = decision_text(1), decision_text(2)


def test_what_is_written_is_read() -> None:
    assert FIRST == '{"image_1": 1, "image_2": 0}'
    for number in (1, 2):
        assert read_decision(f"<think> so. </think><answer>{decision_text(number)}</answer>") == number
        assert read_decision(decision_text(number)) == number
        assert json.loads(decision_text(number))[f"image_{number}"] == 1


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1",
        "image 1",
        '{"image_1": 1}',
        '{"image_1": 1, "image_2": 1}',
        '{"image_1": 0, "image_2": 0}',
        '{"image_1": true, "image_2": false}',
        '{"image_1": 1.0, "image_2": 0}',
        '{"image_1": "1", "image_2": "0"}',
        '{"image_1": 1, "image_2": 0, "image_3": 0}',
        '{"image_1": 1, "image_1": 0, "image_2": 0}',
        '{"image_1": 2, "image_2": -1}',
        "[1, 0]",
        f"{FIRST} {SECOND}",
        "{" * 5_000,
        '{"image_1": ' + "1" * 5_000 + ', "image_2": 0}',
    ],
)
def test_everything_else_is_no_decision(said: str) -> None:
    assert read_decision(f"<think> x </think><answer>{said}</answer>") is None


def test_a_decision_inside_the_thought_does_not_count() -> None:
    assert read_decision(f"<think><answer>{FIRST}</answer></think><answer>{SECOND}</answer>") == 2
    assert read_decision(f"<think> <answer>{FIRST}</answer>") is None
    assert read_decision(f"<answer>{SECOND}</answer><answer>{FIRST}</answer>") == 1, "the last one"


def test_a_chain_ends_where_an_answer_begins() -> None:
    assert chain_of(f"<think> Blue. So image 2. </think><answer>{SECOND}</answer>") == " Blue. So image 2. "
    assert chain_of(f"<think> Blue. <answer>{SECOND}</answer> </think>") == " Blue. "
    assert chain_of(f"Blue.</think> Well, image 1. <answer>{FIRST}</answer>") == "Blue.", "the tag was in the prompt"
    for nothing in (
        "",
        "Blue.",
        "<think> Blue.",
        f"<answer>{FIRST}</answer>",
        "<think> \n </think>",
        "<think></think>",
    ):
        assert chain_of(nothing) == ""


def test_the_verdict_is_the_picture_named_last() -> None:
    assert verdict_in("image 1 is red, image 2 is blue") == 2
    assert verdict_in("The second picture is blue, so the first one") == 1
    assert verdict_in("image 12, images, 2") is None


@given(st.text("image 12_#.,\nTFhefirstscondphotpcur", max_size=60))
def test_exchanged_twice_is_as_before(text: str) -> None:
    assert exchange_names(exchange_names(text)) == text
    assert len(exchange_names(text).split()) == len(text.split())


def test_only_names_of_pictures_are_exchanged() -> None:
    assert exchange_names("Image 1: 2 mugs. photo #2: 1 mug.") == "Image 2: 2 mugs. photo #1: 1 mug."
    assert (
        exchange_names("At first sight image 10, then the second mug") == "At first sight image 10, then the second mug"
    )
    assert exchange_names("The first image, the second one") == "The second image, the first one"
