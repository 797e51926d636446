"""The decoder's lean forward against the library's, and what it refuses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import Qwen2Config, Qwen2Model, Qwen3Config, Qwen3Model

from mmreason.errors import RecipeError
from mmreason.models.decoder import Decoder
from mmreason.models.loading import TINY, load_model
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block

SIZES = {
    "vocab_size": 50, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128,
}  # fmt: skip


def lone(num: int) -> list[Block]:
    """A prompt without rows."""
    return [Block(0, num, (), torch.zeros(0, 0).long(), torch.zeros(0, 0).bool())]


def random(model: Any) -> Any:
    """Weights that are not all near zero, biases and norms included."""
    torch.manual_seed(0)
    for p in model.parameters():
        torch.nn.init.normal_(p, 0.5 if p.ndim == 1 else 0.0, 0.3)
    return model.eval()


@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "qwen2.5-vl"])
def test_states_are_the_librarys(kind: str) -> None:
    made = {
        "qwen2": lambda: Qwen2Model(Qwen2Config(**SIZES)),
        "qwen3": lambda: Qwen3Model(Qwen3Config(**SIZES, head_dim=16)),
        "qwen2.5-vl": lambda: load_model(TINY).model.language_model,
    }
    model = random(made[kind]()) if kind != "qwen2.5-vl" else made[kind]().eval()
    embeds = torch.randn(1, 11, model.config.hidden_size, generator=torch.Generator().manual_seed(1))
    wide = 3 if kind == "qwen2.5-vl" else 1
    positions = torch.stack([torch.arange(11) * (n + 1) for n in range(wide)])
    given: Tensor = positions[:, None] if wide == 3 else positions
    with torch.no_grad():
        wanted = model(inputs_embeds=embeds, position_ids=given, use_cache=False).last_hidden_state[0]
        found = Decoder(model).states(embeds[0], positions, PackedPlan(lone(11)))
    assert torch.allclose(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("tails", [True, False])
def test_wanted_states_are_those_of_all(tails: bool) -> None:
    decoder = Decoder(load_model(TINY).model.language_model)
    embeds, positions = torch.randn(9, 256), torch.arange(9).expand(3, -1)
    with torch.no_grad():
        every = decoder.states(embeds, positions, PackedPlan(lone(9)))
        plan = PackedPlan(lone(9), tails=decoder.last if tails else None)
        some = decoder.states(embeds, positions, plan, torch.tensor([8]))
    assert torch.allclose(some, every[8:], atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sliding_window": 64}, "sliding-window attention"),
        ({"attention_dropout": 0.1}, "attention_dropout"),
        ({"rope_type": "dynamic"}, "rotary embedding of type 'dynamic'"),
    ],
)
def test_other_kinds_of_attention_are_refused(change: dict[str, Any], message: str) -> None:
    part = SimpleNamespace(head_dim=8, sliding_window=None, attention_dropout=0.0)
    for name, value in change.items():
        setattr(part, name, value)
    rope = SimpleNamespace(rope_type=change.get("rope_type", "default"))
    language = SimpleNamespace(layers=[SimpleNamespace(self_attn=part)], rotary_emb=rope)
    with pytest.raises(RecipeError, match=message):
        Decoder(language)
