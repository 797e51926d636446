from __future__ import annotations

import json

import pytest

from mmreason.rewards.puzzles.deduction import cell_accuracy, names_of, verify_knights, verify_yes_no, verify_zebra

GOLD = {"House 1": {"Ages": "10", "Names": "Ann"}, "House 2": {"Ages": "20", "Names": "Bob"}}
OTHER = {"House 1": {"Ages": "20", "Names": "Bob"}, "House 2": {"Ages": "10", "Names": "Zed"}}


def test_worked_numbers() -> None:
    assert cell_accuracy(OTHER, GOLD) == 0.75
    assert verify_knights("Al is a knave, Bo is a knight", {"roles": {"Al": "knave", "Bo": "knight"}})


def test_a_right_row_under_every_label_counts_once() -> None:
    assert cell_accuracy(dict.fromkeys(GOLD, GOLD["House 1"]), GOLD) == 0.5


@pytest.mark.parametrize(
    "said", [None, [], {}, {"House 3": GOLD["House 1"]}, {"House 1": "10"}, {"House 1": {"Ages": None}}]
)
def test_what_is_no_grid_is_worth_nothing(said) -> None:
    assert cell_accuracy(said, GOLD) == 0.0


def test_numbers_may_be_numbers_and_labels_may_count() -> None:
    said = {"House 1": {"Ages": 10, "Names": "ann "}, "House 2": {"Ages": 20, "Names": "Bob"}}
    assert cell_accuracy(said, GOLD) == cell_accuracy(said, GOLD, by_first=False) == 1.0
    assert cell_accuracy(OTHER, GOLD, by_first=False) == 0.0


def test_zebra() -> None:
    record = {"solution": GOLD}
    assert verify_zebra(json.dumps(GOLD), record)
    assert verify_zebra("```json\n" + json.dumps({"reasoning": "", "solution": GOLD}) + "\n```", record)
    assert not verify_zebra(json.dumps(OTHER), record)
    assert not verify_zebra(json.dumps({"House 1": GOLD["House 1"]}), record)
    assert not verify_zebra("", record)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("al is a knave and bo is a knight.", True),
        ("Bo is a knight\nAl is a knave", True),
        ("Al is a knave", False),
        ("Al is a knight, Bo is a knave", False),
        ("Al is a knave, Bo is a knight, not a knave", False),
        ("Al is a knave, Bo is a knight, Al is a knight", False),
        ("Al is a knave or knight, Bo is a knight", False),
        ("knave, knight", False),
        ("", False),
    ],
)
def test_knights(answer, right) -> None:
    assert verify_knights(answer, {"roles": {"Al": "knave", "Bo": "knight"}}) is right


def test_yes_and_no() -> None:
    record = {"replies": ["yes", "no"]}
    assert verify_yes_no("**Yes, no**", record)
    assert not any(verify_yes_no(text, record) for text in ("no, yes", "yes", "yes no yes", "yes or no", ""))
    assert names_of(["Al", "Bo", "Cy"]) == "Al, Bo and Cy"
