"""A judge or listener that an OpenAI-compatible server plays: vLLM, SGLang, llama.cpp, transformers serve, OpenAI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from mmreason.asks import JUDGE, Role
from mmreason.errors import RecipeError
from mmreason.judges.cache import ReplyCache
from mmreason.judges.key import key_from
from mmreason.judges.replies import Api
from mmreason.judges.served import Served
from mmreason.judges.wire import is_pairs
from mmreason.slots import Opened

LOCAL = ("localhost", "127.0.0.1", "::1")
COMMON_KEY = "OPENAI_API_KEY"


@dataclass(frozen=True, kw_only=True)
class OpenAIServer:
    """Asks a server that speaks OpenAI's schema. Not from a paper.

    It answers ``Judge`` with text or log-probs, and ``Generate`` with texts that have no tokens. What fails after all
    tries is missing (None, which rewards turn into NaN) and counted in the ledger under the role's name. What can
    never work (a refused key, no such model, no log-probs) stops the run while nothing has worked yet.

    Args:
        url: Address up to ``/v1``, such as ``http://localhost:8000/v1``.
        model: Name of the model on the server.
        role: Who it plays, for the ledger and messages.
        api: ``chat`` sends messages with pictures; ``completions`` the bare text, for models without a chat template.
        logprobs: Options are read from the ``first`` new token's most likely ones, or each is put at the end of the
            ``prompt`` and its own tokens are scored (vLLM; one call per option, and options of any length are exact).
        top: Tokens that the server lists for the first new one; 20 is the most that vLLM and OpenAI allow by default.
        concurrency: Requests under way at once.
        seconds: Time-out of one try.
        retries: Tries after the first.
        pause: Seconds before the second try; doubled for each further one, and half of it is drawn from a seed.
        longest_pause: Seconds; a server that asks for a longer wait (``Retry-After``) is not asked again.
        give_up: Requests in a row that may fail before one of a call has worked; the others are then not sent.
        reply_bytes: Size of the largest reply that is read.
        cache: Folder of replies that are kept, within the run's folder unless absolute; None keeps none.
        cache_bytes: What the folder may hold.
        key_env: Environment variable that holds the key, if it is set; None sends no key.
        limit_key: What the server calls the limit on new tokens; newer OpenAI models want ``max_completion_tokens``.
        extra: Further fields of each request, such as ``(("reasoning_effort", "low"),)``; None takes a field out, and
            pairs within are an object: ``(("chat_template_kwargs", (("enable_thinking", False),)),)``.
        price: Dollars per million tokens of prompts and of replies, for the ledger.
    """

    url: str
    model: str
    role: Role = JUDGE
    api: Api = "chat"
    logprobs: Literal["first", "prompt"] = "first"
    top: int = 20
    concurrency: int = 8
    seconds: float = 60.0
    retries: int = 3
    pause: float = 1.0
    longest_pause: float = 120.0
    give_up: int = 16
    reply_bytes: int = 4 << 20
    cache: str | None = "judge_cache"
    cache_bytes: int = 1 << 30
    key_env: str | None = COMMON_KEY
    limit_key: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra: tuple[tuple[str, Any], ...] = ()
    price: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse what could never be asked."""
        try:
            parts, port = urlsplit(self.url), urlsplit(self.url).port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise RecipeError(f"OpenAIServer.url is {self.address!r}, expected one such as 'http://localhost:8000/v1'")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise RecipeError(
                "OpenAIServer.url holds a user, a key or a query: keys come from the environment, key_env"
            )
        if self.api not in ("chat", "completions") or self.logprobs not in ("first", "prompt"):
            raise RecipeError(
                "OpenAIServer: api is chat or completions and logprobs is first or prompt, "
                f"got {self.api!r} and {self.logprobs!r}"
            )
        if not is_pairs(self.extra):
            raise RecipeError(f"OpenAIServer.extra is {self.extra!r}, expected pairs such as (('top_k', 20),)")
        for name in ("concurrency", "give_up", "reply_bytes", "cache_bytes", "top"):
            if getattr(self, name) < 1:
                raise RecipeError(f"OpenAIServer.{name} must be at least 1, got {getattr(self, name)}")
        for name in ("seconds", "retries", "pause", "longest_pause"):
            if not 0 <= getattr(self, name) < float("inf") or (name == "seconds" and not self.seconds):
                raise RecipeError(
                    f"OpenAIServer.{name} must be a number that is not negative, got {getattr(self, name)}"
                )

    @property
    def address(self) -> str:
        """The address without anything secret that somebody may have put there, for messages."""
        return self.url.rpartition("@")[2].partition("?")[0]

    @property
    def base(self) -> str:
        """The address up to ``/v1``."""
        return self.url.rstrip("/") if urlsplit(self.url).path.strip("/") else f"{self.url.rstrip('/')}/v1"

    @property
    def is_local(self) -> bool:
        """Say whether requests stay on this machine."""
        return urlsplit(self.url).hostname in LOCAL

    def open(self, run: Opened) -> Served:
        """Read the key; nothing is sent yet.

        Raises:
            RecipeError: a key that is meant for another server would travel in the clear.
        """
        key = key_from(self.key_env)
        if key.value and self.key_env == COMMON_KEY and urlsplit(self.url).scheme == "http" and not self.is_local:
            raise RecipeError(
                f"{self.role.name}: the key in {COMMON_KEY} would be sent unencrypted to {self.address}; use https, "
                "name the variable of that server's own key in key_env, or give key_env=None"
            )
        cache = ReplyCache(run.home / self.cache, self.cache_bytes) if self.cache is not None else None
        return Served(self, key, run.ledger, cache)
