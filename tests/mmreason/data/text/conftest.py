"""Completions for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from mmreason.types import Completion


@pytest.fixture
def say() -> Callable[[str], Completion]:
    """A completion with this text."""

    def make(text: str) -> Completion:
        none = torch.zeros(0)
        return Completion(text=text, tokens=none.long(), logprobs=none, wrote=none.bool())

    return make
