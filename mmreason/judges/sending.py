"""Sends calls to a server: bounded concurrency, time-outs, retries with backoff, and a stop where nothing helps."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from mmreason.errors import CheckError
from mmreason.judges.cache import ReplyCache
from mmreason.judges.key import Key
from mmreason.judges.replies import BadReply, NoLogprobs, Reply
from mmreason.judges.wire import Call, Seen, written
from mmreason.seeds import seed_of

if TYPE_CHECKING:
    from mmreason.judges.server import OpenAIServer

AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
"""Statuses that another try may mend."""
HOPELESS = {301, 302, 303, 307, 308, 401, 403, 404, 405, 422}
"""Statuses that say that nothing will ever work, unless something has before."""


@dataclass(frozen=True)
class Failure:
    """A call that nobody answered."""

    reason: str
    message: str


class Refused(BadReply):
    """The server answered with an error."""

    def __init__(self, status: int, message: str, wait: float | None) -> None:
        super().__init__(f"http_{status}", f"HTTP {status}{': ' if message else ''}{message}")
        self.status, self.wait = status, wait


@dataclass
class Proof:
    """What has worked with this server so far."""

    reply: bool = False
    logprobs: bool = False


@dataclass
class Sender:
    """One round of calls."""

    server: OpenAIServer
    key: Key
    proof: Proof
    seen: Seen
    cache: ReplyCache | None = None
    """Told of each reply at once, so that a stop loses none that was paid for."""
    retried: int = 0
    waited: float = 0.0
    """Seconds from first try to reply, over all calls that were answered."""
    worked: int = 0
    failed: int = 0
    resume: float = 0.0
    """Nobody sends before this time of the loop's clock: the server asked for a pause."""
    found: dict[str, Reply | Failure] = field(default_factory=dict)

    async def send(self, todo: Mapping[str, Call]) -> dict[str, Reply | Failure]:
        """Send all calls; a reply or a failure for each.

        Raises:
            CheckError: the server cannot do what is asked of it.
        """
        import httpx2

        many = min(self.server.concurrency, len(todo))
        http = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity"} | self.key.headers(),
            timeout=None,
            limits=httpx2.Limits(max_connections=many),
            trust_env=not self.server.is_local,  # a proxy knows nothing of this machine
            # without TLS no certificates, whose loading takes a tenth of a second each time
            verify=self.server.base.startswith("https") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )
        calls = iter(todo.items())
        try:
            async with http, asyncio.TaskGroup() as group:
                for _ in range(many):
                    group.create_task(self.work(http, calls))
        except* CheckError as errors:
            stop = errors.exceptions[0]
        else:
            return self.found
        raise stop from None

    async def work(self, http: Any, calls: Iterator[tuple[str, Call]]) -> None:
        """Take one call after another until none is left."""
        for key, call in calls:
            if not self.worked and self.failed >= self.server.give_up:
                self.found[key] = Failure("given_up", f"not sent after {self.failed} failures and no reply")
                continue
            began = asyncio.get_running_loop().time()
            reply = self.found[key] = await self.tried(http, key, call)
            if isinstance(reply, Reply):
                self.worked += 1
                if self.cache is not None:
                    self.cache.put(key, reply)
                self.waited += asyncio.get_running_loop().time() - began
            else:
                self.failed += 1

    async def tried(self, http: Any, key: str, call: Call) -> Reply | Failure:
        """Try as often as allowed."""
        turn = 0
        while True:
            await self.hold()
            try:
                reply = await self.once(http, call)
            except BadReply as error:
                self.stop_if_hopeless(error)
                failure, wait = Failure(error.reason, str(error)), getattr(error, "wait", None)
                if error.reason == "large" or (isinstance(error, Refused) and error.status not in AGAIN):
                    return failure
                if wait is not None and wait > self.server.longest_pause:
                    return Failure(error.reason, f"{error}; it asks for a pause of {wait:.0f} s")
            else:
                self.proof.reply, self.proof.logprobs = True, self.proof.logprobs or call.wants_logprobs
                return reply
            if turn >= self.server.retries:
                return failure
            now = asyncio.get_running_loop().time()
            self.resume = max(self.resume, now + (wait or 0.0))
            await asyncio.sleep(backoff(self.server.pause, turn, seed_of("judge", key, turn)))
            turn, self.retried = turn + 1, self.retried + 1

    async def hold(self) -> None:
        """Wait while the server wants peace."""
        while (left := self.resume - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)

    async def once(self, http: Any, call: Call) -> Reply:
        """Send one call once.

        Raises:
            BadReply: there is no reply, or none that can be read.
        """
        import httpx2

        path = "chat/completions" if call.api == "chat" else "completions"
        content = json.dumps(written(call.body, self.seen)).encode()
        headers, raw = {"Content-Type": "application/json"}, bytearray()
        try:
            async with asyncio.timeout(self.server.seconds):
                url = f"{self.server.base}/{path}"
                async with http.stream("POST", url, content=content, headers=headers) as response:
                    async for chunk in response.aiter_bytes():
                        raw += chunk
                        if len(raw) > self.server.reply_bytes:
                            raise BadReply("large", f"the reply is larger than {self.server.reply_bytes} bytes")
        except TimeoutError:
            raise BadReply("timeout", f"no reply within {self.server.seconds:g} s") from None
        except httpx2.ConnectError as error:
            raise BadReply("refused", self.key.hide(f"no connection ({error})")) from None
        except httpx2.RequestError as error:
            raise BadReply("cut", self.key.hide(f"the reply broke off ({type(error).__name__}: {error})")) from None
        text = self.key.hide(raw.decode("utf-8", "replace"))
        if response.status_code != 200:
            raise Refused(response.status_code, said(text), retry_after(response.headers.get("Retry-After")))
        return call.read(decoded(text))

    def stop_if_hopeless(self, error: BadReply) -> None:
        """Stop where another try would fail as well, and nothing has worked so far.

        Raises:
            CheckError: with what the server said and what to do.
        """
        server = self.server
        at = f"{server.role.name} at {server.address}"
        if isinstance(error, NoLogprobs) and not self.proof.logprobs:
            raise CheckError(
                f"{at}: the server ignores the request for log-probs (logprobs={server.logprobs!r}), so it cannot play "
                "a role whose probabilities are read; use a server that gives them, such as vLLM, or LocalJudge"
            )
        if isinstance(error, Refused) and error.status in HOPELESS and not self.proof.reply:
            raise CheckError(f"{at} answers with {error}; {remedy(error.status, server, bool(self.key.value))}")


