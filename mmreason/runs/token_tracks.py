"""One number a token, beside the traces: ``tokens/<stage>.jsonl``, half precision in base64, two bytes a number.

Reading needs neither PyTorch nor NumPy.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from mmreason.recipe import Stage
    from mmreason.types import Completion, Group

LARGEST = 65504.0
"""Of half precision."""
NATS = "nats"
UNITS = {"logprob": NATS, "entropy": NATS}
"""What tracks are counted in, by name."""


def tracks_of(stage: Stage, group: Group) -> list[dict[str, Tensor]]:
    """Give by completion the tracks of a group, by name: each a number a token.

    They are ``logprob`` (when sampled; NaN where the policy did not choose; none for demonstrations), ``credit`` (of
    the first loss that spends any), ``ratio`` (trainer over sampler, where the trainer scored the tokens again), and
    every signal that has one number for each token of each completion, by its ``track``, or else its name.
    """
    from mmreason.asks import POLICY
    from mmreason.credit.base import Credit
    from mmreason.losses.base import CreditLoss
    from mmreason.probes.token_logprobs import Sampled, TokenLogprobs

    found: dict[str, Sequence[Tensor]] = {}
    if any(c.logprobs.any() for c in group.completions):
        found["logprob"] = [c.logprobs.double().masked_fill(~c.wrote, float("nan")) for c in group.completions]
    spent = next((loss.by for loss in stage.losses if isinstance(loss, CreditLoss)), None)
    if spent is not None and spent in group.signals:
        found["credit"] = group[spent]
    if again := ratios(group):
        found["ratio"] = again
    for signal, value in group.signals.items():
        told = isinstance(signal, (Credit, Sampled)) or signal == TokenLogprobs(POLICY)
        if not told and is_track(value, group.completions):
            found.setdefault(str(getattr(signal, "track", "")) or plain_name(type(signal).__name__), value)
    return [{name: value[i] for name, value in found.items()} for i in range(len(group))]


def is_track(value: Any, completions: Sequence[Completion]) -> bool:
    """Say whether a signal's value has one number for each token of each completion."""
    from torch import Tensor

    return (
        isinstance(value, (list, tuple))
        and len(value) == len(completions) > 0
        and any(len(c.tokens) for c in completions)
        and all(
            isinstance(v, Tensor) and v.is_floating_point() and v.shape == c.tokens.shape
            for v, c in zip(value, completions, strict=True)
        )
    )


def ratios(group: Group) -> list[Tensor]:
    """What the trainer says of the sampled tokens over what the sampler said; nothing where it was not asked."""
    from mmreason.asks import POLICY
    from mmreason.probes.token_logprobs import TokenLogprobs

    again = group.signals.get(TokenLogprobs(POLICY))
    if again is None or not is_track(again, group.completions):
        return []
    pairs = zip(again, group.completions, strict=True)
    return [(a.double().cpu() - c.logprobs.double().cpu()).exp().masked_fill(~c.wrote, float("nan")) for a, c in pairs]


def encode(stage: Stage, group: Group) -> dict[str, Any]:
    """Write the tracks of a group as one line."""
    rows = []
    for c, tracks in zip(group.completions, tracks_of(stage, group), strict=True):
        row: dict[str, Any] = {"tracks": {name: halves(value) for name, value in tracks.items()}}
        if len(c.offsets) == len(c.tokens) + 1:
            lens = [min(after - before, 65535) for before, after in zip(c.offsets, c.offsets[1:], strict=False)]
            row = {"lens": text64(struct.pack(f"<{len(lens)}H", *lens))} | row
        rows.append(row)
    return {"completions": rows}


def halves(value_T: Tensor) -> str:
    """Numbers in half precision; what is too large for it becomes its largest."""
    numbers = value_T.detach().cpu().double().clamp(-LARGEST, LARGEST).tolist()
    return text64(struct.pack(f"<{len(numbers)}e", *numbers))


def text64(content: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(content).decode()


def decode(line: Mapping[str, Any]) -> list[tuple[tuple[int, ...], dict[str, tuple[float, ...]]]]:
    """Read a line: by completion the character at which each token ends (none where unknown), and the tracks by name.

    Raises:
        ValueError: it is no such line.
    """
    try:
        out = []
        for row in line["completions"]:
            lens = unpacked(row["lens"], "H") if "lens" in row else ()
            tracks = {str(name): unpacked(text, "e") for name, text in row["tracks"].items()}
            out.append((tuple(accumulate(int(n) for n in lens)), tracks))
        return out
    except (KeyError, TypeError, AttributeError, binascii.Error, struct.error) as error:
        raise ValueError(f"no line of token tracks ({type(error).__name__}: {error})") from None


def unpacked(text: str, kind: str) -> tuple[float, ...]:
    """Numbers of two bytes."""
    content = base64.b64decode(text, validate=True)
    return struct.unpack(f"<{len(content) // 2}{kind}", content)


def plain_name(name: str) -> str:
    """Name a track after a class.

    >>> plain_name("TokenRank")
    'token rank'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
