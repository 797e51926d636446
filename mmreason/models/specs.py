"""Who plays a role, as values: opened when the run starts, printed and compared before."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from torch import nn

from mmreason.asks import EMA, POLICY, REFERENCE, Role
from mmreason.errors import RecipeError
from mmreason.ledger import Ledger
from mmreason.models.ema_model import EmaModel
from mmreason.models.families import body_for, encoder_for, linears
from mmreason.models.family import Body
from mmreason.models.generic import without_dropout
from mmreason.models.kernels import KERNELS, Kernel
from mmreason.models.loading import DTYPES, first_line, load_config, load_model, load_processor
from mmreason.models.lora import Lora as Lora
from mmreason.models.lora import adapted
from mmreason.models.optim import AdamW
from mmreason.models.policy import AdapterOff, LanguageModel
from mmreason.models.qwen_vl import ARCHITECTURES
from mmreason.models.runner import TOWERS, Runner
from mmreason.models.sharding import Replicated
from mmreason.models.spread import device_of, lent, spread, spread_like
from mmreason.models.store import MediaStore
from mmreason.models.zero import Generating, Zero
from mmreason.models.zero_config import read_config, stage_of

if TYPE_CHECKING:
    from vision_data.selection_cache import SelectionCache

A = TypeVar("A", bound=EmaModel)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The model that learns: of the Qwen2-VL line, or of text alone; which, its ``config.json`` says.

    Text models of the architectures in ``text.DENSE`` run through our own layers, others through their own forward (see
    ``generic``), packed where that gives the same numbers and one row a forward where it does not.

    ``freeze`` names components: ``language``, ``head``, and where there is a tower ``vision`` (with its merger) and
    ``merger``. ``budget`` bounds the packed tokens of one forward and backward; ``host_bytes`` the pixels and features
    kept on the host.
    ``dtype`` is that of the weights; on a GPU keep fp32 weights with ``autocast="bfloat16"`` for full training, bf16
    weights under LoRA.
    """

    model: str
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    autocast: Literal["bfloat16", "float16"] | None = None
    device: str = "auto"
    lora: Lora | None = None
    freeze: tuple[str, ...] = ()
    optim: AdamW = field(default_factory=AdamW)
    rates: tuple[tuple[str, float], ...] = ()
    """Component, as in ``freeze``, and its share of the learning rate: ``(("vision", 0.1), ("merger", 0.5))``."""
    budget: int = 16384
    host_bytes: int = 4 << 30
    workers: int = 2
    """Threads that read the media of the next prompts while the model computes; a quarter of ``host_bytes`` is theirs.
    0 reads each medium when it is needed. The results are the same."""
    attention: Kernel = "auto"
    """Of packed rows: on CUDA the first of variable-length flash, FlexAttention and SDPA that passes a trial, or one of
    them by name; on a CPU always SDPA's kernels."""
    checkpointing: bool = False
    """Gradient checkpointing of the layers: less memory, one more forward."""
    clips: SelectionCache | None = None
    """Where decoded frames of videos are kept on disk, for runs that see the same films again."""
    min_pixels: int | None = None
    max_pixels: int | None = None
    shard: Literal["none", "zero1", "zero2", "zero3"] | str = field(default="none", compare=False)
    """What is spread over the processes, by DeepSpeed: the optimiser's moments (zero1), gradients too (zero2), weights
    too (zero3); or a file of its configuration. The results are the same, so a run may go on with another choice."""
    generate: Generating = field(default="gathered", compare=False)
    """Under zero3: all weights on every device while completions are sampled, or layer by layer, token by token."""

    def __post_init__(self) -> None:
        """Refuse what no loading could mend."""
        if self.budget < 1:
            raise RecipeError(f"Policy.budget must be at least 1 token, got {self.budget}")
        if self.attention not in KERNELS:
            raise RecipeError(f"Policy.attention is one of {', '.join(KERNELS)}; got {self.attention!r}")
        if not all(share >= 0 for _, share in self.rates):
            raise RecipeError(f"Policy.rates are shares of the learning rate, at least 0; got {self.rates}")
        if self.workers < 0:
            raise RecipeError(f"Policy.workers must be at least 0 threads, got {self.workers}")
        if self.dtype not in DTYPES or (self.autocast is not None and self.autocast not in DTYPES):
            raise RecipeError(
                f"Policy.dtype and autocast are of {', '.join(DTYPES)}; got {self.dtype!r} and {self.autocast!r}"
            )
        low, high = self.min_pixels or 1, self.max_pixels or float("inf")
        if not 1 <= low <= high:
            raise RecipeError(
                f"Policy needs 1 <= min_pixels <= max_pixels, got {self.min_pixels} and {self.max_pixels}"
            )

        if self.generate not in get_args(Generating):
            raise RecipeError(f"Policy.generate is gathered or sharded, got {self.generate!r}")
        if self.shard != "none":
            read_config(self.shard)
            if self.dtype == "float16" or (self.lora is not None and self.lora.bits is not None):
                raise RecipeError("Policy.shard spreads weights in float32 or bfloat16, not in float16 or four bits")

    def open(self, run: Any) -> LanguageModel:
        """Load weights and processor, freeze, add the adapter, give the optimiser, spread over ranks."""
        core, runner = load(self, run.ledger)
        runner.parts = run.models
        part = LanguageModel(POLICY, core, runner, run.across)
        part.learns_with(self.optim, self.rates)
        if self.shard != "none":
            part.shard(spread(self, core, runner, run.across, part.optimizer))
        return part


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A reference that never learns: a copy of another role's starting weights, or its adapter switched off."""

    of: Role = POLICY
    role: Role = REFERENCE

    def open(self, run: Any) -> LanguageModel:
        """Copy, or borrow under LoRA."""
        source = peer(run, self.of, self.role)
        if hasattr(source.core, "disable_adapter"):
            runner = source.runner
            if runner.tower_learns():  # without its adapter the tower is another one
                runner = replace(runner, tower=next(TOWERS))
            return AdapterOff(self.role, source.core, lent(source.sharding, runner))
        core, runner = duplicate(source)
        return LanguageModel(self.role, core, runner)


