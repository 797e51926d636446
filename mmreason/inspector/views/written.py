"""A completion's text: thought and answer apart, phrases marked like their boxes, tokens coloured by a track."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from mmreason.inspector.model import CompletionView
from mmreason.inspector.views.html import TEXT, Html, el, join, rest
from mmreason.inspector.views.tracks import Tokens, Tracks

COLOURS = 7
MARKS = 100
"""Phrases of a completion that are marked."""
LABELS = {"think": "thought", "answer": "answer"}
TAG = re.compile(r"</?[A-Za-z][\w-]{0,30}>|\\boxed\{$|^\}")
"""Also the box around an answer, at the edges of what stands outside."""


def written(c: CompletionView, tracks: Tracks | None = None) -> Html:
    """Show a completion's text in blocks: what stands outside, the thought, the answer.

    Every character is shown once and in order, up to a limit; tags stay, small.
    """
    return Text(c, tracks or Tracks({})).shown()


class Text:
    """Cuts the text of a completion."""

    def __init__(self, c: CompletionView, tracks: Tracks) -> None:
        self.c, self.tokens = c, Tokens(c, tracks)
        self.marks = phrases(c)

    def shown(self) -> Html:
        """All of it."""
        blocks = [self.block(kind, start, end) for kind, start, end in parts(self.c)]
        if not self.c.text:
            blocks.append(el("p", "nothing was written", class_="note"))
        return el("div", *blocks, rest(self.c.text), class_="said", dir="auto", tabindex=0)

    def block(self, kind: str, start: int, end: int) -> Html:
        """One part of the text under its name."""
        inside = self.pieces(start, end)
        if kind == "think" and self.c.skipped:
            return el("div", el("span", "thought skipped", class_="label"), inside, class_="think skip")
        if kind in LABELS:
            return el("div", el("span", LABELS[kind], class_="label"), inside, class_=kind)
        return el("span" if kind == "tags" else "div", inside, class_=kind)

    def pieces(self, start: int, end: int) -> Iterator[Html]:
        """The text between two characters, phrases marked, tokens apart."""
        cuts = {start, end} | {edge for span in self.marks for edge in span if start < edge < end}
        for low, high in pairwise(sorted(cuts)):
            inside = join(self.tokens.between(low, high))
            over = [(span, box) for span, box in self.marks.items() if span[0] <= low and high <= span[1]]
            if not over:
                yield inside
                continue
            names = ", ".join(str(box + 1) for _, box in over)
            span, box = over[-1]
            tag = el("sup", names, class_="no") if span[1] == high else None
            yield el("mark", inside, tag, class_=f"c{self.c.boxes[box].colour % COLOURS}", title=f"box {names}")


def parts(c: CompletionView) -> Iterator[tuple[str, int, int]]:
    """Cut the text into (kind, start, end): think, answer, tags and plain, in order and without overlap."""
    limit, at = min(len(c.text), TEXT), 0
    if c.think is None and c.answer is None:
        yield from [("plain", 0, limit)] if limit else []
        return
    for (start, end), kind in sorted((span, kind) for span, kind in ((c.think, "think"), (c.answer, "answer")) if span):
        start, end = max(start, at), min(end, limit)
        if start >= end:
            continue
        yield from outside(c.text, at, start)
        yield kind, start, end
        at = end
    yield from outside(c.text, at, limit)


def outside(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Cut what stands around thought and answer into tags, with the blanks between them, and other text."""
    runs: list[tuple[str, int, int]] = []
    at = start
    tags = [(start + found.start(), start + found.end()) for found in TAG.finditer(text[start:end])]
    for low, high in [*tags, (end, end)]:
        blank = not text[at:low].strip()
        for kind, upto in (("tags" if blank else "plain", low), ("tags", high)):
            if upto > at and runs and runs[-1][0] == kind:
                runs[-1] = (kind, runs[-1][1], upto)
            elif upto > at:
                runs.append((kind, at, upto))
            at = upto
    yield from runs


def phrases(c: CompletionView) -> dict[tuple[int, int], int]:
    """Spans of the text that mention a box, each with the number of the first box it mentions."""
    out: dict[tuple[int, int], int] = {}
    for i, box in enumerate(c.boxes):
        if box.phrase and 0 <= box.phrase[0] < box.phrase[1] and len(out) < MARKS:
            out.setdefault(box.phrase, i)
    return out
