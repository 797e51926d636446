"""A critic: a small head with an optimiser of its own on the states of another live part."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.asks import POLICY, Request, Role
from mmreason.errors import CheckError, CheckpointError, RecipeError
from mmreason.models.host_copy import on_host
from mmreason.models.loading import checksum, first_line, refuse_odd
from mmreason.models.optim import AdamW
from mmreason.models.policy import LanguageModel
from mmreason.models.room import Room
from mmreason.models.specs import peer
from mmreason.seeds import seed_of
from mmreason.types import Across, Alone, Batch

FILE = "value_head.safetensors"


@dataclass(frozen=True, kw_only=True)
class ValueHead:
    """PPO's critic (arXiv:1707.06347) as a head on the states of a model that is live anyway.

    Args:
        of: whose states it reads; must stand earlier in ``Recipe.models``.
        role: that it plays.
        width: of a hidden layer; 0 is a linear head, as in TRL and verl.
        start: folder of a value head that was saved; None begins with the value 0 for every state.
        optim: its optimiser; a head alone takes a larger rate than the model.
    """

    of: Role = POLICY
    role: Role = Role("critic")
    width: int = 0
    start: str | None = None
    optim: AdamW = field(default_factory=lambda: AdamW(lr=1e-3))

    def __post_init__(self) -> None:
        """Refuse a layer that is none."""
        if self.width < 0:
            raise RecipeError(f"ValueHead.width must be at least 0 (a linear head), got {self.width}")

    def open(self, run: Any) -> ValueHeadModel:
        """Make the head beside the model, and give it an optimiser."""
        source = peer(run, self.of, self.role)
        size = int(source.core.config.get_text_config().hidden_size)  # type: ignore[operator,union-attr]
        core = Head(size, self.width, seed_of(run.seed, "value head", self.role.name)).to(source.runner.device)
        part = ValueHeadModel(self.role, core, source, self.optim, run.across)
        if self.start is not None:
            part.load(Path(self.start))
        return part


class Head(nn.Module):
    """[..., H] states to [..., 1] values, in single precision whatever the model computes in."""

    def __init__(self, size: int, width: int = 0, seed: int = 0) -> None:
        super().__init__()
        self.inner = nn.Linear(size, width) if width else None
        self.outer = nn.Linear(width or size, 1)
        rng = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for p in self.parameters():
                p.zero_()  # the first values are 0 exactly
            if self.inner is not None:
                self.inner.weight.normal_(0, 1 / math.sqrt(size), generator=rng)

    def value(self, states: Tensor) -> Tensor:
        """[..., 1]."""
        with torch.autocast(states.device.type, enabled=False):
            x = states.float()
            return self.outer(x if self.inner is None else torch.tanh(self.inner(x)))  # type: ignore[no-any-return]


def written(weights: dict[str, Tensor], folder: Path) -> None:
    """Write the file of a head."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / FILE)


class ValueHeadModel:
    """A live value head: quantities call it inside the forward of the model that it reads; it answers nothing."""

    owns_weights = True

    def __init__(
        self, role: Role, core: Head, source: LanguageModel, optim: AdamW, across: Across | None = None
    ) -> None:
        self.role, self.core, self.source, self.optim = role, core, source, optim
        self.across = across or Alone()
        self.optimizer = optim.build(core.parameters())
        self.steps = 0

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """Refuse: its values come out of the forward of the model that it reads."""
        raise TypeError(
            f"{self.role.name} is a value head and answers no {type(requests[0]).__name__}: "
            f"ask {self.source.role.name} for a StateValue"
        )

    def room(self) -> Room:
        """Give the space of one forward of the model that is read."""
        return self.source.room()

    def shrink(self, error: Exception) -> None:
        """After the device ran out of memory: clear the gradients, halve the model's token budget."""
        self.core.zero_grad(set_to_none=True)
        self.source.shrink(error)

    def apply(self) -> dict[str, float]:
        """Add the gradients of all ranks, clip, step, clear.

        Raises:
            CheckError: a gradient is infinite or no number; the weights are still those before.
        """
        learning = list(self.core.parameters())
        grads = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in learning])
        self.across.add([grads])
        norm, rate = float(grads.norm()), self.optim.rate(self.steps)
        if not math.isfinite(norm):
            self.optimizer.zero_grad(set_to_none=True)
            raise CheckError(
                f"{self.role.name}: the gradient norm of optimiser step {self.steps} is {norm}; the weights were not "
                "changed; lower the learning rate, or look for a reward that is no number"
            )
        if self.optim.clip is not None and norm > self.optim.clip:
            grads = grads * (self.optim.clip / norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for p, grad in zip(learning, grads.split([p.numel() for p in learning]), strict=True):
            p.grad = grad.view_as(p)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        return {"grad_norm": norm, "lr": rate}

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: a head remembers nothing of this kind."""
        raise TypeError(f"{self.role.name} is a value head, not a store")

    def after_step(self, batch: Batch) -> None:
        """See that no gradient of the head's loss stayed behind in the model, to be added to that of the next step.

        Raises:
            RecipeError: the order of the stage's losses is wrong.
        """
        if any(p.grad is not None for p in self.source.core.parameters()):
            raise RecipeError(
                f"{self.role.name}: its loss left a gradient in {self.source.role.name}; put ValueLoss(trunk=True) "
                f"before a loss that trains {self.source.role.name} in Stage.losses, or take trunk=False"
            )

    def save(self, folder: Path) -> None:
        """Write the weights; ``ValueHead(start=folder)`` begins with them."""
        self.snapshot()(folder)

    def snapshot(self) -> Callable[[Path], None]:
        """Copy the weights to the host; gives what writes them, later and in another thread, as ``save`` does."""
        weights = {name: x.contiguous() for name, x in on_host(self.core.state_dict()).items()}
        return lambda folder: written(weights, folder)

    def load(self, folder: Path) -> None:
        """Bring the weights back, every tensor matched.

        Raises:
            CheckpointError: the file is missing, damaged, or of a head of another size.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            saved = load_file(folder / FILE)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(
                f"{self.role.name}: no value head can be read from {folder / FILE}: {first_line(error)}"
            ) from None
        refuse_odd(saved, self.core.state_dict(), folder, self.role.name)
        self.core.load_state_dict(saved)

    def state_dict(self) -> dict[str, Any]:
        """All but the weights, which ``save`` writes."""
        moments = copy.deepcopy(self.optimizer.state_dict())
        return {"steps": self.steps, "checksum": checksum(self.core), "optimizer": moments}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """After ``load``: the optimiser's moments, and proof that the weights are the right ones."""
        if checksum(self.core) != state["checksum"]:
            raise CheckpointError(f"{self.role.name}: the weights in memory are not those of the checkpoint")
        self.steps = state["steps"]
        self.optimizer.load_state_dict(state["optimizer"])
