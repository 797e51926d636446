"""The weights' side of a text model whose layers our own forward runs: where layers and head are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmreason.models.attention import Plan
from mmreason.models.decoder import Decoder
from mmreason.models.lean_step import LeanStep


def without_adapter(core: Any) -> Any:
    """The model that peft has wrapped, or the model itself."""
    return core.get_base_model() if hasattr(core, "get_base_model") else core


class TextBody:
    """A loaded model, with or without an adapter."""

    visual: Any = None
    alone = False

    def __init__(self, core: Any) -> None:
        self.base = without_adapter(core)
        self.language = self.layers()
        self.decoder = Decoder(self.language)

    def layers(self) -> Any:
        """The module of the layers."""
        return self.base.model

    @property
    def vocab(self) -> int:
        """V, columns of the head."""
        return int(self.base.lm_head.weight.shape[0])

    def embed(self, ids: Tensor) -> Tensor:
        """[1, T] ids to [1, T, H]."""
        return self.language.embed_tokens(ids)  # type: ignore[no-any-return]

    def states(self, embeds: Tensor, positions: Tensor, plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """[T, H] last states, normed, of one packed row [1, T, H]; positions [3, T]; ``wanted`` as in ``Decoder``."""
        return self.decoder.states(embeds[0], positions, plan, wanted)

    def alone_states(self, ids: Tensor, past: Any = None) -> tuple[Tensor, Any]:
        """Refuse: its rows are packed."""
        raise TypeError("rows of this model are never run alone")

    def head(self, states: Tensor) -> Tensor:
        """[..., H] to [..., V] float32."""
        return self.base.lm_head(states).float()  # type: ignore[no-any-return]

    def bare_head(self) -> nn.Linear | None:
        """The head, unless it has an adapter or a bias, or is sharded."""
        head = self.base.lm_head
        return head if type(head) is nn.Linear and head.bias is None and head.weight.ndim == 2 else None

    def lean(self, autocast: bool) -> LeanStep | None:
        """The decoding step of small models."""
        return LeanStep.of(self, autocast)

    def plain_inputs(self, positions: Tensor) -> Mapping[str, Tensor]:
        """Nothing: the model counts positions itself."""
        return {}

    def tower(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """Refuse: there is none."""
        raise TypeError("a text model has no vision tower")

    def towers(self) -> dict[str, nn.Module]:
        """Components by the names that ``freeze`` and the start-up report use."""
        return {"language": self.language, "head": self.base.lm_head}

    def on(self, core: nn.Module) -> TextBody:
        """The same for a copy of the model."""
        return type(self)(core)
