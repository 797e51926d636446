"""A served model as a live part."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from mmreason.asks import Generate, Request
from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.cache import ReplyCache, key_of
from mmreason.judges.key import Key
from mmreason.judges.replies import Reply
from mmreason.judges.sending import Failure, Proof, Sender
from mmreason.judges.wire import Call, Seen, calls, written
from mmreason.ledger import Ledger
from mmreason.types import Batch, Completion

if TYPE_CHECKING:
    from mmreason.judges.server import OpenAIServer

logger = logging.getLogger(__name__)


class Served:
    """Answers ``Judge`` and ``Generate`` by asking a server. It remembers nothing but the cache."""

    def __init__(self, server: OpenAIServer, key: Key, ledger: Ledger, cache: ReplyCache | None) -> None:
        self.server, self.key, self.ledger, self.cache = server, key, ledger, cache
        self.proof = Proof()

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """All calls of all requests under way together; equal ones are sent once."""
        asked = [self.questions(request) for request in requests]
        with self.ledger.phase(self.server.role.name):
            replies = iter(self.verdicts([question for of_request in asked for question in of_request]))
        out: list[Any] = []
        for request, of_request in zip(requests, asked, strict=True):
            mine = [next(replies) for _ in of_request]
            out.append([written_by(verdict) for verdict in mine] if isinstance(request, Generate) else mine[0])
        return out

    def questions(self, request: Request[Any]) -> list[Judge]:
        """One per text that is wanted.

        Raises:
            RecipeError: it is something that only a model in this process can do.
        """
        if isinstance(request, Judge):
            return [request]
        if not isinstance(request, Generate) or request.after is not None:
            what = "go on from tokens" if isinstance(request, Generate) else f"answer a {type(request).__name__}"
            raise RecipeError(
                f"{self.server.role.name} is played by a server, which cannot {what}; use a local model for this role"
            )
        r = request
        return [Judge(r.to, r.prompt, r.limit, r.sampling, r.seed + i) for i in range(r.num)]

    def verdicts(self, asked: Sequence[Judge]) -> list[Verdict | None]:
        """Ask; None where a call of a question failed."""
        seen: Seen = {}
        plans = [[(self.key_for(call, seen), call) for call in calls(judge, self.server)] for judge in asked]
        todo = dict(call for plan in plans for call in plan)
        found: dict[str, Reply | Failure] = {}
        if self.cache is not None:
            found = {key: kept for key in todo if (kept := self.cache.get(key)) is not None}
        todo = {key: call for key, call in todo.items() if key not in found}
        sender = Sender(self.server, self.key, self.proof, seen, self.cache)
        if todo:
            found |= finished(sender.send(todo))
        self.tell(sender, num_cached=len(found) - len(todo))
        return [together(plan, found) for plan in plans]

    def key_for(self, call: Call, seen: Seen) -> str:
        """Name a call by all that its reply depends on."""
        return key_of(self.server.base, call.api, written(call.body, seen), call.options, call.scored)

    def tell(self, sender: Sender, num_cached: int) -> None:
        """Count in the ledger, and say in the log what failed."""
        name, replies = self.server.role.name, [r for r in sender.found.values() if isinstance(r, Reply)]
        failures = [failure for failure in sender.found.values() if isinstance(failure, Failure)]
        tokens = sum(r.prompt_tokens for r in replies), sum(r.reply_tokens for r in replies)
        spent = round(sum(num * price for num, price in zip(tokens, self.server.price, strict=True)))
        reasons = Counter(failure.reason for failure in failures)
        counts = {
            "requests": len(sender.found), "cached": num_cached, "retries": sender.retried, "failed": len(failures),
            "prompt_tokens": tokens[0], "reply_tokens": tokens[1], "microdollars": spent,
        } | {f"failed/{reason}": num for reason, num in reasons.items()}  # fmt: skip
        for what, num in counts.items():
            if num:
                self.ledger.add(f"{name}/{what}", num)
        if replies:
            waits = self.ledger.seconds
            waits[f"{name}_latency"] = waits.get(f"{name}_latency", 0.0) + sender.waited
        if failures:
            why = ", ".join(f"{reason} {num}" for reason, num in reasons.most_common())
            first = next(failure.message for failure in failures if failure.reason != "given_up")
            logger.warning(
                "%s at %s: %d of %d requests were not answered and are missing (%s); the first: %s",
                name, self.server.address, len(failures), len(sender.found), why, first,
            )  # fmt: skip

    def write(self, records: list[dict[str, object]]) -> None:
        """Refuse: a judge remembers nothing."""
        raise TypeError(f"{self.server.role.name} is a served model, not a store")

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""


def together(plan: Sequence[tuple[str, Call]], found: Mapping[str, Reply | Failure]) -> Verdict | None:
    """Put the replies to the calls of one question together."""
    replies = [(call, found[key]) for key, call in plan]
    texts = [r.text for call, r in replies if isinstance(r, Reply) and not call.scored]
    logprobs = [x for _, r in replies if isinstance(r, Reply) for x in r.logprobs]
    if any(isinstance(r, Failure) for _, r in replies):
        return None
    return Verdict(texts[0] if texts else "", tuple(logprobs))


def written_by(verdict: Verdict | None) -> Completion:
    """A text without tokens; an empty one where nobody answered."""
    text = verdict.text if verdict else ""
    nothing = torch.zeros(0)
    return Completion(text=text, tokens=nothing.long(), logprobs=nothing, wrote=nothing.bool())


def finished(sending: Any) -> dict[str, Reply | Failure]:
    """Run to the end, in a thread of its own where this one runs a loop already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        out: dict[str, Reply | Failure] = asyncio.run(sending)
        return out
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        out = pool.submit(asyncio.run, sending).result()
    return out
