from __future__ import annotations

import pytest

from mmreason.parsing.segments import read_segments


@pytest.mark.parametrize(
    "said",
    [
        "6 to 18", "from 6.0 s to 18 seconds", "[6, 18]", "(6.0, 18.0)", "6s - 18s", "6\u201318", "00:06 - 00:18",
        "0:00:06 to 0:00:18", "[[6, 18]]",
        '{"start_time": "6", "end_time": "18.0"}', '```json\n{"start": 6, "end": 18}\n```',
        "between 6 and 18 seconds.",
        '{"start_time": "00:06", "end_time": "00:18"}',
    ],
)  # fmt: skip
def test_one_stretch(said: str) -> None:
    assert read_segments(said) == [(6.0, 18.0)]


def test_others() -> None:
    assert read_segments("18 to 6") == [(18.0, 6.0)]
    assert read_segments("1 to 2 and 3 to 4") == [(1.0, 2.0), (3.0, 4.0)]
    assert read_segments("[[1, 2], [3, 4]]") == [(1.0, 2.0), (3.0, 4.0)]
    for said in ("", "6", "at 6", "NaN to 3", '{"start_time": 1}', "x" * 1_000_000, "1 " * 9_000, "[" * 10_000):
        assert read_segments(said) == [], said[:20]
