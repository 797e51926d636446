"""Put changed questions into prompts, and take media out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vision_data.errors import MediaError
from vision_data.messages import Message, Part, Prompt
from vision_data.prompts.multiple_choice import STYLES
from vision_data.prompts.rearranged import Rearranged


def rewrite_question(prompt: Sequence[Message], change: Rearranged) -> Prompt:
    """Replace the question and the options of a prompt; all other words and the media stay.

    The options must stand in the prompt as lines in one of ``STYLES``, the question anywhere, both once. The options
    that are put in their place are written in the same style.

    Raises:
        MediaError: they are not found, or more than once.
    """
    before, after = change.original, change.question
    fitting = [style for style in STYLES if _count(prompt, before.option_lines(style)) == 1]
    if not fitting:
        raise MediaError(
            f"the options {str(before.options)[:80]} do not stand in the prompt once, one a line with letters; "
            f"expected for instance {before.option_lines().splitlines()[0]!r}"
        )
    out = replace_text(prompt, before.option_lines(fitting[0]), after.option_lines(fitting[0]))
    return out if before.question == after.question else replace_text(out, before.question, after.question)


def replace_text(prompt: Sequence[Message], old: str, new: str) -> Prompt:
    """Replace a text that stands in the prompt exactly once, within one part.

    Raises:
        MediaError: it stands there another number of times.
    """
    found = _count(prompt, old)
    if found != 1:
        raise MediaError(f"the text {old[:60]!r} stands in the prompt {found} times, expected once")
    return tuple(
        replace(message, content=tuple(p.replace(old, new) if isinstance(p, str) else p for p in message.content))
        for message in prompt
    )


def without_media(prompt: Sequence[Message], instead: str = "") -> Prompt:
    """Leave the images and videos out: the text-only control of a question about them.

    Args:
        prompt: with or without media.
        instead: text in place of each, such as ``[no image]``; none leaves nothing, nor the line break after it.
    """
    return tuple(replace(message, content=_spoken(message.content, instead)) for message in prompt)


def _spoken(content: Sequence[Part], instead: str) -> tuple[Part, ...]:
    kept: list[Part] = []
    dropped = False
    for part in content:
        if isinstance(part, str):
            kept.append(part.removeprefix("\n") if dropped and not instead and not kept else part)
        elif instead:
            kept.append(instead)
        dropped = not isinstance(part, str)
    return tuple(kept)


def _count(prompt: Sequence[Message], text: str) -> int:
    return sum(part.count(text) for message in prompt for part in message.content if isinstance(part, str) and text)
