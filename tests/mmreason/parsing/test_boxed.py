from __future__ import annotations

import pytest

from mmreason.parsing.boxed import last_boxed


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"\boxed{A}", "A"),
        (r"\boxed{A} or rather \boxed{B}", "B"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed {7}", "7"),
        (r"\boxed{}", ""),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{1\}", None),
        (r"a { b \boxed{yes}", "yes"),
        (r"} } \boxed{no} } }", "no"),
        (r"\boxed{A} and \boxed{B", "A"),
        (r"\boxed{x \boxed{C} y}", "C"),
        (r"\boxed{x \boxed{C}", "C"),
        (r"\\boxed{line break}", None),
        ("boxed{A}", None),
        (r"\boxed A", None),
        ("", None),
    ],
)
def test_the_last_box_that_closes_counts(text: str, inside: str | None) -> None:
    assert last_boxed(text) == inside


@pytest.mark.parametrize("inner", ["{", r"\boxed{", "}", r"\boxed", "\\", r"\{", " " * 7 + r"\boxed"])
def test_hostile_repetition_is_survived(inner: str) -> None:
    assert last_boxed(inner * 100_000) is None
    assert last_boxed(inner * 10_000 + r" \boxed{A}") == "A"


def test_ten_thousand_braces_deep() -> None:
    deep = "{" * 10_000 + "x" + "}" * 10_000
    assert last_boxed(rf"\boxed{{{deep}}}") == deep
    assert last_boxed(r"\boxed{" * 10_000 + "x" + "}" * 10_000) == "x"
