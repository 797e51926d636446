"""A language model as a live part: it answers requests, learns, follows along and is in the checkpoint."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from mmreason.asks import Generate, Request, Role, Score, Tokenise, Watch
from mmreason.errors import CheckError, CheckpointError, DataError, RecipeError
from mmreason.models.loading import first_line
from mmreason.models.optim import AdamW
from mmreason.models.room import Room
from mmreason.models.runner import Runner
from mmreason.models.sampler import generate
from mmreason.models.scoring import room_of, score
from mmreason.models.sharding import Replicated, Sharding
from mmreason.models.text import end_tokens
from mmreason.models.watched_attention import watch
from mmreason.types import Across, Alone, Batch, Completion
from vision_data.messages import Prompt

T = TypeVar("T")
logger = logging.getLogger(__name__)


class LanguageModel:
    """One set of weights that answers ``Generate``, ``Score`` and ``Tokenise``. Frozen unless it has an optimiser."""

    def __init__(self, role: Role, core: nn.Module, runner: Runner, across: Across | None = None) -> None:
        self.role, self.core, self.runner = role, core, runner
        self.across = across or Alone()
        self.eos = end_tokens(core, runner.encoder.tokenizer)
        if not self.eos:
            remedy = "give eos_token in tokenizer_config.json or eos_token_id in generation_config.json"
            raise CheckpointError(f"{role.name}: the checkpoint names no token that ends an answer; {remedy}")
        own = runner.sharding
        self.sharding: Sharding = own if own.core is core else Replicated(core, self.across)
        self.optim: AdamW | None = None
        self.optimizer: torch.optim.AdamW | None = None
        self.steps = 0
        self.frozen_checksum = ""

    def learns_with(self, optim: AdamW, rates: Sequence[tuple[str, float]] = ()) -> None:
        """Give it an optimiser over every weight that is not frozen.

        Args:
            optim: the optimiser.
            rates: component and its share of the learning rate.

        Raises:
            RecipeError: everything is frozen, or a component is unknown.
        """
        towers = self.runner.body.towers()
        if unknown := [name for name, _ in rates if name not in towers]:
            raise RecipeError(f"Policy.rates knows {', '.join(towers)}; got {unknown[0]!r}")
        shares: dict[int, float] = {}
        for name, share in sorted(rates, key=lambda rate: rate[0] != "vision"):  # the merger is a part of the tower
            shares |= {id(p): share for p in towers[name].parameters()}
        if not any(p.requires_grad for p in self.core.parameters()):
            raise RecipeError(f"{self.role.name} has nothing to learn with: every component is frozen; unfreeze one")
        self.optim, self.optimizer = optim, optim.build(self.core.parameters(), shares)
        if isinstance(self.sharding, Replicated):
            self.sharding.optimizer, self.sharding.clip = self.optimizer, optim.clip

    def shard(self, sharding: Sharding) -> None:
        """Have its weights spread over ranks from now on."""
        self.sharding = self.runner.sharding = sharding

    @property
    def one_by_one(self) -> bool:
        """Ranks speak to one another in its backward passes."""
        return self.sharding.one_by_one

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """All sampling in one loop, all scores in one call; replies in the order of the requests."""
        replies: dict[int, Any] = {}
        asked = [(i, r) for i, r in enumerate(requests) if isinstance(r, Generate)]
        scores = [(i, r) for i, r in enumerate(requests) if isinstance(r, Score)]
        texts = [(i, r) for i, r in enumerate(requests) if isinstance(r, Tokenise)]
        looks = [(i, r) for i, r in enumerate(requests) if isinstance(r, Watch)]
        if len(asked) + len(scores) + len(texts) + len(looks) < len(requests):
            odd = next(r for r in requests if not isinstance(r, (Generate, Score, Tokenise, Watch)))
            raise TypeError(f"{self.role.name} is a language model and cannot answer a {type(odd).__name__}")
        with self.runner.precision(), self.weights():
            if asked:
                self.mode(learns=False)
                with self.sharding.generating():
                    found = self.spared(lambda: generate(self.runner, [r for _, r in asked], self.eos))
                replies |= {i: reply for (i, _), reply in zip(asked, found, strict=True)}
            if scores:
                learns = torch.is_grad_enabled() and self.optimizer is not None
                self.mode(learns)
                with self.runner.ledger.phase("update" if learns else "score"):
                    given = self.spared(lambda: score(self.runner, [r for _, r in scores], grad=learns), not learns)
                replies |= {i: reply for (i, _), reply in zip(scores, given, strict=True)}
            if looks:
                self.mode(learns=False)
                replies |= {i: self.spared(partial(watch, self.runner, r)) for i, r in looks}
        replies |= {i: self.tokenise(r) for i, r in texts}
        return [replies[i] for i in range(len(requests))]

    def prepare(self, prompts: Sequence[Prompt]) -> None:
        """Begin to read the media of prompts that will probably be asked next."""
        features = None if self.runner.tower_learns() else self.runner.tower
        self.runner.encoder.prepare(self.role, prompts, features)

    def mode(self, learns: bool) -> None:
        """Dropout on or off."""
        if self.core.training != learns:
            self.core.train(learns)

    def spared(self, run: Callable[[], T], retry: bool = True) -> T:
        """Run; where the device runs out of memory, again in smaller forwards. An update is retried as a whole."""
        while True:
            try:
                return run()
            except torch.OutOfMemoryError as error:
                if not retry:
                    raise
                self.shrink(error)

    def weights(self) -> Any:
        """The weights to answer with: hook for roles that borrow another's."""
        return nullcontext()

    def tokenise(self, request: Tokenise) -> Completion:
        """A text as a completion that somebody else wrote, log-probs 0; media placeholders in it are refused."""
        tokenizer = self.runner.encoder.tokenizer
        ids: list[int] = tokenizer(request.text, add_special_tokens=False)["input_ids"]
        for token in self.runner.encoder.forbidden:
            if token in ids:
                raise DataError(
                    f"a text to learn from holds the media token {tokenizer.convert_ids_to_tokens(token)!r}, which no "
                    f"model may write: {request.text[:80]!r}; take it out of the text"
                )
        ids += [self.turn_end] if request.end else []
        text, offsets = self.runner.encoder.detokenise(ids)
        mark = torch.full((len(ids),), request.wrote)
        return Completion(
            text=text, tokens=torch.tensor(ids, dtype=torch.long), logprobs=torch.zeros(len(ids)), wrote=mark,
            offsets=offsets,
        )  # fmt: skip

    @cached_property
    def turn_end(self) -> int:
        """The token that ends a turn."""
        return self.runner.encoder.turn_end(self.eos)

    def room(self) -> Room:
        """Give the space of one forward and backward: the token budget."""
        return room_of(self.runner)

    def shrink(self, error: Exception) -> None:
        """Halve the token budget for the rest of the run, after the device ran out of memory; gradients are cleared.

        Raises:
            RecipeError: the budget was halved before, or the work is shared with other ranks and cannot be repeated.
        """
        runner = self.runner
        if runner.halved or not self.sharding.retries:
            again = f" again, with the token budget halved to {runner.budget}" if runner.halved else ""
            raise RecipeError(
                f"{self.role.name}: the device ran out of memory{again} ({first_line(error)}); lower Policy.budget, "
                "the group size, the limit on new tokens or max_pixels, or switch on Policy.checkpointing"
            ) from None
        self.core.zero_grad(set_to_none=True)
        runner.halve()
        logger.warning(
            "%s: the device ran out of memory; the token budget of one forward is %d from now on, half of what it was",
            self.role.name,
            runner.budget,
        )

    def apply(self) -> dict[str, float]:
        """Clip, step, clear. All gradients zero or absent is a step too: schedules and moments move on.

        Raises:
            CheckError: a gradient is infinite or no number; the weights are still those before.
        """
        assert self.optim is not None, f"{self.role.name} has no optimiser"
        with self.runner.ledger.phase("optimiser"):
            rate = self.optim.rate(self.steps)
            norm = self.sharding.step(rate)
        if not math.isfinite(norm):
            raise CheckError(
                f"{self.role.name}: the gradient norm of optimiser step {self.steps} is {norm}; the weights were not "
                "changed; lower the learning rate, or look for a reward or log-prob that is no number"
            )
        self.steps += 1
        if self.runner.tower_learns():
            self.runner.tower_changed()
        return {"grad_norm": norm, "lr": rate}

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: a model remembers nothing of this kind."""
        raise TypeError(f"{self.role.name} is a language model, not a store")

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def forget(self) -> None:
        """Let go of cached media and features, where the run could be gone on with.

        With several threads the last bits of a feature depend on what shared its tower call, and a resumed run starts
        with nothing cached. So both do the same.
        """
        self.runner.encoder.forget()

    def snapshot(self) -> Callable[[Path], None]:
        """Copy the weights to the host; gives what writes them, later and in another thread, as ``save`` does."""
        weights = self.sharding.host_weights()
        return lambda folder: self.write_files(folder, weights)

    def save(self, folder: Path) -> None:
        """Write weights and processor so that plain ``from_pretrained`` (or peft) loads them."""
        self.snapshot()(folder)

    def write_files(self, folder: Path, weights: dict[str, Tensor]) -> None:
        """Write these weights and the processor."""
        # peft would ask the network whether the base model's vocabulary has grown
        adapter = {"save_embedding_layers": False} if hasattr(self.core, "disable_adapter") else {}
        self.core.save_pretrained(folder, state_dict=weights, **adapter)  # type: ignore[operator]
        self.runner.encoder.processor.save_pretrained(folder)

    def load(self, folder: Path) -> None:
        """Bring the weights back, every tensor matched."""
        self.sharding.load(folder, self.role.name)
        self.runner.tower_changed()

    def state_dict(self) -> dict[str, Any]:
        """All but the weights, which ``save`` writes; every rank must call."""
        state: dict[str, Any] = {"steps": self.steps, "checksum": self.checksum()}
        if self.optimizer is not None:
            state["optimizer"] = self.sharding.optimizer_state()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """After ``load``: the optimiser's moments, and proof that the weights are the right ones."""
        if self.checksum() != state["checksum"]:
            raise CheckpointError(
                f"{self.role.name}: the weights in memory are not those of the checkpoint; "
                "was a file of it, or the model it started from, changed?"
            )
        self.steps = state["steps"]
        if self.optimizer is not None:
            self.sharding.load_optimizer_state(state["optimizer"])

    def checksum(self) -> str:
        """Hash of all weights; that of a frozen model is taken once."""
        if self.optimizer is None and self.frozen_checksum:
            return self.frozen_checksum
        self.frozen_checksum = self.sharding.checksum()
        return self.frozen_checksum

    @property
    def owns_weights(self) -> bool:
        """Say whether its weights change and must be in the checkpoint."""
        return self.optimizer is not None


class AdapterOff(LanguageModel):
    """The policy's own weights with its adapter switched off: a frozen reference without a second copy."""

    def weights(self) -> Any:
        """Switch the adapter off while answering."""
        return self.core.disable_adapter()  # type: ignore[operator]

    def state_dict(self) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""
