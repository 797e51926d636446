"""Any causal language model of transformers, through its own forward.

Where the model attends through the library's ``AttentionInterface``, rows are packed: the interface hands our plan the
queries, keys and values of a packed row, or of one token of each row while sampling. What the plans do not know
(windows, soft caps, sinks, recurrent layers, positions that the model counts itself) rules packing out, by the
configuration, by what the interface is given, or by a trial that compares packed with single rows on loading. Such
models run one row per forward: right, but slower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.errors import RecipeError
from mmreason.models.attention import Plan
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block
from mmreason.models.text_body import without_adapter

PACKED = "mmreason_packed"
"""Name of our function in the library's table of attention functions."""
LINEARS = "all-linear"
"""LoRA targets, in peft's words: every linear layer but the head."""
HARMLESS = {"is_causal", "position_ids", "cache_position", "use_cache", "output_attentions", "output_hidden_states",
            "return_dict", "layer_idx", "position_embeddings"}  # fmt: skip
"""Arguments of an attention function that say nothing about which keys count and how much."""


DROPOUTS = ("attention_dropout", "attn_dropout", "dropout", "hidden_dropout", "activation_dropout", "layerdrop")
"""What modules call a probability that they hand to a function."""


class UnpackableError(Exception):
    """Why a model's attention cannot be that of a packed row."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model can be run."""

    why_alone: str = ""
    """What keeps its rows from being packed; empty where they are."""
    caches: bool = False
    """Its own cache goes on right, for sampling row by row."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What attention kernels ask about the layers."""

    head_dim: int
    num_heads: tuple[int, int]
    last: int | None = None


