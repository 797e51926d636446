"""Preference records as people have them: where the prompt, the chosen and the rejected answer stand in a record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmreason.errors import DataError

Messages = list[dict[str, Any]]
SIDES = {
    "chosen": ("chosen", "preferred_output"),
    "rejected": ("rejected", "rejected_response", "non_preferred_output"),
}
"""Names of the two answers: ours, TRL's, ms-swift's and OpenAI's."""
PROMPTS = ("messages", "conversations", "prompt", "question", "query", "input")
SPEAKERS = {"human": "user", "gpt": "assistant", "Human": "user", "Assistant": "assistant"}
_HH = re.compile(r"\n\n(Human|Assistant): ?")


def pair_of(fields: Mapping[str, Any]) -> tuple[Messages, str, str]:
    """Give the prompt's messages, the chosen and the rejected answer of a record.

    Read are: a prompt (text or messages) with two answers (texts or messages), as in TRL; two whole conversations
    that differ in their last message only, as in TRL without a prompt and UltraFeedback; two transcripts with
    ``Human:`` and ``Assistant:``, as in HH; ``conversations`` with ``from`` and ``value``, as in LLaMA-Factory;
    ``messages`` that end with the chosen answer and ``rejected_response``, as in ms-swift; ``input``,
    ``preferred_output`` and ``non_preferred_output``, as in OpenAI's; ``question``, ``system``, as in Orca and RLAIF-V.

    Raises:
        DataError: something is missing, of another kind, or the answers follow different prompts; no file or line.
    """
    prompt = _prompt(fields)
    chosen = _side(fields, "chosen")
    if chosen is None and prompt and prompt[-1]["role"] == "assistant":
        prompt, chosen = prompt[:-1], prompt[-1:]
    rejected = _side(fields, "rejected")
    for name, side in (("chosen", chosen), ("rejected", rejected)):
        if side is None:
            have = ", ".join(map(repr, list(fields)[:8])) or "nothing"
            raise DataError(f"the record has no {name!r}; a preference pair needs both (it has {have})")
    assert chosen is not None
    assert rejected is not None
    before = _shared(_transcript(chosen) if not prompt else chosen, _transcript(rejected) if not prompt else rejected)
    told, chosen_text, rejected_text = before
    if told and prompt and told[: len(prompt)] != prompt and len(prompt) > 1:
        raise DataError("the prompt and the conversations of 'chosen' and 'rejected' are not the same")
    messages = told or prompt
    if not messages:
        raise DataError(
            "there is no prompt: expected 'prompt' (a text or messages), or conversations with the prompt in 'chosen' "
            "and 'rejected'"
        )
    if isinstance(fields.get("system"), str) and fields["system"].strip() and messages[0]["role"] != "system":
        messages = [{"role": "system", "content": fields["system"]}, *messages]
    return messages, chosen_text, rejected_text


def _prompt(fields: Mapping[str, Any]) -> Messages:
    """Messages of the explicit prompt; empty without one."""
    name = next((name for name in PROMPTS if fields.get(name)), None)
    value: Any = fields.get(name) if name else None
    if isinstance(value, Mapping) and "messages" in value:
        value = value["messages"]
    if value is None:
        return []
    if isinstance(value, str):
        return [{"role": "user", "content": value}] if value.strip() else []
    return _messages(value, str(name))


def _side(fields: Mapping[str, Any], side: str) -> Messages | None:
    """Messages of an answer; None where the record has none."""
    name = next((name for name in SIDES[side] if fields.get(name) is not None), None)
    if name is None:
        return None
    value = fields[name]
    if isinstance(value, str):
        return [{"role": "assistant", "content": value}]
    return _messages([value] if isinstance(value, Mapping) else value, name)


def _messages(value: Any, name: str) -> Messages:
    """Messages with role and content, whatever they are called."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise DataError(f"{name!r} is a {type(value).__name__}, expected a text or a list of messages")
    out: Messages = []
    for number, message in enumerate(value):
        if not isinstance(message, Mapping):
            raise DataError(f"{name!r}, message {number}: is a {type(message).__name__}, expected role and content")
        role, content = message.get("role", message.get("from")), message.get("content", message.get("value"))
        if not isinstance(role, str) or content is None:
            raise DataError(f"{name!r}, message {number}: expected role and content (or from and value)")
        out.append({"role": SPEAKERS.get(role, role), "content": content})
    return out


def _transcript(side: Messages) -> Messages:
    """The turns of a transcript in HH's way, where the answer is one; else the messages as they are."""
    text = side[0]["content"]
    if len(side) > 1 or not isinstance(text, str) or not _HH.match("\n\n" + text.lstrip("\n")):
        return side
    _, *pieces = _HH.split("\n\n" + text.lstrip("\n"))
    return [
        {"role": SPEAKERS[who], "content": said.strip()} for who, said in zip(pieces[::2], pieces[1::2], strict=True)
    ]


def _shared(chosen: Messages, rejected: Messages) -> tuple[Messages, str, str]:
    """What stands before the last message, the same on both sides, and the last messages' texts."""
    for name, side in (("chosen", chosen), ("rejected", rejected)):
        if side[-1]["role"] != "assistant":
            raise DataError(f"{name!r} ends with a message of {side[-1]['role']!r}, expected one of the assistant")
    if chosen[:-1] != rejected[:-1]:
        turn = next((i for i, pair in enumerate(zip(chosen, rejected, strict=False)) if pair[0] != pair[1]), 0)
        raise DataError(
            f"'chosen' and 'rejected' differ from message {turn} on, before their last one; "
            "a pair needs one prompt and two answers to it"
        )
    return chosen[:-1], _text(chosen[-1], "chosen"), _text(rejected[-1], "rejected")


def _text(message: Mapping[str, Any], name: str) -> str:
    """Text of an answer."""
    content = message["content"]
    if isinstance(content, Sequence) and not isinstance(content, str):
        parts: list[Any] = [part.get("text") if isinstance(part, Mapping) else part for part in content]
        if not all(isinstance(part, str) for part in parts):
            raise DataError(f"the answer {name!r} holds more than text; no model here writes pictures")
        content = "".join(parts)
    if not isinstance(content, str) or not content.strip():
        raise DataError(f"the answer {name!r} is empty; a pair needs two answers that say something")
    return content
