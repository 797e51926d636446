"""Pictures and videos that tests can read back: frame number and position are in the pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import settings

# The same examples in every run, and no limit of time on machines that are busy.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

BITS, BAR = 8, 16


def numbered_frame(number: int, height: int = 64, width: int = BITS * BAR) -> np.ndarray:
    """Draw ``number`` in binary as upright bars, lowest bit first; black is 0, white is 1."""
    frame = np.zeros((height, width, 3), np.uint8)
    for bit in range(BITS):
        frame[:, bit * BAR : (bit + 1) * BAR] = 255 * (number >> bit & 1)
    return frame


def number_in(frame: np.ndarray) -> int:
    """Read a number drawn by ``numbered_frame``, at any size."""
    bar = frame.shape[1] / BITS
    middle = frame[frame.shape[0] // 2]
    return sum(1 << bit for bit in range(BITS) if middle[int((bit + 0.5) * bar)].mean() > 127)


@pytest.fixture
def read_number() -> Callable[[np.ndarray], int]:
    return number_in


@pytest.fixture(scope="session")
def qwen_vision() -> ModuleType:
    """The reference for sizes and frame counts."""
    return pytest.importorskip("qwen_vl_utils.vision_process")


@pytest.fixture(scope="session")
def video_40(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 numbered frames at 10 per second, 128 by 64 pixels."""
    cv2 = pytest.importorskip("cv2")
    path = tmp_path_factory.mktemp("video") / "numbers.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (BITS * BAR, 64))
    for number in range(40):
        writer.write(numbered_frame(number))
    writer.release()
    return path


@pytest.fixture
def frame_files(tmp_path: Path) -> tuple[str, ...]:
    """Six numbered frames as PNG files."""
    import PIL.Image

    paths = [tmp_path / f"frame_{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        PIL.Image.fromarray(numbered_frame(number)).save(path)
    return tuple(str(path) for path in paths)
