from __future__ import annotations

import json
from pathlib import Path

from vision_data.formats import Rejected, read
from vision_data.formats.summary import Summary

DATA = Path(__file__).parents[2] / "data"


def test_counts_of_a_sample() -> None:
    found = Summary()
    for record in read(DATA / "video-r1/video_r1.json"):
        found.add(record)
    found.add(Rejected("x.json:9", "x.json:9: no"))
    report = found.report()
    assert report["good"] == 3
    assert report["bad"] == [{"where": "x.json:9", "reason": "x.json:9: no"}]
    assert report["types"] == {"multiple choice": 2, "numerical": 1}
    assert report["answer_types"] == {"choice": 1, "number": 1, "set": 1}
    assert report["common_answers"] == {"2": 1, "A": 1, "A,C": 1}
    assert report["options"] == {"0": 1, "2": 1, "3": 1}
    assert report["media"] == {"1 video": 2, "1 image": 1}
    assert report["numbers"] == [2.0, 2.0]
    assert json.dumps(report)


def test_nothing_read_is_no_error() -> None:
    assert Summary().report()["numbers"] is None
