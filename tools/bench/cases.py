"""What is measured: one step's prompts and completions, built the same for every side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmreason.models.loading import TINY
from mmreason.models.specs import Lora
from mmreason.types import Task
from vision_data.media import Image
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
    num: int = 8
    tokens: int = 64
    groups: int = 1
    arm: Arm = "full"
    kl: float = 0.0
    """Coefficient of the KL to a frozen reference."""
    model: str = TINY
    lr: float = 1e-6

    def __str__(self) -> str:
        media = f"{self.images} image{'s' * (self.images > 1)} {self.size}x{self.size}" if self.images else "text"
        prompt = media if self.images else f"text, {self.words}-token prompt"
        extra = f", KL {self.kl:g}" if self.kl else ""
        return f"{prompt}, {self.groups} x G {self.num}, {self.tokens} tokens, {self.arm}{extra}"

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
        return (user(*(Image.of(picture) for picture in self.pictures[i]), self.questions[i]),)

    @cached_property
    def ids(self) -> Tensor:
        """[groups, num, tokens] random text tokens."""
        generator = torch.Generator().manual_seed(0)
        return torch.randint(300, 1000, (self.groups, self.num, self.tokens), generator=generator)
