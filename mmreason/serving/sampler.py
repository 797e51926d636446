"""An inference engine as a live part: it samples with the weights that the policy had after its last step."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any, Protocol

from mmreason.asks import Generate, Request, Role
from mmreason.errors import RecipeError
from mmreason.ledger import Ledger
from mmreason.models.families import encoder_for
from mmreason.models.family import Encoder
from mmreason.models.policy import LanguageModel
from mmreason.models.store import MediaStore
from mmreason.ranks import by_first
from mmreason.serving.asking import Sampled, Wanted, complete, wanted
from mmreason.types import Across, Batch, Completion

SAMPLER = Role("sampler")
"""Plays rollouts in the policy's place: ``Sample(by=SAMPLER)``."""
STORE = 1 << 30
"""Bytes of pixels that are kept for the engine on the host."""


class Engine(Protocol):
    """What samples."""

    raw: bool
    """Its log-probs are those before temperature."""

    def sample(self, todo: Sequence[Wanted], encoder: Encoder, eos: frozenset[int]) -> list[Sampled]:
        """One reply for each."""
        ...

    def push(self, core: Any, version: str) -> None:
        """Take the weights of a model."""
        ...


class EngineSampler:
    """Samples with a copy of the policy's weights that is renewed after every step of it."""

    apart = True
    """It shares nothing with the other parts but counters, so it may answer while they learn."""

    def __init__(
        self, role: Role, engine: Engine, policy: LanguageModel, encoder: Encoder, across: Across, ledger: Ledger
    ) -> None:
        self.role, self.engine, self.policy, self.encoder = role, engine, policy, encoder
        self.across, self.ledger, self.sent = across, ledger, -1

    def answer(self, requests: Sequence[Request[Any]]) -> list[list[Completion]]:
        """All completions of all requests in one go.

        Raises:
            RecipeError: something else than text is asked, or settings differ from what the engine can do.
            CheckError: the engine fails, or saw other tokens than the trainer will.
        """
        for request in requests:
            if not isinstance(request, Generate):
                raise RecipeError(
                    f"{self.role.name} is played by an inference engine, which samples and cannot answer a "
                    f"{type(request).__name__}; ask the policy"
                )
        asked = [request for request in requests if isinstance(request, Generate)]
        todo = wanted(asked, self.encoder, self.engine.raw, self.role.name)
        start = time.perf_counter()
        got = self.engine.sample(todo, self.encoder, self.policy.eos)
        found = iter([complete(self.encoder, w, g, self.role.name) for w, g in zip(todo, got, strict=True)])
        self.ledger.seconds["engine"] = self.ledger.seconds.get("engine", 0.0) + time.perf_counter() - start
        self.ledger.add("sampled_tokens", sum(len(one.tokens) for one in got))
        return [[next(found) for _ in range(request.num)] for request in asked]

    def follow(self) -> None:
        """Send the policy's weights, if they are other ones than those sent last; every rank calls, one sends."""
        if self.sent != self.policy.steps:
            by_first(self.across, lambda: self.engine.push(self.policy.core, str(self.policy.steps)))
            self.sent = self.policy.steps

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: an engine remembers nothing."""
        raise TypeError(f"{self.role.name} is an inference engine, not a store")

    def after_step(self, batch: Batch) -> None:
        """Follow the policy."""
        self.follow()

    def state_dict(self) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The policy has other weights than when the engine was opened."""
        self.sent = -1
        self.follow()


def beside(run: Any, of: Role, role: Role, engine: Engine) -> EngineSampler:
    """Put an engine beside a policy, with an encoder of its own, and the policy's weights in it.

    Raises:
        RecipeError: the policy is not there yet.
    """
    policy = run.models.get(of)
    if not isinstance(policy, LanguageModel):
        raise RecipeError(f"{role.name} samples for {of.name}, which must stand before it in Recipe.models")
    config = policy.runner.body.base.config
    processor = copy.deepcopy(policy.runner.encoder.processor)  # the policy's pixel limits are in it
    encoder = encoder_for(processor, config, MediaStore(STORE), Ledger())
    part = EngineSampler(role, engine, policy, encoder, run.across, run.ledger)
    part.follow()
    return part
