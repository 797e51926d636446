"""How replies of OpenAI-compatible servers are read, with what vLLM adds to the schema. No network here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Api: TypeAlias = Literal["chat", "completions"]


class BadReply(Exception):
    """A reply that says nothing: it counts as missing."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoLogprobs(BadReply):
    """A reply without the log-probs that were asked for."""

    def __init__(self) -> None:
        super().__init__("logprobs", "the reply has no log-probs although they were asked for")


@dataclass(frozen=True)
class Reply:
    """What one call gave."""

    text: str
    logprobs: tuple[float, ...] = ()
    prompt_tokens: int = 0
    reply_tokens: int = 0


def first_choice(payload: Any) -> Mapping[str, Any]:
    """Give the first choice of a reply."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get("choices"), list):
        raise BadReply("schema", f"expected an object with a list 'choices', got {str(payload)[:80]!r}")
    if not payload["choices"]:
        raise BadReply("empty", "the list 'choices' is empty")
    if not isinstance(payload["choices"][0], Mapping):
        raise BadReply("schema", f"expected an object in 'choices', got {str(payload['choices'][0])[:80]!r}")
    choice: Mapping[str, Any] = payload["choices"][0]
    return choice


def text_in(choice: Mapping[str, Any], api: Api) -> str:
    """Give the text of a choice; a content in parts is joined."""
    message = choice.get("message")
    content: Any = message.get("content") if isinstance(message, Mapping) else 0
    if api == "completions":
        content = choice.get("text", 0)
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        content = "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else 0
    if content is None:
        raise BadReply("empty", "the reply has no text (a refusal, or the limit was spent on thinking)")
    if not isinstance(content, str):
        raise BadReply("schema", f"expected a choice with a text, got {str(choice)[:80]!r}")
    return content.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate could not be written to a file


def listed(choice: Mapping[str, Any], api: Api) -> dict[str, float]:
    """Give the tokens listed for the first new one, with their log-probs."""
    found: Any = choice.get("logprobs")
    if not found:
        raise NoLogprobs
    try:
        if api == "completions":
            top = {str(token): number(x) for token, x in found["top_logprobs"][0].items()}
        else:
            top = {str(item["token"]): number(item["logprob"]) for item in found["content"][0]["top_logprobs"]}
    except (KeyError, IndexError, TypeError, AttributeError):
        raise NoLogprobs from None
    if not top:
        raise NoLogprobs
    return top


def ending(payload: Mapping[str, Any], scored: str) -> float:
    """Log-prob of the prompt's last tokens, as many as hold the text ``scored``; vLLM's ``prompt_logprobs``.

    The prompt's own token stands first at its position. A token that also holds a bit of what stands before counts.
    """
    rows = payload.get("prompt_logprobs")
    if not isinstance(rows, list) or not rows:
        raise NoLogprobs
    held, total = "", 0.0
    try:
        for row in reversed(rows):
            own = next(iter(row.values()))
            held, total = str(own["decoded_token"]) + held, total + number(own["logprob"])
            if len(held) >= len(scored):
                break
    except (KeyError, TypeError, AttributeError, StopIteration):
        raise BadReply("schema", "prompt_logprobs is not a list of {id: {logprob, decoded_token}}") from None
    if not held.endswith(scored):
        raise BadReply("schema", f"the prompt ends with the tokens {held!r}, expected {scored!r}")
    return total


def echoed(choice: Mapping[str, Any], begin: int, end: int) -> float:
    """Log-prob of the tokens that hold the characters from ``begin`` to ``end`` of an echoed prompt."""
    found: Any = choice.get("logprobs")
    if not found:
        raise NoLogprobs
    try:
        rows: Sequence[Any] = list(zip(found["tokens"], found["token_logprobs"], found["text_offset"], strict=True))
        held = [number(x) for token, x, at in rows if at + len(token) > begin and at < end]
    except (KeyError, TypeError, ValueError):
        raise BadReply("schema", "logprobs is not of tokens, token_logprobs and text_offset of one length") from None
    if not held:
        raise NoLogprobs
    return sum(held)


def number(value: Any) -> float:
    """Read a log-prob.

    Raises:
        BadReply: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or value > 1e-3:
        raise BadReply("schema", f"expected a log-prob (a number up to 0), got {str(value)[:40]!r}")
    return min(float(value), 0.0)
