"""The ``<think>...</think><answer>...</answer>`` layout."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.spans import find_spans


@dataclass(frozen=True, slots=True)
class ThinkAnswer:
    """What stands in the two tags."""

    think: str | None
    """Reasoning as written, without the tags; None where there is no think tag."""
    answer: str | None
    """Content of the last answer tag, up to the end of the text where it is not closed; None where there is none."""
    well_formed: bool
    """Each of the four tags once, in order, and nothing but white space around them."""


def parse_think_answer(text: str, think: str = "think", answer: str = "answer", opened: bool = False) -> ThinkAnswer:
    """Read reasoning and answer, however broken the layout is.

    Reasoning is the first think span; it ends at the answer tag where it is not closed. A closing think tag without an
    opening one ends reasoning that began with the text, because some chat templates open the tag in the prompt.

    Args:
        text: A completion.
        think: Name of the reasoning tag.
        answer: Name of the answer tag.
        opened: The prompt ends with the opening think tag, so a well-formed completion does not repeat it.
    """
    answers = find_spans(text, answer)
    return ThinkAnswer(
        think=text[slice(*span)] if (span := think_span(text, think, answer, opened)) else None,
        answer=text[slice(*answers[-1])] if answers else None,
        well_formed=_is_well_formed(f"<{think}>{text}" if opened else text, think, answer),
    )


def think_span(text: str, think: str = "think", answer: str = "answer", opened: bool = False) -> tuple[int, int] | None:
    """Give the first character of the reasoning and the one after its last; see ``parse_think_answer``.

    >>> think_span("<think>Two.</think><answer>2</answer>"), think_span("Two.</think>2"), think_span("2")
    ((7, 11), (0, 4), None)
    """
    close = text.find(f"</{think}>")
    start = text.find(f"<{think}>")
    if opened or (close >= 0 and not 0 <= start < close):
        start = 0
    elif start < 0:
        return None
    else:
        start += len(think) + 2
    ends = [at for at in (text.find(f"</{think}>", start), text.find(f"<{answer}>", start)) if at >= 0]
    return start, min(ends, default=len(text))


def _is_well_formed(text: str, think: str, answer: str) -> bool:
    tags = (f"<{think}>", f"</{think}>", f"<{answer}>", f"</{answer}>")
    if any(text.count(tag) != 1 for tag in tags):
        return False
    starts = [text.index(tag) for tag in tags]
    if starts != sorted(starts):
        return False
    outside = text[: starts[0]] + text[starts[1] + len(tags[1]) : starts[2]] + text[starts[3] + len(tags[3]) :]
    return not outside.strip()
