"""A role whose weights, gradients or moments are spread over ranks: what it must do together with the other ranks.

Ranks have prompts of different lengths and kinds, or none. Where DeepSpeed speaks to the other ranks inside of a
forward or backward (ZeRO-2: gradients; ZeRO-3: weights too), all ranks make the same forwards in the same order: a rank
that has none of its own makes one of two tokens whose gradient is 0 (`ranks.Turns`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from mmreason.models.encoded import Encoded
from mmreason.models.loading import digest, restore
from mmreason.models.packing import pack
from mmreason.models.runner import Runner
from mmreason.models.sharding import paced
from mmreason.models.zero_shards import Shards
from mmreason.models.zero_state import load_moments, load_weights, moments
from mmreason.types import Across

T = TypeVar("T")
Generating = Literal["gathered", "sharded"]


@dataclass(frozen=True, eq=False)
class Order:
    """What the state of a plain optimiser is told by."""

    weights: list[Any]
    groups: list[dict[str, Any]]


class Kind(IntEnum):
    """What ranks do together; the higher go first."""

    RELEASE = 0
    """Let go of weights that were brought together for sampling."""
    LOOK = 1
    """Run the vision tower without gradient."""
    FORWARD = 2
    """Run the layers without gradient."""
    LEARN = 3
    """Forward and backward."""
    GATHER = 4
    """Bring all weights together for sampling."""


class Zero:
    """The ``Sharding`` of one role.

    Args:
        shards: its weights; a reference that is the policy without its adapter shares the policy's.
        runner: that it is run with.
        across: the other ranks.
        order: groups and weights of the optimiser as they were before DeepSpeed took it; None without one.
        generate: how completions are sampled under ZeRO-3.
        spec: what loads the same weights again.
        weights: what the weights are to answer with.
    """

    retries = False

    def __init__(
        self,
        shards: Shards,
        runner: Runner,
        across: Across,
        order: Order | None = None,
        generate: Generating = "gathered",
        spec: Any = None,
        weights: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self.shards, self.runner, self.across, self.generate, self.weights = shards, runner, across, generate, weights
        self.core, self.spec = shards.core, spec
        self.standing = False
        self.seen: Tensor | None = None
        """States of the last forward with gradient."""
        turns: Any = getattr(across, "turns", None)
        self.turns = turns if across.num > 1 and shards.stage > 1 else None
        self.number = self.turns.join(self) if self.turns is not None else 0
        self.order = order or Order([], [])

    @property
    def one_by_one(self) -> bool:
        """Gradients are reduced in the backward pass."""
        return self.shards.stage > 1

    @property
    def always_looks(self) -> bool:
        """Every rank's backward pass must reach the tower."""
        return self.shards.stage > 1 and self.shards.sees and self.shards.learning

    def take(self, kind: Kind) -> None:
        """Wait for this role's turn to do work of a kind."""
        if self.turns is not None and not self.standing:
            self.turns.take(self.number, int(kind))
        elif not self.standing:
            self.shards.settle()

    def forward(self, run: Callable[[], T]) -> T:
        """Run the layers, their weights brought together one by one (ZeRO-3)."""
        if self.shards.learning:
            found = run()
            self.seen = found if isinstance(found, Tensor) else None
            return found
        if self.shards.stage < 3:
            return run()
        if not self.shards.gathered:
            self.take(Kind.FORWARD)
        return self.shards.through(run)

    def look(self, run: Callable[[], T]) -> T:
        """Run the tower; a frozen one is whole on every rank."""
        if self.shards.stage < 3 or self.shards.learning or not self.shards.sees:
            return run()
        if not self.shards.gathered:
            self.take(Kind.LOOK)
        return self.shards.through(run)

    def learn(self, run: Callable[[], T], head: bool = True) -> T:
        """Run a forward that a backward pass follows."""
        if self.shards.stage > 1:
            self.take(Kind.LEARN)
        found = self.shards.learn(run, None if head else self.through_head)
        self.seen = None
        return found

    def through_head(self) -> Tensor:
        """Something that the head's weights have a part in, of the forward that is being made."""
        assert self.seen is not None
        found: Tensor = self.runner.body.head(self.seen[:1])[..., :1]
        return found

    @contextmanager
    def generating(self) -> Iterator[None]:
        """All weights on every rank while completions are sampled; or as they are, one token a turn."""
        if self.shards.stage < 3 or self.generate == "sharded":
            yield
            return
        self.take(Kind.GATHER)
        self.shards.gather()
        yield
        self.take(Kind.RELEASE)
        self.shards.release()

    def settle(self) -> None:
        """Run the backward pass that is owed."""
        self.shards.settle()

    def stand_in(self, kind: int) -> None:
        """Do what the others do, with two tokens and, for the tower, an empty picture."""
        if kind == Kind.GATHER:
            self.shards.gather()
        elif kind == Kind.RELEASE:
            self.shards.release()
        else:
            core, before = self.shards.core, self.shards.core.training
            self.standing = True
            core.train(kind == Kind.LEARN)
            try:
                with self.runner.precision(), self.weights(), torch.set_grad_enabled(kind == Kind.LEARN):
                    self.stand(Kind(kind))
            finally:
                core.train(before)
                self.standing = False

    def stand(self, kind: Kind) -> None:
        """The forward of a stand-in, and its backward pass."""
        if kind == Kind.LOOK:
            self.runner.look_at_nothing()
        elif kind == Kind.FORWARD:
            self.few()
        else:
            self.learn(lambda: self.runner.body.head(self.few())[..., :1])
            self.settle()

    def few(self) -> Tensor:
        """[2, H] states of as little text as there can be."""
        token = torch.zeros(1, dtype=torch.long)
        prompt = Encoded(token, torch.zeros(3, 1, dtype=torch.long), 1, (), "")
        packed = pack([(prompt, [token])])
        plan = self.runner.plan([self.runner.block_to_device(block) for block in packed.blocks])
        return self.runner.states(packed, [()], plan, torch.arange(2, device=self.runner.device))

    def step(self, rate: float) -> float:
        """One step of the optimiser, each rank on its part."""
        if self.shards.stage > 1 and not self.shards.learned:  # on no rank: the last step's gradient would stay
            self.stand_in(Kind.LEARN)
        paced(self.shards.optimizer, rate)
        return self.shards.step()

    def clear(self) -> None:
        """Gradients are spread over ranks: they cannot be taken back."""

    def host_weights(self) -> dict[str, Tensor]:
        """All of them on the first rank, nothing on the others; every rank must call."""
        self.across.gather([None])
        held: dict[int, Tensor] = {}
        out: dict[str, Tensor] = {}
        live = self.shards.core.state_dict(keep_vars=True)
        for name, tensor in live.items():
            whole = held.get(id(tensor))
            if whole is None:
                whole = self.shards.whole(tensor)
                if self.across.rank == 0:
                    whole = held[id(tensor)] = whole.to("cpu", copy=True)
            if self.across.rank == 0:
                out[name] = whole
        return out

    def load(self, folder: Path, what: str) -> None:
        """Bring the weights back."""
        if self.shards.stage == 3:
            load_weights(self.shards, folder, what)
        else:
            restore(self.shards.core, folder, what)

    def checksum(self) -> str:
        """Hash of all weights, the same on all ranks and for any number of them; every rank must call."""
        self.across.gather([None])
        return digest(self.shards.named())

    def optimizer_state(self) -> dict[str, Any]:
        """As torch writes that of one process; empty on other ranks than the first."""
        self.across.gather([None])
        first = self.across.rank == 0
        state = moments(self.shards, self.order.weights, first)
        return {"state": state, "param_groups": self.order.groups} if first else {}

    def load_optimizer_state(self, state: dict[str, Any]) -> None:
        """Bring it back, from any number of ranks and any stage."""
        load_moments(self.shards, self.order.weights, state["state"])

    def whole(self, parts: Mapping[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """Tensors like weights, on the first rank."""
        self.across.gather([None])
        first, out = self.across.rank == 0, {}
        for name, (weight, part) in parts.items():
            found = self.shards.whole(weight, part)
            if first:
                out[name] = found.to("cpu", copy=True)
        return out

    def part(self, weight: Tensor, value: Tensor) -> Tensor:
        """This rank's part."""
        return self.shards.part(weight, value.to(weight.device)) if self.shards.stage == 3 else value

    def changed(self) -> None:
        """Hold what is held anew."""
        self.across.gather([None])
        self.shards.refresh()