def remedy(status: int, server: OpenAIServer, has_key: bool) -> str:
    """Say what may mend an error that trying again does not."""
    if status in (401, 403):
        return f"see to the key in {server.key_env}" if has_key else f"no key was sent: {server.key_env} is not set"
    if status == 404:
        return f"is there a model {server.model!r}, and does the address end before /chat/completions?"
    if status == 422:
        return "it does not know a field of the request: take it out with extra=((name, None),), or try the other api"
    return "give the address of the server itself, up to /v1"


def backoff(pause: float, turn: int, seed: int) -> float:
    """Seconds to wait after the failed try number ``turn``: doubled each time, the upper half drawn from a seed.

    >>> 2.0 <= backoff(1.0, 2, seed=0) <= 4.0
    True
    """
    return float(pause * 2**turn * (1 + random.Random(seed).random()) / 2)


def retry_after(told: str | None) -> float | None:
    """Read a ``Retry-After`` header in seconds or as a date; None where there is none that can be read.

    >>> retry_after("1.5"), retry_after("soon"), retry_after("Thu, 01 Jan 1970 00:00:00 GMT")
    (1.5, None, 0.0)
    """
    if not told:
        return None
    try:
        wait = float(told)
    except ValueError:
        try:
            at = parsedate_to_datetime(told)
            wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except ValueError:
            return None
    return max(wait, 0.0) if wait == wait else None


def decoded(text: str) -> Any:
    """Decode a reply.

    Raises:
        BadReply: it is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadReply("json", f"the reply is not JSON: {text[:80]!r}") from None


def said(text: str) -> str:
    """Give the first line of what a server says of an error, at most 200 characters."""
    try:
        found = decoded(text)
    except BadReply:
        found = text
    for name in ("error", "detail", "message"):
        found = found.get(name, found) if isinstance(found, dict) else found
    lines = str(found).strip().splitlines()
    return lines[0][:200] if lines else ""
