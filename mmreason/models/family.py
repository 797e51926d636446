"""What one family of architectures brings: how prompts are encoded, where the layers are, and how they are run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor, nn

from mmreason.models.attention import Plan
from mmreason.models.detokenise import Detokeniser
from mmreason.models.encoded import Encoded, MediaSpan
from mmreason.models.lean_step import LeanStep
from vision_data.messages import Prompt


class Encoder(Protocol):
    """From prompts to tokens and back. Works without any weights."""

    processor: Any
    """What ``save_pretrained`` writes beside the weights: a processor, or a tokenizer alone."""
    tokenizer: Any
    detokenise: Detokeniser
    forbidden: tuple[int, ...]
    """Tokens that no sampler may draw."""
    max_context: int
    """Tokens that the model's positions reach to."""
    known: OrderedDict[Prompt, Encoded]
    shorter: str
    """What makes a prompt shorter, for errors."""

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode with the generation prompt; equal prompts once."""
        ...

    def turn_end(self, eos: frozenset[int]) -> int:
        """The one of these tokens that ends a turn."""
        ...

    def prepare(self, by: Hashable, prompts: Sequence[Prompt], features: int | None = None) -> None:
        """Begin to read what prompts that will probably be asked next need."""
        ...

    def forget(self) -> None:
        """Know no prompt any more."""
        ...

    def pixels(self, prompt: Prompt, span: MediaSpan, number: int) -> Tensor:
        """Pixels of a span."""
        ...


class Shape(Protocol):
    """What attention kernels ask about the layers."""

    @property
    def head_dim(self) -> int: ...

    @property
    def num_heads(self) -> tuple[int, int]:
        """Of queries and of keys."""
        ...

    @property
    def last(self) -> int | None:
        """The last layer, where it can do with the queries of those tokens only whose states are read."""
        ...


class Body(Protocol):
    """A loaded model, with or without an adapter."""

    base: Any
    """The causal language model itself, no adapter around it."""
    language: Any
    """Its layers."""
    visual: Any
    """Its vision tower, or None."""

    @property
    def alone(self) -> bool:
        """Rows cannot be packed: each is run by itself, whatever the plan says."""
        ...

    @property
    def decoder(self) -> Shape:
        """What attention kernels ask."""
        ...

    @property
    def vocab(self) -> int:
        """V, columns of the head."""
        ...

    def embed(self, ids: Tensor) -> Tensor:
        """What ``states`` takes of [1, T] ids: embeddings [1, T, H], or the ids themselves."""
        ...

    def states(self, embeds: Tensor, positions: Tensor, plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """[T, H] last states, normed, of one packed row; positions [3, T]; [W, H] of ``wanted`` tokens."""
        ...

    def alone_states(self, ids: Tensor, past: Any = None) -> tuple[Tensor, Any]:
        """[T, H] of one row by itself, or of what follows ``past``, and the model's cache behind it, if it has one."""
        ...

    def head(self, states: Tensor) -> Tensor:
        """[..., H] to [..., V] float32."""
        ...

    def bare_head(self) -> nn.Linear | None:
        """The head where it is one matrix product and nothing else, which a fused kernel can compute."""
        ...

    def lean(self, autocast: bool) -> LeanStep | None:
        """A faster decoding step with the weights as they are now, where there is one."""
        ...

    def plain_inputs(self, positions: Tensor) -> Mapping[str, Tensor]:
        """What the model's own forward takes beside ids and pixels for one row; positions [3, T]."""
        ...

    def tower(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """Features [tokens, H] of each medium."""
        ...

    def towers(self) -> dict[str, nn.Module]:
        """Components by the names that ``freeze`` and the start-up report use."""
        ...

    def on(self, core: nn.Module) -> Body:
        """The same for a copy of the model."""
        ...
