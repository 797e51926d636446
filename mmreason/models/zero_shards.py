"""A model in DeepSpeed's hands (ZeRO, arXiv:1910.02054): weights, gradients and moments in parts, one on each rank.

DeepSpeed is given the parts of the model that our own forward walks through, under one module whose ``forward`` runs a
function. Its hooks then see every layer come and go as in any model. Three things are ours. Vectors and the head's
weights stay whole on every rank (ZeRO-3), because they are used often and outside of modules. Gradients are summed over
ranks, not averaged. A backward pass always reaches every weight, so that ranks cannot wait for one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._C._distributed_c10d import HashStore
from torch.utils._pytree import tree_flatten, tree_unflatten

from mmreason.errors import RecipeError
from mmreason.models.family import Body
from mmreason.models.zero_config import filled, stage_of

T = TypeVar("T")
HELD = -1
"""What DeepSpeed takes for a module that uses a weight all the time."""


class Shell(nn.Module):
    """What DeepSpeed sees: the model's parts, the head's weights without their module, and a function to run."""

    def __init__(self, parts: Mapping[str, nn.Module], head: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(parts)
        for number, p in enumerate(head.parameters()):
            self.register_parameter(f"head_{number}", p)
        self.run: Callable[[], Any] = lambda: None

    def forward(self) -> Any:
        """Run it."""
        return self.run()


class Shards:
    """The weights of one model, and the engine that keeps them.

    Args:
        core: the model, with or without an adapter.
        body: the same, as our forward walks through it.
        optimizer: over the weights that learn; None for a model that never does (ZeRO-3 alone).
        config: of ``read_config``.
        clip: largest gradient norm.
        device: where the weights belong.
        tower: the vision tower is spread too.
    """

    def __init__(
        self,
        core: nn.Module,
        body: Body,
        optimizer: Any,
        config: dict[str, Any],
        clip: float | None,
        device: str,
        tower: bool,
    ) -> None:
        self.core, self.body, self.stage = core, body, int(stage_of(config))
        self.low = next(p for p in body.language.parameters()).dtype == torch.bfloat16
        towers = body.towers()
        self.sees = tower
        parts = {"language": body.language} | ({"vision": body.visual} if self.sees else {})
        self.shell = Shell(parts, towers["head"])
        self.learning = self.gathered = self.learned = False
        self.owed: Tensor | None = None
        """What a forward gave whose backward pass has not run."""
        own = {id(p) for p in self.shell.parameters()}
        if any(p.requires_grad and id(p) not in own for p in core.parameters()):
            raise RecipeError("Policy.shard: weights outside of layers, head and vision tower learn; freeze them")
        self.engine = engine_for(self.shell, optimizer, filled(config, clip, self.low))
        self.optimizer = self.engine.optimizer
        self.held: list[Any] = []
        if self.stage == 3:
            self.keep_small()
        if optimizer is not None:
            self.optimizer.loss_scale = 1 / dist.get_world_size()  # its mean over ranks becomes a sum
        for module in core.modules():  # a frozen tower and buffers
            for _, p in module.named_parameters(recurse=False):
                if id(p) not in own:
                    p.data = p.data.to(device)
            for key, buffer in module.named_buffers(recurse=False):
                setattr(module, key, buffer.to(device))

    def keep_small(self) -> None:
        """Hold what is used outside of modules, or too often to be brought together each time."""
        head = {id(p) for p in self.body.towers()["head"].parameters()}
        patches = getattr(getattr(self.body.visual, "patch_embed", None), "proj", None) if self.sees else None
        head |= {id(p) for p in patches.parameters()} if patches is not None else set()
        every: list[Any] = list(self.shell.parameters())
        self.held = [p for p in every if p.ds_persist or len(p.ds_shape) == 1 or id(p) in head]
        self.hold(self.held)

    def hold(self, params: list[Any]) -> None:
        """Bring weights together until ``let_go``; every rank must call."""
        if params:
            params[0].all_gather(param_list=params)
        for p in params:
            p.ds_active_sub_modules.add(HELD)

    def let_go(self, params: list[Any], changed: bool = False) -> None:
        """Keep this rank's part again; ``changed`` takes it from the whole."""
        for p in params:
            p.ds_active_sub_modules.discard(HELD)
            p.partition(has_been_updated=changed)

    def gather(self) -> None:
        """Bring all weights together, out of DeepSpeed's sight; every rank must call."""
        if not self.gathered:
            self.gathered = True
            for hook in (*self.hooks.forward_hooks, *self.hooks.backward_hooks):
                hook.remove()
            self.hooks.forward_hooks, self.hooks.backward_hooks = [], []
            self.hold(self.others())

    def release(self) -> None:
        """Let go of them; every rank must call."""
        if self.gathered:
            self.gathered = False
            self.let_go(self.others())
            self.hooks._register_deepspeed_module(self.shell)

    @property
    def hooks(self) -> Any:
        """What brings weights together around each module (ZeRO-3)."""
        return getattr(self.optimizer, "parameter_offload", self.optimizer)

    def others(self) -> list[Any]:
        """Weights that are not held."""
        held = {id(p) for p in self.held}
        return [p for p in self.shell.parameters() if id(p) not in held]

    def refresh(self) -> None:
        """After the parts have changed: hold what is held anew; every rank must call."""
        for p in self.held:
            p.ds_active_sub_modules.discard(HELD)
        self.let_go([p for p in self.held if p.ds_status.name == "AVAILABLE"])
        self.hold(self.held)

    def through(self, run: Callable[[], T]) -> T:
        """Run without gradient, DeepSpeed bringing together what each module needs."""
        if self.gathered:
            return run()
        self.shell.run = run
        with torch.no_grad():
            return cast(T, self.shell())

    def learn(self, run: Callable[[], T], anchor: Callable[[], Tensor] | None = None) -> T:
        """Run with gradient. All results leave as one tensor, so that one backward pass reaches every weight.

        Args:
            run: gives tensors in any nest of lists, tuples and dictionaries.
            anchor: gives something that every weight has a part in, where the results might not.
        """
        shapes: list[Any] = []
        kind = next(self.shell.parameters()).device.type
        cast_to = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None

        def flat() -> Tensor:
            with (
                torch.autocast(kind, cast_to) if cast_to is not None else nullcontext()
            ):  # the engine ends the caller's
                leaves, tree = tree_flatten(run())
            grown = [isinstance(x, Tensor) and x.requires_grad for x in leaves]
            shapes.extend((leaves, tree, grown))
            out = [x.flatten() for x, grows in zip(leaves, grown, strict=True) if grows]
            return torch.cat([*out, anchor().flatten()] if anchor is not None else out)

        self.learning, self.learned, self.shell.run = True, True, flat
        try:
            with torch.enable_grad():
                found: Tensor = self.engine()
        finally:
            self.learning = False
        if self.stage > 1:
            self.owe(found)
        leaves, tree, grown = shapes
        at, out = 0, []
        for x, grows in zip(leaves, grown, strict=True):
            out.append(found[at : at + x.numel()].view(x.shape).to(x.dtype) if grows else x)
            at += x.numel() if grows else 0
        return cast(T, tree_unflatten(out, tree))

    def owe(self, found: Tensor) -> None:
        """Remember that a backward pass must follow, until one has begun."""
        self.owed = found

        def paid(grad: Tensor) -> None:
            self.owed = None

        found.register_hook(paid)

    def settle(self) -> None:
        """Run the backward pass that is owed, with a gradient of 0."""
        if (owed := self.owed) is not None:
            owed.backward(torch.zeros_like(owed))
            self.owed = None

    def step(self) -> float:
        """Clip, step, clear; gives the norm, and does nothing but clear where that is not finite."""
        self.settle()
        self.learned = False
        if self.stage == 1:  # its own reduction leaves out what a rank has no gradient of
            self.optimizer.setup_buckets()
            for group in self.optimizer.bit16_groups:
                for p in group:
                    p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        self.engine.step()
        self.hold(self.held)
        norm = self.engine.get_global_grad_norm()
        return float("inf") if self.optimizer.overflow or norm is None else float(norm)

    def whole(self, p: Any, part: Tensor | None = None) -> Tensor:
        """All of a weight, or of what has its parts, on this rank's device; every rank must call (ZeRO-3)."""
        if not hasattr(p, "ds_tensor"):
            return cast(Tensor, p.detach() if part is None else part)
        if part is None and p.ds_status.name == "AVAILABLE":
            return cast(Tensor, p.detach())
        mine: Tensor = (p.ds_tensor if part is None else part).detach().flatten().to(p.device).contiguous()
        out = mine.new_empty(mine.numel() * dist.get_world_size())
        dist.all_gather_into_tensor(out, mine)
        return out[: p.ds_numel].view(p.ds_shape)

    def part(self, p: Any, whole: Tensor) -> Tensor:
        """This rank's part of what has the shape of a weight, padded at the end (ZeRO-3)."""
        size, flat = p.ds_tensor.numel(), whole.flatten()
        mine = flat[size * dist.get_rank() : size * (dist.get_rank() + 1)]
        return torch.cat([mine, mine.new_zeros(size - len(mine))]) if len(mine) < size else mine

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor of the model's ``state_dict`` by name, whole, one after the other; every rank must call."""
        for name, tensor in sorted(self.core.state_dict(keep_vars=True).items()):
            yield name, self.whole(tensor)


