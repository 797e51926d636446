"""Every kind of IFEval, arXiv:2311.07911: followed, not followed, hostile."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.errors import DataError
from mmreason.parsing.instructions import KINDS, follows, variants
from mmreason.parsing.instructions.wording import count_sentences

LEAST, LESS = "at least", "less than"
CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("keywords:existence", {"keywords": ["Cat", "dog"]}, ["a dog, two cats"], ["a cat", "dog"]),
    ("keywords:frequency", {"keyword": "Cat", "frequency": 2, "relation": LEAST}, ["cat cats"], ["a cat"]),
    ("keywords:frequency", {"keyword": "cat", "frequency": 2, "relation": LESS}, ["cat", "x"], ["cat cat"]),
    ("keywords:forbidden_words", {"forbidden_words": ["cat", "C++"]}, ["cats", "C+"], ["A CAT.", "use C++!"]),
    (
        "keywords:letter_frequency",
        {"letter": "a", "let_frequency": 3, "let_relation": LEAST},
        ["Aha, a", "banana"],
        ["banan"],
    ),
    ("language:response_language", {"language": "ko"}, ["안녕하세요 GPU"], ["hello", "こんにちは", "12"]),
    ("language:response_language", {"language": "ja"}, ["日本語です"], ["你好世界", "hello"]),
    ("language:response_language", {"language": "zh"}, ["你好世界"], ["これは日本語です"]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": LEAST}, ["One. Two!"], ["One, e.g. two"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": LESS}, ["one two"], ["one, two-three"]),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["a\n***\nb", "*** a *** b ***"],
        ["a", "a ****** b"],
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Dogs"},
        ["Cats.\n\n'Dogs' bark.", "x\n\n\n\ndogs, too"],
        ["Dogs.\n\nCats", "a\n\nb\n\ndogs", "Dogs"],
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["[a] and [b c]"], ["[a]", "[a", "[[a]]"]),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["x\nP.S. y", "p. s. y"], ["PS y"]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["x\nP.P.S y"], ["P.S. y"]),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* a\n- b\n---", "text\n  * a\n  * b"],
        ["* a", "** a\n* b"],
    ),
    (
        "detectable_format:constrained_response",
        {},
        ["My answer is no."],
        ["No.", "My answer is yes. My answer is no. My answer is maybe."],
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*a* and **b**"],
        ["*a*", "**** * *", "* a\n* b"],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        ["Section 1\nx\nSection 2"],
        ["Section 1", "Section one Section two"],
    ),
    ("detectable_format:json_format", {}, ['{"a": 1}', "```json\n[]\n```"], ['Here: {"a": 1}', "{"]),
    ("detectable_format:title", {}, ["<<A poem>>\nx"], ["<< >>", "<A>", "<<a\nb>>"]),
    ("combination:two_responses", {}, ["a\n******\nb"], ["a******a", "a", "a ****** b ****** c", "a ************ b"]),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi"}, ["say hi\nhi"], ["hi. Say hi"]),
    ("startend:end_checker", {"end_phrase": "The end."}, ['"... the end."'], ["The end. Bye"]),
    ("startend:quotation", {}, ['"x"'], ["x", '"', '"x', "'x'"]),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": LEAST},
        ["I AM", "NASA's NON-STOP FUN"],
        ["Am I"],
    ),
    ("change_case:english_capital", {}, ["HI 5!"], ["Hi", "5"]),
    ("change_case:english_lowercase", {}, ["hi 5!"], ["Hi", "5"]),
    ("punctuation:no_comma", {}, ["a b"], ["a, b", "a\uff0c b", "a\u060c b"]),
]


def test_every_kind_is_tried() -> None:
    assert {kind for kind, *_ in CASES} == set(KINDS)
    assert len(KINDS) == 25


@pytest.mark.parametrize(("kind", "args", "good", "bad"), CASES)
def test_followed_or_not(kind: str, args: dict[str, Any], good: list[str], bad: list[str]) -> None:
    for text in good:
        assert follows(text, kind, args) is True, text
    for text in (*bad, "", " \n"):
        assert follows(text, kind, args) is False, text


@pytest.mark.parametrize(("kind", "args", "good", "bad"), CASES)
@pytest.mark.parametrize(
    "text", ["[" * 300_000, "*" * 300_000, "<<" * 150_000, "\n" * 300_000 + "x", "p." * 150_000, "a " * 150_000]
)
def test_no_text_takes_for_ever(kind: str, args: dict[str, Any], good: list[str], bad: list[str], text: str) -> None:
    assert follows(text, kind, args) in (True, False, None)


def test_latin_letters_do_not_tell_the_language() -> None:
    assert follows("Guten Tag", "language:response_language", {"language": "de"}) is None
    assert follows("你好", "language:response_language", {"language": "de"}) is False


def test_loose_readings() -> None:
    assert list(variants("a\n*b*\nc")) == ["a\n*b*\nc", "a\nb\nc", "*b*\nc", "b\nc", "a\n*b*", "a\nb", "*b*", "b"]
    json = 'Sure:\n{"a": 1}\nDone.'
    assert not follows(json, "detectable_format:json_format")
    assert follows(json, "detectable_format:json_format", loose=True)
    assert not follows("x", "startend:quotation", loose=True)


def test_cells_filled_up_by_tables_are_passed_over() -> None:
    args = {"num_words": 2.0, "relation": LEAST, "keyword": None}
    assert follows("a b", "length_constraints:number_words", args)


@pytest.mark.parametrize(
    ("kind", "args", "told"),
    [
        ("keywords:nothing", {}, "the kind is 'keywords:nothing', expected one of keywords:existence"),
        ("keywords:existence", {}, "keywords = None, expected a list"),
        ("keywords:existence", None, "keywords = None"),
        ("length_constraints:number_words", {"num_words": "3", "relation": LEAST}, "num_words = '3', expected a int"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "at most"}, "less than or at least"),
    ],
)
def test_bad_instructions_are_told(kind: str, args: dict[str, Any] | None, told: str) -> None:
    with pytest.raises(DataError, match=told):
        follows("x", kind, args)


@pytest.mark.parametrize(
    ("text", "num"),
    [
        ("", 0), ("...", 0), ("One", 1), ("One. Two? Three!", 3), ("Wait... what?!", 2), ("It costs 3.50 euros.", 1),
        ("Dr. Smith met J. Doe at 5 p.m. today.", 1), ('He said "Go." She went.', 2), ("你好。世界\uff01", 2),
        ("a.b.c", 1),
    ],
)  # fmt: skip
def test_sentences(text: str, num: int) -> None:
    assert count_sentences(text) == num
