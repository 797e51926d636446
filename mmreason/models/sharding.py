"""How a model's weights, gradients and moments lie on the ranks: whole on each, or spread over them.

``Replicated`` keeps everything on every rank and adds the gradients once, before the optimiser's step. ``Zero`` (in
``zero``) gives them to DeepSpeed. The rest of the toolkit sees one protocol: what goes through the layers is handed
over as a function, so that weights can be brought together around it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from mmreason.models.host_copy import on_host
from mmreason.models.loading import checksum, restore
from mmreason.types import Across, Alone

T = TypeVar("T")
MASTER = "master"
"""Single-precision weights beside the moments, which ZeRO keeps where the model's own are in bf16."""


class Sharding(Protocol):
    """Where the weights are while a model is run, learns and is saved."""

    core: Any
    """The model; None where nothing is known of it."""

    @property
    def always_looks(self) -> bool:
        """The vision tower must be run in a forward with gradient even if there is nothing to see."""
        ...

    @property
    def retries(self) -> bool:
        """A rank may run a forward or an update again by itself."""
        ...

    @property
    def one_by_one(self) -> bool:
        """Each forward with gradient must be followed by its backward pass before anything else."""
        ...

    def forward(self, run: Callable[[], T]) -> T:
        """Run the layers."""
        ...

    def look(self, run: Callable[[], T]) -> T:
        """Run the vision tower."""
        ...

    def learn(self, run: Callable[[], T], head: bool = True) -> T:
        """Run a forward whose results carry a gradient; ``head`` says that it goes through the head's weights."""
        ...

    def generating(self) -> AbstractContextManager[object]:
        """Around the sampling of completions."""
        ...

    def step(self, rate: float) -> float:
        """Add the gradients of all ranks, clip, step, clear; gives the norm. Where it is not finite nothing is done."""
        ...

    def clear(self) -> None:
        """Forget the gradients."""
        ...

    def host_weights(self) -> dict[str, Tensor]:
        """A copy of all weights in the first rank's memory, nothing on the others; every rank must call."""
        ...

    def load(self, folder: Path, what: str) -> None:
        """Bring the weights back, every tensor matched; every rank must call."""
        ...

    def checksum(self) -> str:
        """Hash of all weights, the same however they are spread; every rank must call."""
        ...

    def whole(self, parts: Mapping[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """What this rank has of tensors like weights, each with its weight, as a whole; as in ``host_weights``."""
        ...

    def part(self, weight: Tensor, value: Tensor) -> Tensor:
        """What this rank keeps of a whole tensor like a weight."""
        ...

    def changed(self) -> None:
        """After this rank's parts of the weights (``local``) were written; every rank must call."""
        ...

    def optimizer_state(self) -> dict[str, Any]:
        """As torch writes it for one process; empty on ranks that need not save it. Every rank must call."""
        ...

    def load_optimizer_state(self, state: dict[str, Any]) -> None:
        """Bring it back; every rank must call."""
        ...


class Replicated:
    """Everything on every rank."""

    always_looks = one_by_one = False
    retries = True

    def __init__(self, core: nn.Module | None = None, across: Across | None = None) -> None:
        self.core, self.across = core, across or Alone()
        self.optimizer: torch.optim.Optimizer | None = None
        self.clip: float | None = None

    def forward(self, run: Callable[[], T]) -> T:
        """Run."""
        return run()

    def look(self, run: Callable[[], T]) -> T:
        """Run."""
        return run()

    def learn(self, run: Callable[[], T], head: bool = True) -> T:
        """Run."""
        return run()

    def generating(self) -> AbstractContextManager[object]:
        """Nothing."""
        return nullcontext()

    def step(self, rate: float) -> float:
        """Gradients of all ranks are added in one go; no forward or backward waits for another rank."""
        assert self.optimizer is not None
        paced(self.optimizer, rate)
        mine = [p for group in self.optimizer.param_groups for p in group["params"]]
        if self.across.num > 1:
            for p in mine:
                p.grad = torch.zeros_like(p) if p.grad is None else p.grad
            self.across.add([p.grad for p in mine])
        norm = norm_of([p.grad for p in mine if p.grad is not None])
        if norm < float("inf"):
            if self.clip is not None and norm > self.clip:  # else a product with 1 over all weights
                torch.nn.utils.clip_grads_with_norm_(mine, self.clip, torch.tensor(norm))
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def clear(self) -> None:
        """Forget the gradients."""
        assert self.core is not None
        self.core.zero_grad(set_to_none=True)

    def host_weights(self) -> dict[str, Tensor]:
        """A copy, for the rank that writes."""
        assert self.core is not None
        return {} if self.across.rank else on_host(self.core.state_dict())

    def load(self, folder: Path, what: str) -> None:
        """Bring the weights back."""
        assert self.core is not None
        restore(self.core, folder, what)

    def checksum(self) -> str:
        """Hash of all weights."""
        assert self.core is not None
        return checksum(self.core)

    def whole(self, parts: Mapping[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """Copies."""
        return {name: value.clone() for name, (_, value) in parts.items()}

    def part(self, weight: Tensor, value: Tensor) -> Tensor:
        """All of it."""
        return value

    def changed(self) -> None:
        """Nothing follows."""

    def optimizer_state(self) -> dict[str, Any]:
        """A copy, for the rank that writes."""
        assert self.optimizer is not None
        return {} if self.across.rank else copy.deepcopy(self.optimizer.state_dict())

    def load_optimizer_state(self, state: dict[str, Any]) -> None:
        """Bring it back."""
        assert self.optimizer is not None
        moments = {
            number: {k: x for k, x in of_one.items() if k != MASTER} for number, of_one in state["state"].items()
        }
        self.optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})


def local(weight: Any) -> Tensor:
    """What this rank has of a weight: a part of it under ZeRO-3, else all."""
    return getattr(weight, "ds_tensor", weight).detach()  # type: ignore[no-any-return]


def paced(optimizer: Any, rate: float) -> None:
    """Give each group of weights its share of the learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def norm_of(grads: Sequence[Tensor]) -> float:
    """Of all of them together; 0 without any."""
    return float(torch.nn.utils.get_total_norm(grads)) if grads else 0.0