@dataclass(frozen=True, kw_only=True)
class Ema:
    """An exponential moving average of another role, kept in fp32 (GRPO-CARE, arXiv:2506.16141: 0.995 every 10)."""

    of: Role = POLICY
    role: Role = EMA
    decay: float = 0.995
    every: int = 10

    def __post_init__(self) -> None:
        """Refuse an average that is none."""
        if not 0 <= self.decay <= 1 or self.every < 1:
            raise RecipeError(f"Ema needs decay in [0, 1] and every >= 1, got {self.decay} and {self.every}")

    def open(self, run: Any) -> EmaModel:
        """Copy the weights as they are now."""
        return self.averaging(EmaModel, run)

    def averaging(self, kind: Callable[..., A], run: Any) -> A:
        """Make an average of this kind."""
        source = peer(run, self.of, self.role)
        core, runner = duplicate(source)
        return kind(self.role, core, runner, source, self.decay, self.every)


def peer(run: Any, of: Role, role: Role) -> LanguageModel:
    """The live part that another one is made from; it must stand earlier in ``Recipe.models``."""
    if of not in run.models:
        raise RecipeError(f"{role.name} is made from {of.name}, which must stand before it in Recipe.models")
    found = run.models[of]
    assert isinstance(found, LanguageModel)
    return found


def duplicate(source: LanguageModel) -> tuple[nn.Module, Runner]:
    """A frozen copy. Weights that never change are shared, not copied, and with a frozen tower all of its features."""
    old, spread_out = source.runner, source.sharding
    tower = next(TOWERS) if old.tower_learns() else old.tower
    if isinstance(spread_out, Zero) and spread_out.shards.stage == 3:
        core, fresh = load(spread_out.spec, old.ledger)
        core.requires_grad_(False).eval()
        if old.body.visual is not None and not old.tower_learns():
            fresh.body.base.model.visual = old.body.visual
        runner = replace(old, body=old.body.on(core), tower=tower)
        return core, spread_like(spread_out, core, runner)
    memo = {id(p): p for p in source.core.parameters() if not p.requires_grad}
    core = copy.deepcopy(source.core, memo)
    core.requires_grad_(False).eval()
    return core, replace(old, body=old.body.on(core), tower=tower, sharding=Replicated())


def load(spec: Policy, ledger: Ledger) -> tuple[nn.Module, Runner]:
    """Weights on their device, frozen and adapted as asked, with everything needed to run them."""
    config = load_config(spec.model)
    core, processor = load_model(spec.model, spec.dtype), load_processor(spec.model)
    for edge, pixels in (("shortest_edge", spec.min_pixels), ("longest_edge", spec.max_pixels)):
        if pixels is not None and hasattr(processor, "image_processor"):
            processor.image_processor.size[edge] = processor.video_processor.size[edge] = pixels
    base: Any = core
    if config.model_type not in ARCHITECTURES and (dropped := without_dropout(base)):
        logger.info("%s: dropout of %g is switched off, so that log-probs are those sampled with", spec.model, dropped)
    if spec.lora:
        core = adapted(core, spec.lora, linears(config))
    if spec.checkpointing:
        checkpoint_layers(base)
    if spec.shard == "none" or stage_of(read_config(spec.shard)) < 3:  # else part by part
        core.to(device_of(spec.device))
    body = body_for(core, config)
    freeze(body, spec)
    ahead = spec.host_bytes // 4  # with any number of workers, so that what leaves the store depends on none
    store = MediaStore(spec.host_bytes - ahead)
    encoder = encoder_for(processor, config, store, ledger, spec.workers, ahead, spec.clips)
    autocast = DTYPES[spec.autocast] if spec.autocast else None
    return core, Runner(encoder, body, store, ledger, spec.budget, autocast=autocast, attention=spec.attention)


def checkpoint_layers(base: Any) -> None:
    """Compute the layers' activations again in the backward pass instead of keeping them.

    transformers and peft let the inputs of every tower require a gradient for this, a frozen one's too. That is only
    needed by the older, reentrant kind of checkpointing, so it is undone.

    Raises:
        RecipeError: the architecture has no checkpointing.
    """
    try:
        if hasattr(base, "activation_checkpointing_enable"):  # its name from transformers 5.23 on
            base.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
        else:
            base.gradient_checkpointing_enable({"use_reentrant": False})
    except ValueError as error:
        raise RecipeError(f"Policy.checkpointing cannot be used: {first_line(error)}") from None
    base.disable_input_require_grads()


def freeze(body: Body, spec: Policy) -> None:
    """Switch gradients off by component name."""
    towers = body.towers()
    for name in spec.freeze:
        if name not in towers:
            raise RecipeError(f"Policy.freeze knows {', '.join(towers)}; got {name!r}")
        towers[name].requires_grad_(False)
