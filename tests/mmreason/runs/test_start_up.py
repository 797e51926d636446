from __future__ import annotations

import pytest

from mmreason.runs.start_up import short


@pytest.mark.parametrize(
    ("num", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (4_227_072, "4.23M"),
        (7_615_616_512, "7.62B"),
        (999_400, "999k"),
        (999_999, "1M"),
    ],
)
def test_counts_are_short(num: int, text: str) -> None:
    assert short(num) == text
