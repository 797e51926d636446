"""What is measured: one step's prompts and completions, built the same for every side."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmreason.models.loading import TINY
from mmreason.models.specs import Lora
from mmreason.types import Task
from vision_data.frames.uniform import Uniform
from vision_data.media import Image, Video
from vision_data.messages import Prompt, user

Arm = Literal["full", "frozen", "lora"]
ARMS: dict[str, dict[str, Any]] = {"full": {}, "frozen": {"freeze": ("vision",)}, "lora": {"lora": Lora()}}
"""What learns: everything; everything but the vision tower; an adapter on the language model."""


@dataclass(frozen=True)
class Case:
    """``groups`` prompts with ``num`` completions of ``tokens`` random tokens each."""

    images: int = 1
    """Square pictures in each prompt."""
    size: int = 448
    """Pixels a side."""
    words: int = 16
    """Tokens of text in each prompt, about."""
    frames: int = 0
    """Frames of a video, instead of pictures."""
    layers: int = 0
    """Layers of decoder and tower in a model of mmreason-tiny's other sizes, with random weights; 0 takes its own."""
    num: int = 8
    tokens: int = 64
    groups: int = 1
    arm: Arm = "full"
    kl: float = 0.0
    """Coefficient of the KL to a frozen reference."""
    model: str = TINY
    lr: float = 1e-6

    def __str__(self) -> str:
        kind = f"{self.images} image{'s' * (self.images > 1)}" if self.images else f"{self.frames}-frame video"
        prompt = f"{kind} {self.size}x{self.size}" if self.media else f"text, {self.words}-token prompt"
        extra = f", KL {self.kl:g}" if self.kl else ""
        return f"{prompt}, {self.groups} x G {self.num}, {self.tokens} tokens, {self.arm}{extra}"

    @property
    def media(self) -> bool:
        """Say whether the prompts show anything."""
        return bool(self.images or self.frames)

    @cached_property
    def checkpoint(self) -> str:
        """The model, or one like it with other layers."""
        return deeper(self.model, self.layers) if self.layers else self.model

    @cached_property
    def pictures(self) -> list[list[np.ndarray[Any, Any]]]:
        """Random pixels, [size, size, 3] uint8, for each prompt."""
        rng = np.random.default_rng(0)
        return [
            [rng.integers(0, 256, (self.size, self.size, 3), dtype=np.uint8) for _ in range(self.images)]
            for _ in range(self.groups)
        ]

    @cached_property
    def questions(self) -> list[str]:
        """The text of each prompt."""
        return [f"question {i}:" + " stop" * max(self.words - 12, 1) for i in range(self.groups)]

    @cached_property
    def tasks(self) -> list[Task]:
        """The prompts as our records."""
        return [Task(id=str(i), prompt=self.prompt(i), answer="0") for i in range(self.groups)]

    def prompt(self, i: int) -> Prompt:
        """Pictures first, then the text."""
        shown: list[Any] = [Image.of(picture) for picture in self.pictures[i]]
        if self.frames:
            shown.append(Video(movie(self.size, i), frames=Uniform(self.frames), max_pixels=self.size**2))
        return (user(*shown, self.questions[i]),)

    @cached_property
    def ids(self) -> Tensor:
        """[groups, num, tokens] random text tokens."""
        generator = torch.Generator().manual_seed(0)
        return torch.randint(300, 1000, (self.groups, self.num, self.tokens), generator=generator)


@cache
def movie(size: int, number: int) -> str:
    """A film of two seconds, drawn once a process."""
    from tools.bench.video import film

    return str(film(Path(tempfile.mkdtemp()) / f"{number}.mp4", size, size, 2, seed=number))


@cache
def deeper(model: str, layers: int) -> str:
    """A checkpoint with so many layers in decoder and tower, random weights, and everything else of ``model``."""
    from transformers import AutoModelForImageTextToText

    from mmreason.models.loading import load_config, load_processor

    config, folder = load_config(model), tempfile.mkdtemp()
    config.text_config.num_hidden_layers = config.vision_config.depth = layers
    config.text_config.layer_types = ["full_attention"] * layers
    config.vision_config.fullatt_block_indexes = list(range(layers))
    torch.manual_seed(0)
    AutoModelForImageTextToText.from_config(config).save_pretrained(folder)
    load_processor(model).save_pretrained(folder)
    return folder
