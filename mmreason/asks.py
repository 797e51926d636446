"""What may be asked of whom. A request is a value: it can be printed, merged, recorded and replayed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

import torch
from torch import Tensor

from mmreason.types import Completion
from vision_data.messages import Prompt

R = TypeVar("R")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Role:
    """A live part of the run: a model, a judge, a memory, a net. Open: a method that needs a new one makes one."""

    name: str


POLICY = Role("policy")
REFERENCE = Role("reference")
EMA = Role("ema")
JUDGE = Role("judge")


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. ``temperature=0`` is greedy; ``top_k=0`` and ``top_p=1`` switch the filters off.

    Log-probs are recorded under the temperature and before top-k and top-p, as the learner computes them.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()
    """Texts that end a completion; the text stays in it."""


@dataclass(frozen=True, eq=False)
class Request(Generic[R]):
    """A question to a role; ``R`` is the type of the reply."""

    to: Role


@dataclass(frozen=True, eq=False)
class Generate(Request["list[Completion]"]):
    """Sample ``num`` completions of one prompt."""

    prompt: Prompt
    after: Completion | None = None
    """What is there already: own tokens keep their log-probs, a forced start has none. The reply is the whole."""
    num: int = 1
    limit: int = 64
    """New tokens at most."""
    sampling: Sampling = Sampling()
    seed: int = 0
    """Completion i draws from (seed, i), whatever else is in the batch."""


@dataclass(frozen=True, eq=False)
class Tokenise(Request[Completion]):
    """A text as a completion: demonstrations, forced starts, answers to splice in. Log-probs are 0."""

    text: str
    end: bool = True
    """Close the turn."""
    wrote: bool = True
    """Mark the tokens as to be learned from."""


@dataclass(frozen=True, eq=False)
class Watch(Request[float]):
    """How much of the attention of a few tokens goes to the prompt's pictures and videos, from 0 to 1.

    The mean over layers, heads and tokens. NaN without media or tokens, and for models that do not say.
    """

    prompt: Prompt
    text: str
    """What follows the prompt."""
    start: int = 0
    """Character of the text with which the tokens begin."""
    end: int | None = None
    """The character after them; None is the end of the text."""
    num: int = 50
    """Most tokens."""


@dataclass(frozen=True, eq=False)
class Row:
    """A path of pieces under one prompt; the last piece is scored."""

    prompt: Prompt
    pieces: tuple[Tensor, ...]
    """[T] int64 each, on the CPU."""
    temperature: float = 1.0


class Slab(Protocol):
    """What a quantity may look at: a window of n positions of the R rows of one request, aligned by position.

    Nothing of size [rows, all positions, vocabulary] exists: the engine walks the windows, and in training it
    computes each window's logits again in the backward pass.
    """

    ids: Tensor
    """[R, n] scored tokens; 0 beyond a row's end."""
    alive: Tensor
    """[R, n] False beyond a row's end."""
    logits: Tensor
    """[R, n, V] float32, divided by the row's temperature."""
    hidden: Tensor
    """[R, n, H] state that predicts each token."""

    def part(self, role: Role) -> Any:
        """The live part that plays a role: for quantities that run a network of their own (a value head, a flow)."""
        ...


class Quantity(ABC, Generic[V_co]):
    """Something computed inside the forward, on the device, so that only what is small leaves it. Frozen dataclass."""

    aligned: ClassVar[bool] = False
    """True: the rows of a request stand side by side, position by position, padded (``alive``), so that they can be
    compared. False: the value at a position depends on that position alone, and rows come in any arrangement."""

    @abstractmethod
    def window(self, slab: Slab) -> Tensor:
        """Give [R, n, ...] for one window of positions."""

    def finish(self, rows: list[Tensor]) -> V_co:
        """From one [T_r, ...] per row to the reply; the rows as they are unless overridden."""
        return cast(V_co, rows)


@dataclass(frozen=True)
class Scores:
    """Reply to ``Score``: one value per quantity."""

    found: Mapping[Quantity[Any], Any]

    def __getitem__(self, quantity: Quantity[V]) -> V:
        return cast(V, self.found[quantity])


@dataclass(frozen=True, eq=False)
class Score(Request[Scores]):
    """Run rows through a model and keep what is wanted. Equal rows of one wave are run once."""

    rows: tuple[Row, ...] = ()
    want: tuple[Quantity[Any], ...] = ()


@dataclass(frozen=True)
class LogProb(Quantity["list[Tensor]"]):
    """Log-probability of each scored token, one [T] per row."""

    def window(self, slab: Slab) -> Tensor:
        """Gather first, then subtract the log-sum-exp: no second [R, n, V] is made."""
        return ChosenLogProb.apply(slab.logits, slab.ids)  # type: ignore[no-any-return]


class ChosenLogProb(torch.autograd.Function):
    """Log-softmax of logits [..., V] at ids [...]; the gradient is made in one buffer of the logits' size."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, ids: Tensor) -> Tensor:
        """Keep the logits, which are there anyway, and one number per position."""
        mass = logits.logsumexp(-1, keepdim=True)
        ctx.save_for_backward(logits, ids, mass)
        return (logits.gather(-1, ids[..., None]) - mass)[..., 0]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """(1 at the chosen token - softmax) times the gradient."""
        logits, ids, mass = ctx.saved_tensors
        grad = grads[0][..., None]
        out = torch.sub(logits, mass).exp_().mul_(-grad)
        return out.scatter_add_(-1, ids[..., None], grad), None


@dataclass(frozen=True)
class Entropy(Quantity["list[Tensor]"]):
    """Entropy of the next-token distribution at each scored position in nats, one [T] per row."""

    def window(self, slab: Slab) -> Tensor:
        """Give -sum p log p."""
        logp = slab.logits.log_softmax(-1)
        return -(logp.exp() * logp).sum(-1)


@dataclass(frozen=True)
class Rank(Quantity["list[Tensor]"]):
    """How many tokens are more likely than the scored one, one [T] per row: 0 is the greedy choice."""

    def window(self, slab: Slab) -> Tensor:
        """Count strictly larger logits."""
        chosen = slab.logits.gather(-1, slab.ids[..., None])
        return (slab.logits > chosen).sum(-1).to(torch.float32)