class GenericBody:
    """A loaded model, with or without an adapter, run through its own forward."""

    visual: Any = None

    def __init__(self, core: Any, verdict: Verdict | None = None) -> None:
        self.base = without_adapter(core)
        self.language = self.base.base_model
        self.output: Any = self.base.get_output_embeddings()
        if self.language is self.base or self.output is None:
            raise RecipeError(f"a {self.base.config.model_type!r} model has no layers with a head on top that we know")
        config = self.base.config.get_text_config()
        heads = int(getattr(config, "num_attention_heads", 1))
        dim = getattr(config, "head_dim", None) or config.hidden_size // heads
        self.decoder = Shape(int(dim), (heads, int(getattr(config, "num_key_value_heads", None) or heads)))
        self.cap, self.factor = float(getattr(config, "final_logit_softcapping", None) or 0.0), factor_of(config)
        if verdict is None:
            from mmreason.models.trial import judge  # the trial runs a body

            verdict = judge(self)
        self.verdict = verdict

    @property
    def alone(self) -> bool:
        """Rows cannot be packed."""
        return bool(self.verdict.why_alone)

    @property
    def vocab(self) -> int:
        """V, columns of the head."""
        return int(self.output.weight.shape[0])

    def embed(self, ids: Tensor) -> Tensor:
        """The ids [1, T] themselves: what stands between them and the layers is the model's own affair."""
        return ids

    def states(self, embeds: Tensor, positions: Tensor, plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """[T, H] or [W, H] last states of one packed row of ids [1, T]; positions [3, T]."""
        if self.alone:
            assert isinstance(plan, PackedPlan)
            out = self.one_by_one(embeds[0], plan.blocks)
        else:
            out = self.packed(embeds, positions, plan)
        return out if wanted is None else out[wanted]

    def packed(self, ids: Tensor, positions: Tensor, plan: Plan) -> Tensor:
        """[T, H] through the plan. The mask is a token one of four axes, which no model looks into."""
        mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=ids.device)
        place = positions[:1].to(ids.device)
        found = self.language(input_ids=ids, position_ids=place, attention_mask=mask, use_cache=False, plan=plan)
        states: Tensor = found.last_hidden_state[0]
        return states

    def one_by_one(self, ids: Tensor, blocks: Sequence[Block]) -> Tensor:
        """[T, H]: every row with its prompt in front of it; the prompt's own states are those of its first row."""
        out = []
        for block in blocks:
            prompt, at = ids[block.start : block.start + block.prompt], block.start + block.prompt
            ends: list[Tensor] = []
            for length in block.lengths:
                states = self.alone_states(torch.cat([prompt, ids[at : at + length]]))[0]
                ends += [states[block.prompt :]] if ends else [states]
                at += length
            out += ends or [self.alone_states(prompt)[0]]
        return torch.cat(out)

    def alone_states(self, ids: Tensor, past: Any = None) -> tuple[Tensor, Any]:
        """[T, H] of one row, or of what follows ``past``; and the cache behind it, where it can be used and is."""
        keep = not torch.is_grad_enabled() and (self.verdict.caches or past is not None)
        more = {} if past is None else {"past_key_values": past}
        found = self.language(input_ids=ids[None], use_cache=keep, **more)
        return found.last_hidden_state[0], getattr(found, "past_key_values", None) if keep else None

    def head(self, states: Tensor) -> Tensor:
        """[..., H] to [..., V] float32, with the scale and the soft cap (arXiv:2408.00118) of the configuration."""
        logits: Tensor = self.output(states).float() * self.factor
        return torch.tanh(logits / self.cap) * self.cap if self.cap else logits

    def bare_head(self) -> nn.Linear | None:
        """The head where it is one matrix product and nothing else."""
        head = self.output
        bare = type(head) is nn.Linear and head.bias is None and head.weight.ndim == 2
        return head if bare and not self.cap and self.factor == 1 else None

    def lean(self, autocast: bool) -> None:
        """There is no faster step."""

    def plain_inputs(self, positions: Tensor) -> Mapping[str, Tensor]:
        """Nothing: the model counts positions itself."""
        return {}

    def tower(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """Refuse: there is none."""
        raise TypeError("a text model has no vision tower")

    def towers(self) -> dict[str, nn.Module]:
        """Components by the names that ``freeze`` and the start-up report use."""
        return {"language": self.language, "head": self.output}

    def on(self, core: nn.Module) -> GenericBody:
        """The same for a copy of the model."""
        return GenericBody(core, self.verdict)


def without_dropout(base: nn.Module) -> float:
    """Switch off the dropout of pretraining: what is learned from are the log-probs that were sampled with.

    The configuration, and with it what a checkpoint says, stays as it is.

    Returns:
        The largest probability that there was.
    """
    most = 0.0
    for module in base.modules():
        for name in ("p",) if isinstance(module, nn.Dropout) else DROPOUTS:
            found = getattr(module, name, None)
            if isinstance(found, float) and found:
                setattr(module, name, 0.0)
                most = max(most, found)
    return most


def factor_of(config: Any) -> float:
    """What the logits are multiplied with: Cohere's ``logit_scale``, one over Granite's ``logits_scaling``."""
    return float(getattr(config, "logit_scale", None) or 1.0) / float(getattr(config, "logits_scaling", None) or 1.0)


def attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, scaling: float | None = None,
    dropout: float = 0.0, plan: Plan | None = None, **kwargs: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attention as the library asks for it: by the plan where there is one, else the library's SDPA.

    Raises:
        UnpackableError: with a plan, attention of a kind that it does not know.
    """
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    if plan is None:
        plain = ALL_ATTENTION_FUNCTIONS["sdpa"]
        return plain(  # type: ignore[no-any-return]
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )
    odd = sorted(name for name, given in kwargs.items() if given is not None and name not in HARMLESS)
    if odd or dropout:
        raise UnpackableError(f"its attention has {', '.join(odd) or 'dropout'}")
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    return plan.attend(int(module.layer_idx), query, key, value, float(scale)), None


def register() -> None:
    """Enter our function in the library's tables; masks of ordinary forwards are those of SDPA."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

    AttentionInterface.register(PACKED, attend)
    AttentionMaskInterface.register(PACKED, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
