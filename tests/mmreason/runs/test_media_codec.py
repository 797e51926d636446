"""Frame selectors in buffers: what holds other selectors comes back as it was."""

from __future__ import annotations

import pytest

from mmreason.errors import DataError
from mmreason.runs.media_codec import selector, selector_fields
from vision_data.frames import (
    Budget,
    Chain,
    FarthestPoint,
    Fps,
    FrameSelector,
    SceneChange,
    Sharpest,
    TimeRange,
    Uniform,
    Union,
)


@pytest.mark.parametrize(
    "made",
    [
        Uniform(4),
        Fps(2.0),
        Chain((TimeRange(1.0, 2.0), Sharpest(3))),
        Union((SceneChange(4), Uniform(4)), 6, "order", gap=0.5),
        Budget(Chain((TimeRange(0.0, 9.0), FarthestPoint(8))), 4),
    ],
    ids=lambda made: type(made).__name__,
)
def test_selectors_come_back(made: FrameSelector) -> None:
    assert selector(type(made).__name__, selector_fields(made)) == made


def average(frames: object) -> object:
    return frames


def test_a_function_cannot_be_written() -> None:
    with pytest.raises(DataError, match="embed cannot be written to a buffer: it is a function, expected a number"):
        selector_fields(FarthestPoint(4, embed=average))
