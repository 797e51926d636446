"""A prompt with its media, encoded once: the object that rollout, scoring, update, traces and evaluation share."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.errors import DataError


@dataclass(frozen=True, slots=True)
class MediaSpan:
    """Where one image or video stands in the prompt, and how to find its pixels."""

    kind: str
    """``image`` or ``video``."""
    start: int
    """First placeholder token."""
    length: int
    """Placeholder tokens: t * h * w / merge^2."""
    grid: tuple[int, int, int]
    """Patches in time, height and width."""
    key: str
    """Hash of the pixels and the processing settings: the key in the media store."""
    seconds_per_grid: float = 1.0
    """Seconds between two temporal patches of a video."""
    timestamps: tuple[float, ...] = ()
    """Seconds of the chosen frames of a video."""
    frames: tuple[int, ...] = ()
    """Indices of the chosen frames of a video."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Token ids, media spans and M-RoPE positions of one prompt, generation prompt included."""

    ids: Tensor
    """[P] int64, media placeholders expanded."""
    positions: Tensor
    """[3, P] int64: time, height, width."""
    next_position: int
    """Where every completion's positions start."""
    spans: tuple[MediaSpan, ...]
    text: str
    """The chat template's text, placeholders not expanded: for logs and errors."""

    def __len__(self) -> int:
        return len(self.ids)


def expand(
    ids: list[int], spans: list[MediaSpan], placeholders: dict[int, str], what: str
) -> tuple[list[int], list[MediaSpan]]:
    """Repeat each media placeholder as often as its medium has tokens; gives ids and spans with their places.

    Args:
        ids: tokens with one placeholder per medium.
        spans: media in order, ``start`` not yet known.
        placeholders: placeholder token id to media kind.
        what: names the prompt in errors.

    Raises:
        DataError: the placeholders do not match the media, in number or kind.
    """
    found = [placeholders[i] for i in ids if i in placeholders]
    wanted = [span.kind for span in spans]
    if found != wanted:
        raise DataError(
            f"{what}: the prompt has media placeholders {found} but the record brings {wanted}; "
            "remove literal placeholder tokens from the text or add the missing media"
        )
    rest, out, placed = iter(spans), [], []
    for i in ids:
        if i not in placeholders:
            out.append(i)
            continue
        span = next(rest)
        placed.append(
            MediaSpan(
                span.kind, len(out), span.length, span.grid, span.key,
                span.seconds_per_grid, span.timestamps, span.frames,
            )
        )  # fmt: skip
        out += [i] * span.length
    return out, placed
