from __future__ import annotations

import pytest

from mmreason.rewards.puzzles.reading import read_grid, read_pairs, read_words, unfenced


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 4",
        "1,2\n3,4",
        "12\n34",
        "| 1 | 2 |\n| 3 | 4 |",
        "[[1, 2], [3, 4]]",
        "[1 2]\n[3 4]",
        "1 2; 3 4",
        "1 & 2 \\\\ 3 & 4",
        "\n1 2\n\n3 4\n",
    ],
)
def test_grids(text) -> None:
    assert read_grid(text, 2, 2) == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 2 3 4",
        "1 2\n3",
        "1 2\n3 4\n5 6",
        "1 2\n3 x",
        "1 -2\n3 4",
        "1 2\n3 99999",
        "1 2\n3 \u0664",
        "1 2\n3 4.0",
        "nan 1\n1 1",
        "\ud800",
    ],
)
def test_what_is_no_grid(text) -> None:
    assert read_grid(text, 2, 2) is None


@pytest.mark.parametrize("text", ["(1,2), (3, 4)", "(1, 2)\n(3, 4)", "[(1,2),(3,4)]", "[[1, 2], [3, 4]]", "1,2; 3,4"])
def test_pairs(text) -> None:
    assert read_pairs(text) == [(1, 2), (3, 4)]


def test_no_pairs_and_what_is_none() -> None:
    assert read_pairs("None") == []
    for text in ("", "(1,2) or (3,4)", "(1)", "(-1, 2)", "(1,2,3)", "(1.5, 2)", "(1, 2222)"):
        assert read_pairs(text) is None


def test_words_and_fences() -> None:
    assert read_words("Yes, no and YES.") == ["yes", "no", "yes"]
    assert read_words("[a;b\nc]") == ["a", "b", "c"]
    assert unfenced("```python\n1 + 2\n```") == "1 + 2"
    assert unfenced("x ```1```") == "x ```1```"
