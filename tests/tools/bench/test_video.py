"""Reading is compared with qwen-vl-utils only where both give the same pixels; memory does not grow."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tools.bench import __main__ as command
from tools.bench import video as bench
from tools.bench.measure import Disagree
from tools.bench.video import CASES, Reading, Steps, video
from tools.bench.video_memory import grown

pytest.importorskip("av")
SMALL = {"width": 160, "height": 96, "seconds": 3, "frames": 6, "max_pixels": 28 * 28 * 12, "min_pixels": 28 * 28}


@pytest.fixture(autouse=True)
def peer() -> None:
    pytest.importorskip("qwen_vl_utils")
    pytest.importorskip("decord")


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_both_sides_give_the_same_pixels(codec: str) -> None:
    result = video(Reading(codec=codec, **SMALL), rounds=1)
    assert result.agree == {"pixels": 0.0}
    assert result.peer == "qwen-vl-utils"
    assert codec in result.case


def test_no_ratio_for_pixels_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = bench.qwen_utils

    def other(case: Reading, path: str, processor: object) -> object:
        run = theirs(case, path, processor)
        return lambda: run() + 0.01

    monkeypatch.setattr(bench, "qwen_utils", other)
    with pytest.raises(Disagree, match="pixels"):
        video(Reading(**SMALL), rounds=1)


def test_the_other_side_is_chosen_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert all(isinstance(case, Reading) for case in CASES["qwen_vl_utils"])
    assert any(isinstance(case, Steps) for case in CASES[None])
    monkeypatch.setitem(CASES, "qwen_vl_utils", (Reading(**SMALL),))
    threads = ("--threads", str(torch.get_num_threads()))  # those of the other tests
    written = tmp_path / "video.json"
    assert command.main(["video", "--against", "qwen_vl_utils", "--rounds", "1", *threads, "--json", str(written)]) == 0
    assert "6 frames of 160x96" in capsys.readouterr().out
    assert '"peer": "qwen-vl-utils"' in written.read_text()


@pytest.mark.parametrize("num", [48, pytest.param(2000, marks=pytest.mark.slow)])
def test_memory_does_not_grow_with_the_videos_read(num: int) -> None:
    growth = grown(num)
    assert growth.videos == num
    assert growth.most - growth.first < 48_000_000
