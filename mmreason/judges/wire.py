"""What goes to an OpenAI-compatible server and how its replies are read: no network in here.

Two ways to ask (``chat/completions`` with messages and pictures, ``completions`` with the bare text), and two ways to
get log-probs: those listed for the first new token, which OpenAI's schema has, and those of the prompt's own tokens,
which vLLM adds to it (``prompt_logprobs``, or ``echo`` under ``completions``); the second reads options of any length.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, begun, looked_up
from mmreason.judges.replies import Api, Reply, echoed, ending, first_choice, listed, text_in
from vision_data.media import Media, Video
from vision_data.messages import Prompt, media_of, text_of

if TYPE_CHECKING:
    from mmreason.judges.server import OpenAIServer

Seen: TypeAlias = "dict[Media, list[dict[str, Any]]]"


@dataclass(frozen=True, eq=False)
class Call:
    """One message to the server."""

    body: Mapping[str, Any]
    api: Api
    options: tuple[str, ...] = ()
    """Looked up among the first new token's."""
    scored: str = ""
    """The end of the prompt whose log-prob is wanted."""
    start: str = ""
    """What stands before it, under ``completions``."""

    @property
    def wants_logprobs(self) -> bool:
        """Say whether a reply without log-probs is of no use."""
        return bool(self.options or self.scored)

    def read(self, payload: Any) -> Reply:
        """Take what was asked for out of a decoded reply.

        Raises:
            BadReply: it is not of the schema, or has no text.
            NoLogprobs: the log-probs are not there.
        """
        choice = first_choice(payload)
        text = text_in(choice, self.api)
        usage = payload.get("usage") if isinstance(payload.get("usage"), Mapping) else {}
        tokens = [num if isinstance(num := usage.get(f"{x}_tokens"), int) else 0 for x in ("prompt", "completion")]
        found: tuple[float, ...] = ()
        if self.scored and self.api == "chat":
            found = (ending(payload, self.scored),)
        elif self.scored:
            found = (echoed(choice, len(self.start), len(self.start + self.scored)),)
        elif self.options:
            found = looked_up(listed(choice, self.api), self.options)
        return Reply(text, found, *tokens)


def calls(request: Judge, server: OpenAIServer) -> list[Call]:
    """Write the calls that answer a request: one for the text, and one per option where the prompt itself is scored.

    Raises:
        RecipeError: the server's ``api`` cannot say it.
    """
    sendable(request, server.api)
    chat, prompt = server.api == "chat", server.logprobs == "prompt"
    options = () if prompt else request.options
    out, asked = [], {}
    if options:
        asked = {"logprobs": True, "top_logprobs": server.top} if chat else {"logprobs": server.top}
    if request.limit or not request.options or options:
        out.append(Call(body(request, "", max(request.limit, 1), asked, server), server.api, options))
    if prompt and request.options:
        asked = {"prompt_logprobs": 1} if chat else {"echo": True, "logprobs": 1}
        start = text_of(request.prompt)
        for option in request.options:
            out.append(Call(body(request, option, 1, asked, server), server.api, (), option, start))
    return out


def body(request: Judge, more: str, num: int, asked: Mapping[str, Any], server: OpenAIServer) -> dict[str, Any]:
    """Write the body of one call; ``more`` is added to the beginning of the reply."""
    how, (prompt, start) = request.sampling, begun(request.prompt)
    out: dict[str, Any] = {"model": server.model, server.limit_key: num, "temperature": how.temperature} | dict(asked)
    if how.temperature > 0:
        out["seed"] = request.seed % 2**31
        out |= {"top_p": how.top_p} if how.top_p < 1 else {}
        out |= {"top_k": how.top_k} if how.top_k else {}
    if how.stop:
        out["stop"] = list(how.stop)
    if server.api == "completions":
        out["prompt"] = text_of(request.prompt) + more
    else:
        out["messages"] = messages(prompt)
        if start + more:
            out["messages"] += [{"role": "assistant", "content": start + more}]
            out |= {"continue_final_message": True, "add_generation_prompt": False}
    return {key: value for key, value in (out | plain(server.extra)).items() if value is not None}


def is_pairs(value: object) -> bool:
    """Say whether a value is a tuple of names with values."""
    return isinstance(value, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    )


def plain(value: Any) -> Any:
    """Turn pairs into an object and other tuples into lists.

    >>> plain((("a", (("b", 1),)), ("c", (1, 2))))
    {'a': {'b': 1}, 'c': [1, 2]}
    """
    if is_pairs(value):
        return {name: plain(inner) for name, inner in value}
    return [plain(inner) for inner in value] if isinstance(value, tuple) else value


def messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Write messages; a content with media is a list of parts with references in the place of pictures."""
    out: list[dict[str, Any]] = []
    for message in prompt:
        parts = [{"type": "text", "text": p} if isinstance(p, str) else p for p in message.content]
        out.append({"role": message.role, "content": parts if media_of([message]) else text_of([message])})
    return out


def written(found: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Put pictures as data URIs in the place of references; ``seen`` keeps each written once."""
    if not isinstance(found.get("messages"), list):
        return dict(found)
    out = []
    for message in found["messages"]:
        content = message["content"]
        if not isinstance(content, str):
            content = [w for p in content for w in ([p] if isinstance(p, Mapping) else shown(p, seen))]
        out.append(message | {"content": content})
    return dict(found) | {"messages": out}


def shown(medium: Media, seen: Seen) -> list[dict[str, Any]]:
    """Write a picture, or the frames of a video, as data URIs of PNG files.

    Raises:
        MediaError: it cannot be read.
    """
    from vision_data.image import load_image, to_png
    from vision_data.resize import fit
    from vision_data.video import load_video

    if medium not in seen:
        if isinstance(medium, Video):
            pictures: list[Any] = list(load_video(medium, factor=28).frames)
        else:
            picture = load_image(medium)
            is_bounded = medium.min_pixels is not None or medium.max_pixels is not None
            low = medium.min_pixels or 1
            pictures = [fit(picture, min_pixels=low, max_pixels=medium.max_pixels) if is_bounded else picture]
        coded = [base64.b64encode(to_png(picture)).decode("ascii") for picture in pictures]
        urls = [{"url": f"data:image/png;base64,{text}"} for text in coded]
        seen[medium] = [{"type": "image_url", "image_url": url} for url in urls]
    return seen[medium]


def sendable(request: Judge, api: Api) -> None:
    """Refuse what this way of asking cannot say.

    Raises:
        RecipeError: pictures in a bare text, or media in the beginning of a reply.
    """
    start = request.prompt[-1:] if begun(request.prompt)[1] else ()
    if media_of(request.prompt if api == "completions" else start):
        kind = "a bare text (api='completions')" if api == "completions" else "the beginning of a reply"
        raise RecipeError(f"a judge's prompt has {media_of(request.prompt)[0]!r} in {kind}, which holds no media")