def engine_for(shell: Shell, optimizer: Any, config: dict[str, Any]) -> Any:
    """Start DeepSpeed on a model.

    Raises:
        RecipeError: it is not installed, too old, or refuses the configuration.
    """
    import logging
    import os

    os.environ.setdefault("LOCAL_RANK", "0")
    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    try:
        import deepspeed
    except ImportError as error:
        raise RecipeError(f"Policy.shard needs deepspeed: pip install 'mmreason[deepspeed]' ({error})") from None
    for name in ("DeepSpeed", "torch.utils.cpp_extension"):
        logging.getLogger(name).setLevel(logging.ERROR)
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False  # would be compiled, and is not used in training
    if not dist.is_initialized():
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, store=HashStore(), rank=0, world_size=1)
    try:
        engine, *_ = deepspeed.initialize(model=shell, optimizer=optimizer, config=config, dist_init_required=False)
    except (ValueError, TypeError, AssertionError, KeyError) as error:
        gist = " ".join(str(error).split()).partition(" [type=")[0][:300]
        raise RecipeError(f"DeepSpeed {deepspeed.__version__} refuses the configuration: {gist}") from None
    if not hasattr(engine, "managed_gradient_accumulation"):
        raise RecipeError(f"Policy.shard needs deepspeed 0.19.8 or later, found {deepspeed.__version__}")
    return engine
