from __future__ import annotations

import pytest

from mmreason.parsing.answers import final_answer, normalise_answer, parse_choice, parse_integer, parse_yes_no


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"The answer is no. \boxed{Yes}", "Yes"),
        ("The answer is B.", "B."),
        ("the final answer is: 7", "7"),
        ("The correct answer is A. The answer is C", "C"),
        ("So the answer should be 12\nbecause I counted.", "12"),
        ("THE ANSWER IS no. I am sure.", "no"),
        ("I think yes", "I think yes"),
        ("the answer is", ""),
        (r"\boxed{A", r"\boxed{A"),
        ("", ""),
    ],
)
def test_box_then_phrase_then_all(text: str, answer: str) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("answer", "normal"),
    [(" Yes. ", "yes"), ("1 2", "12"), ("A", "a"), ("..", "."), ("", ""), ("\tNo\u3000\n.", "no"), ("3.5", "3.5")],
)
def test_normalising(answer: str, normal: str) -> None:
    assert normalise_answer(answer) == normal


def test_yes_and_no_are_exact() -> None:
    assert parse_yes_no("yes") is True
    assert parse_yes_no("no") is False
    assert [parse_yes_no(a) for a in ("", "y", "yesno", "true", "1", "yes!")] == [None] * 6


def test_letters_are_exact() -> None:
    assert [parse_choice(a) for a in "abcd"] == [0, 1, 2, 3]
    assert [parse_choice(a) for a in ("", "e", "ab", "0", "1", "abcd", "(a)", "A")] == [None] * 8
    assert parse_choice("e", letters="abcde") == 4


def test_integers_are_exact() -> None:
    assert [parse_integer(a) for a in ("0", "12", "-3", "+4", "007")] == [0, 12, -3, 4, 7]
    wrong = (
        "",
        "3.0",
        "1_000",
        "1,000",
        "three",
        "3stops",
        "\u0663",
        "\u00b2",
        "0x1",
        "1e3",
        "--1",
        "9" * 19,
        "9" * 10_000,
    )
    assert [parse_integer(a) for a in wrong] == [None] * len(wrong)


def test_hostile_repetition_is_survived() -> None:
    assert final_answer("the answer is " * 50_000 + "B") == "B"
    assert len(normalise_answer("x" * 1_000_000)) == 1_000_000
