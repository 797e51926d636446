"""The plain forward: every row by itself, prompt and media repeated, as any trainer would run it.

It shares nothing with the packed path but the encoding, and goes through the model's own ``forward``: it is what the
packed path is tested against and measured against, and a way out if a new model release breaks the packed one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.asks import Row
from mmreason.models.encoded import Encoded
from mmreason.models.runner import Runner


def plain_logprobs(core: nn.Module, runner: Runner, rows: Sequence[Row]) -> list[Tensor]:
    """Log-probs of the last piece of each row, [T] each, with gradient where it is enabled."""
    return [one_row(core, runner, row) for row in rows]


def one_row(core: nn.Module, runner: Runner, row: Row) -> Tensor:
    """One forward of prompt and row, causal, with the full logits of the scored positions."""
    encoded, whole = runner.encode(row.prompt), torch.cat(row.pieces)
    after = (encoded.next_position + torch.arange(len(whole))).expand(3, -1)
    ids = torch.cat([encoded.ids, whole])[None].to(runner.device)
    out = core(
        input_ids=ids,
        use_cache=False,
        **runner.body.plain_inputs(torch.cat([encoded.positions, after], 1).to(runner.device)),
        **media_inputs(runner, row, encoded),
    )
    num = len(row.pieces[-1])
    logits = out.logits[0, -num - 1 : -1].float() / row.temperature
    logprobs: Tensor = logits.log_softmax(-1).gather(-1, ids[0, -num:, None])[:, 0]
    return logprobs


def media_inputs(runner: Runner, row: Row, encoded: Encoded) -> dict[str, Any]:
    """Pixels and grids as the model's forward names them."""
    out: dict[str, Any] = {}
    for kind, pixels, grid in (
        ("image", "pixel_values", "image_grid_thw"),
        ("video", "pixel_values_videos", "video_grid_thw"),
    ):
        mine = [(i, span) for i, span in enumerate(encoded.spans) if span.kind == kind]
        if mine:
            found = [runner.encoder.pixels(row.prompt, span, i) for i, span in mine]
            out[pixels] = torch.cat(found).to(runner.device)
            out[grid] = torch.tensor([span.grid for _, span in mine], device=runner.device)
    return out
