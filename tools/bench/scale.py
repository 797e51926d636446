"""How the cost of our steps grows: with the group, the prompt, the completions, frames, groups and the model."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.bench.cases import Case
from tools.bench.measure import clock
from tools.bench.ours import Ours

AXES: dict[str, tuple[Case, str, tuple[int, ...]]] = {
    "completions of a group (G)": (Case(), "num", (4, 8, 16, 32)),
    "whole step: completions of a group (G)": (Case(), "num", (4, 8, 16, 32)),
    "tokens of a completion": (Case(size=224), "tokens", (32, 64, 128, 256)),
    "tokens of a text prompt": (Case(images=0), "words", (64, 256, 512, 1024)),
    "images of a prompt": (Case(size=224), "images", (1, 2, 4, 8)),
    "frames of a video": (Case(images=0, size=224), "frames", (4, 8, 16, 32)),
    "groups of a step": (Case(size=224), "groups", (1, 2, 4, 8)),
    "layers of the model": (Case(size=224), "layers", (1, 2, 4, 8)),
}


@dataclass(frozen=True)
class Growth:
    """Seconds of a learning phase at several sizes of one thing, and the line through them."""

    of: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    """Medians; of the learning phase, or of whole steps on media never seen."""
    start_s: float
    """Where the line begins: what one step costs whatever the size."""
    slope_s: float
    """Seconds that one more costs."""
    r2: float
    """Share of the variance that the line explains; far below 1 is growth that is not linear."""
    tokens: tuple[int, ...]
    """Language-model tokens of a step at each size."""

    def __str__(self) -> str:
        points = "  ".join(f"{n}: {s:.3f}s" for n, s in zip(self.sizes, self.seconds, strict=True))
        last = self.seconds[-1] / self.seconds[1]
        line = f"{self.start_s * 1e3:.0f} ms + {self.slope_s * 1e3:.2f} ms each (R2 {self.r2:.3f})"
        return f"{self.of:38} {points}   {line}; {self.sizes[-1]} costs {last:.2f}x {self.sizes[1]}"


def scale(rounds: int, axes: Sequence[str] = ()) -> list[Growth]:
    """Measure every axis, or those whose names begin with one of ``axes``; sizes in turns, so that all see one machine.

    Raises:
        KeyError: there is no such axis.
    """
    chosen = [name for name in AXES if not axes or any(name.startswith(word) for word in axes)]
    if not chosen:
        raise KeyError(f"no axis begins with {', '.join(axes)}; there are: {', '.join(AXES)}")
    return [grow(name, rounds) for name in chosen]


def grow(name: str, rounds: int) -> Growth:
    """Measure one axis."""
    base, field, sizes = AXES[name]
    sides = [Ours(replace(base, **{field: size})) for size in sizes]
    whole = name.startswith("whole step")
    for side in sides:
        (side.sample if whole else side.replay)()
    runs = [side.fresh_step if whole else side.step for side in sides]
    times = [[clock(run) for run in runs] for _ in range(rounds + 1)][1:]
    seconds = tuple(statistics.median(column) for column in zip(*times, strict=True))
    slope, start = np.polyfit(sizes, seconds, 1)
    left = np.array(seconds) - (start + slope * np.array(sizes))
    r2 = 1 - float((left**2).sum() / ((np.array(seconds) - np.mean(seconds)) ** 2).sum())
    tokens = tuple(int(side.counted(side.step)["tokens"]) for side in sides)
    return Growth(name, sizes, seconds, float(start), float(slope), r2, tokens)


@dataclass(frozen=True)
class PerToken:
    """Seconds of a whole step per logical token (each completion with a prompt of its own)."""

    video_s: float
    """Eight frames of 224x224: as many tokens as the picture."""
    image_s: float
    """One picture of 448x448."""
    ratio: float
    """Median over the rounds of video / image."""
    spread: tuple[float, float]

    def __str__(self) -> str:
        of = f"video {self.video_s * 1e6:.0f} us, image {self.image_s * 1e6:.0f} us"
        return f"a logical token of a whole step: {of}: {self.ratio:.2f}x ({self.spread[0]:.2f}-{self.spread[1]:.2f})"


def per_token(rounds: int) -> PerToken:
    """Measure a step on an eight-frame video against one on a picture."""
    sides = [Ours(Case(images=0, frames=8, size=224)), Ours(Case())]
    for side in sides:
        side.sample()
    tokens = [side.logical(side.fresh_step) for side in sides]
    times = [[clock(side.fresh_step) / n for side, n in zip(sides, tokens, strict=True)] for _ in range(rounds + 1)][1:]
    ratios = [video / image for video, image in times]
    middle = [statistics.median(column) for column in zip(*times, strict=True)]
    return PerToken(middle[0], middle[1], statistics.median(ratios), (min(ratios), max(ratios)))
