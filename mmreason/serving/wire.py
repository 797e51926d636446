"""HTTP to a vLLM server: many requests under way, retries with backoff, one line where nothing helps."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mmreason.errors import CheckError
from mmreason.judges.key import Key
from mmreason.judges.sending import AGAIN, backoff, retry_after, said
from mmreason.seeds import seed_of
from mmreason.serving.asking import Sampled


@dataclass
class Wire:
    """A connection to one server.

    Args:
        base: address without ``/v1``.
        name: of the role, for errors.
        key: sent with every request.
        seconds: time-out of one try.
        retries: tries after the first.
        pause: seconds before the second try; doubled for each further one.
        concurrency: requests under way at once.
    """

    base: str
    name: str
    key: Key
    seconds: float
    retries: int
    pause: float
    concurrency: int
    retried: int = 0
    http: Any = field(default=None, repr=False)

    def all(self, calls: Sequence[tuple[str, dict[str, Any]]], read: Callable[[Any], Sampled]) -> list[Sampled]:
        """Send all, in the order of the calls; the first failure stops the rest.

        Raises:
            CheckError: a request failed after all tries, or its reply is not of vLLM's schema.
        """
        with ThreadPoolExecutor(min(self.concurrency, max(len(calls), 1))) as pool:
            sent = [pool.submit(lambda c: read(self.post(*c)), call) for call in calls]
            try:
                return [one.result() for one in sent]
            finally:
                for one in sent:
                    one.cancel()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one request until it is answered.

        Raises:
            CheckError: it was refused, or nobody answered after all tries.
        """
        turn = 0
        while True:
            why, again, wait = self.once("POST", path, body)
            if isinstance(why, dict):
                return why
            if not again or turn >= self.retries:
                tries = f" after {turn + 1} tries" if turn else ""
                raise CheckError(f"{self.name} at {self.base}{path}{tries}: {why}")
            time.sleep(max(wait or 0.0, backoff(self.pause, turn, seed_of("serving", path, turn))))
            turn, self.retried = turn + 1, self.retried + 1

    def get(self, path: str) -> Any:
        """Ask for a value.

        Raises:
            CheckError: it is not answered.
        """
        found, _, _ = self.once("GET", path, None)
        if isinstance(found, dict):
            return found
        raise CheckError(f"{self.name} at {self.base}{path}: {found}")

    def once(self, method: str, path: str, body: Any) -> tuple[Any, bool, float | None]:
        """Give the decoded reply; or what went wrong, whether another try may mend it, and a pause asked for."""
        import httpx2

        if self.http is None:
            limits = httpx2.Limits(max_connections=self.concurrency)
            self.http = httpx2.Client(headers=self.key.headers(), timeout=self.seconds, limits=limits, trust_env=False)
        try:
            reply = self.http.request(method, f"{self.base}{path}", json=body)
            text = self.key.hide(reply.text)
        except httpx2.TimeoutException:
            return f"no reply within {self.seconds:g} s", True, None
        except httpx2.RequestError as error:
            return self.key.hide(f"no connection ({type(error).__name__}: {error})"), True, None
        if reply.status_code != 200:
            why = f"HTTP {reply.status_code}: {said(text)}{hint(path, reply.status_code)}"
            return why, reply.status_code in AGAIN, retry_after(reply.headers.get("Retry-After"))
        try:
            found = json.loads(text or "{}")
        except (ValueError, RecursionError):
            return f"the reply is not JSON: {text[:80]!r}", True, None
        return (found, False, None) if isinstance(found, dict) else (f"the reply is {text[:80]!r}", False, None)

    def close(self) -> None:
        """Let go of the connections."""
        if self.http is not None:
            self.http.close()
            self.http = None


def hint(path: str, status: int) -> str:
    """What a refusal usually comes from."""
    if status == 404 and not path.startswith("/v1"):
        return "; weights can be sent to a server that was started with VLLM_SERVER_DEV_MODE=1 and a weight transfer"
    return "; is this the address of a vLLM server, and the name of its model?" if status == 404 else ""


def read_sampled(name: str, reply: Any) -> Sampled:
    """Take tokens and log-probs out of a reply of either API.

    Raises:
        CheckError: they are not there: the server is no vLLM, or an old one.
    """
    try:
        (choice,) = reply["choices"]
        told = choice["logprobs"]
        if "content" in told:
            logprobs = [float(one["logprob"]) for one in told["content"]]
        else:
            logprobs = [float(value) for value in told["token_logprobs"]]
        prompt = choice.get("prompt_token_ids") or reply["prompt_token_ids"]
        return Sampled(
            tuple(map(int, prompt)), tuple(map(int, choice["token_ids"])), tuple(logprobs), choice["finish_reason"]
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckError(
            f"{name}: the reply has no token ids with log-probs ({type(error).__name__}: {error}); the engine must be "
            "a vLLM that knows return_token_ids"
        ) from None
