"""Films: steps that read them ahead against steps that wait for them, and our reader against that of qwen-vl-utils."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from mmreason import engine
from mmreason.asks import POLICY
from mmreason.data.records import BadRecord
from mmreason.data.sources import InOrder
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.models.loading import TINY, load_processor
from mmreason.models.media import MediaReader
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import CompletionReward, Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Completion, Task
from tools.bench.films import film
from tools.bench.measure import Result, compare
from vision_data.frames import Uniform
from vision_data.media import Video
from vision_data.messages import user


@dataclass(frozen=True)
class Steps:
    """``clips`` films, a few in each step, each film once."""

    clips: int = 24
    width: int = 640
    height: int = 360
    seconds: int = 4
    frames: int = 8
    max_pixels: int = 112 * 196
    """Of a frame that the model sees."""
    groups: int = 4
    """Films in a step."""
    num: int = 4
    tokens: int = 32
    workers: int = 2
    model: str = TINY

    def __str__(self) -> str:
        film = f"{self.width}x{self.height}, {self.seconds} s, {self.frames} frames"
        return f"steps: {self.clips} films {film}, {self.groups} x G {self.num}"


@dataclass(frozen=True)
class Reading:
    """One long film from the file to the pixels that the model takes."""

    width: int = 1280
    height: int = 720
    seconds: int = 120
    frames: int = 64
    min_pixels: int = 128 * 28 * 28
    max_pixels: int = 768 * 28 * 28
    codec: str = "mpeg4"
    """Of the film: ``mpeg4``, whole frames often; or ``libx264``, up to 250 frames from one whole frame to the next."""
    model: str = TINY

    def __str__(self) -> str:
        return f"reading: {self.frames} frames of {self.width}x{self.height}, {self.seconds} s, {self.codec}"


READING = (Reading(), Reading(codec="libx264"))
CASES: dict[str | None, tuple[Steps | Reading, ...]] = {
    "qwen_vl_utils": READING,
    "waiting": (Steps(),),
    None: (Steps(), *READING),
}
"""By the other side; waiting are steps that read nothing ahead."""


def video(case: Steps | Reading, rounds: int) -> Result:
    """Measure one case.

    Raises:
        Disagree: the two sides differ in a weight, a log line or a pixel.
    """
    with TemporaryDirectory() as folder:
        return steps(case, rounds, Path(folder)) if isinstance(case, Steps) else reading(case, rounds, Path(folder))


@dataclass(frozen=True)
class Films:
    """A question about each film."""

    folder: str
    case: Steps

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Write the films."""
        case, out = self.case, []
        for i in range(case.clips):
            path = film(Path(self.folder) / f"{i}.mp4", case.width, case.height, case.seconds, seed=i)
            shown = Video(str(path), Uniform(case.frames), min_pixels=28 * 28, max_pixels=case.max_pixels)
            out.append(Task(id=f"film{i}", prompt=(user(shown, "How many balls?"),)))
        return out, []


@dataclass(frozen=True)
class Odd(CompletionReward):
    """1 where the sum of the tokens is odd. Not from a paper."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Differs between completions, so that there is something to learn."""
        return float(completion.tokens.sum() % 2)


class Side:
    """One way to run the steps; every run starts with the same weights and knows no film."""

    def __init__(self, case: Steps, tasks: InOrder, workers: int) -> None:
        torch.manual_seed(0)
        self.run = Run(models={})
        self.model = Policy(model=case.model, optim=AdamW(lr=1e-4), workers=workers).open(self.run)
        self.start = {name: value.clone() for name, value in self.model.core.state_dict().items()}
        num = case.clips // case.groups
        self.stage = Stage(
            name="films", tasks=tasks, rollout=Sample(num=case.num, limit=case.tokens), steps=num, groups=case.groups,
            rewards=(Term("odd", Odd()),), losses=(ClippedSurrogate(),),
        )  # fmt: skip
        self.sources = {tasks: self.run.source(tasks)}

    def __call__(self) -> tuple[Tensor, dict[str, list[float]]]:
        """Train; give the weights as one vector and what was logged."""
        self.model.core.load_state_dict(self.start)
        self.model.learns_with(AdamW(lr=1e-4))
        self.model.steps = 0
        self.model.runner.encoder.forget()
        run = Run(models={POLICY: self.model}, sources=self.sources, ledger=self.run.ledger)
        engine.train(Recipe(name="films", stages=(self.stage,)), run)
        return torch.cat([p.detach().flatten() for p in self.model.core.parameters()]), run.history

    def counters(self) -> dict[str, float]:
        """Milliseconds that a step stood still for films, and how many were read, in one run."""
        before = self.run.ledger.snapshot()
        self()
        spent = self.run.ledger.since(before)
        stall = 1000 * spent["seconds/stall"] / self.stage.steps
        return {"stall ms a step": stall, "films read": spent["media_decoded"], "steps": self.stage.steps}


def steps(case: Steps, rounds: int, folder: Path) -> Result:
    """Steps with workers against steps without; the first batch is among them."""
    tasks = InOrder(Films(str(folder), case))
    ahead, inline = Side(case, tasks, case.workers), Side(case, tasks, 0)

    def apart() -> dict[str, float]:
        (ours, log), (theirs, other) = ahead(), inline()
        return {"weights": float((ours - theirs).abs().max()), "log lines": float(log != other)}

    counters = {f"{case.workers} workers": ahead.counters(), "no workers": inline.counters()}
    limits = {"weights": 0.0, "log lines": 0.0}
    return compare(str(case), ahead, ("no workers", inline), apart, limits, rounds, counters)


def reading(case: Reading, rounds: int, folder: Path) -> Result:
    """Our reader against qwen-vl-utils and the checkpoint's own video processor."""
    path = str(film(folder / "long.mp4", case.width, case.height, case.seconds, codec=case.codec))
    processor = load_processor(case.model)
    reader = MediaReader(processor, int(processor.video_processor.merge_size))
    asked = Video(path, Uniform(case.frames), min_pixels=case.min_pixels, max_pixels=case.max_pixels)

    def ours() -> Tensor:
        return reader(asked)[1]

    theirs = qwen_utils(case, path, processor.video_processor)

    def apart() -> dict[str, float]:
        a, b = ours(), theirs()
        return {"pixels": float((a - b).abs().max()) if a.shape == b.shape else float("inf")}

    return compare(str(case), ours, ("qwen-vl-utils", theirs), apart, {"pixels": 0.0}, rounds)


def qwen_utils(case: Reading, path: str, processor: Any) -> Callable[[], Tensor]:
    """The same frames by qwen-vl-utils, its decord reader, and the processor of transformers."""
    os.environ["FORCE_QWENVL_VIDEO_READER"] = "decord"
    from qwen_vl_utils.vision_process import fetch_video, get_video_reader_backend

    get_video_reader_backend.cache_clear()
    asked = {"video": path, "nframes": case.frames, "min_pixels": case.min_pixels, "max_pixels": case.max_pixels}
    settings: dict[str, Any] = {"do_resize": False, "do_sample_frames": False}
    if hasattr(processor, "cap_pixels_per_frame"):
        settings["cap_pixels_per_frame"] = True

    def run() -> Tensor:
        frames = fetch_video(dict(asked))
        pixels: Tensor = processor(videos=[frames], return_tensors="pt", **settings)["pixel_values_videos"]
        return pixels

    return run
