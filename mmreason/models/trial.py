"""Finds out on loading how an unknown causal language model can be run: packed, or row by row; or not at all."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.models.encoded import Encoded
from mmreason.models.generic import PACKED, GenericBody, UnpackableError, Verdict, register
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import pack

PROMPT, ROWS = 7, (5, 3)
"""Tokens of the trial's prompt and rows."""
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
HALF = 5e-2
"""Relative distance of states that may be rounding."""
FAILURES = (UnpackableError, ImportError, AttributeError, RuntimeError, ValueError, TypeError, IndexError, KeyError)
"""What a model's own code ends in when it is given what it does not know."""
logger = logging.getLogger(__name__)


@torch.no_grad()
def judge(body: GenericBody) -> Verdict:
    """Try a model on two short rows; one without weights (on the ``meta`` device) is judged by its configuration.

    Raises:
        RecipeError: it is not causal, or its head is none that we know.
    """
    was, device = body.base.training, next(body.base.parameters()).device
    if device.type == "meta":
        return Verdict(why_alone(body.base.config.get_text_config()))
    body.base.eval()
    kind, generator = body.base.config.model_type, torch.Generator().manual_seed(0)
    ids = [torch.randint(body.vocab, (n,), generator=generator) for n in (PROMPT, *ROWS)]
    body.verdict = Verdict(why_alone="trial")
    single = [body.alone_states(torch.cat([ids[0], row]).to(device))[0] for row in ids[1:]]
    if apart(single[0][:PROMPT], single[1][:PROMPT]) > limit(single[0]):
        raise RecipeError(f"a {kind!r} model is not causal: its tokens see what comes after them; take another model")
    whole = body.base(input_ids=torch.cat(ids[:2])[None].to(device), use_cache=False).logits[0].float()
    if apart(body.head(single[0]), whole) > limit(single[0]):
        raise RecipeError(
            f"the head of a {kind!r} model does more to the logits than scale and cap them; not supported"
        )
    why = why_alone(body.base.config.get_text_config()) or unlike(body, ids, single)
    if why:
        logger.warning("%s: rows cannot share a forward (%s); each runs by itself, which is slower", kind, why)
    body.verdict = Verdict(why, bool(why) and caches(body, torch.cat(ids[:2]).to(device), single[0]))
    body.base.train(was)
    return body.verdict


def why_alone(config: Any) -> str:
    """What the configuration says against packing; a short trial would not see it."""
    kinds = sorted(set(getattr(config, "layer_types", None) or ()) - {"full_attention"})
    if kinds:
        return f"it has layers of the kind {', '.join(kinds)}"
    if not hasattr(config, "layer_types") and getattr(config, "sliding_window", None):
        return f"sliding-window attention of {config.sliding_window} tokens"
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type")
    if rope in ("dynamic", "longrope"):
        return f"rotary embedding of type {rope!r} depends on the length of the row"
    return ""


def unlike(body: GenericBody, ids: list[Tensor], single: list[Tensor]) -> str:
    """Switch packing on and compare; where it fails or differs, why, and all is as before."""
    base, before = body.base, body.base.config._attn_implementation
    if before != "sdpa":
        return f"its attention is {before!r}, not 'sdpa'"
    register()
    try:
        base.set_attn_implementation(PACKED)
        found = packed_states(body, ids, single[0].device)
        off = max(apart(a, b) for a, b in zip(found, single, strict=True))
        why = "" if off <= limit(single[0]) else f"in a trial packed states were {off:.2g} away from single ones"
    except FAILURES as error:
        why = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
    if why:
        base.set_attn_implementation(before)
    return why


def packed_states(body: GenericBody, ids: list[Tensor], device: torch.device) -> list[Tensor]:
    """States of each row with its prompt, from one packed row."""
    prompt = Encoded(ids[0], torch.arange(PROMPT).expand(3, -1), PROMPT, (), "")
    packed = pack([(prompt, ids[1:])])
    blocks = [block_on(block, device) for block in packed.blocks]
    out = body.packed(packed.ids[None].to(device), packed.positions, PackedPlan(blocks))
    at, found = PROMPT, []
    for length in ROWS:
        found.append(torch.cat([out[:PROMPT], out[at : at + length]]))
        at += length
    return found


def block_on(block: Any, device: torch.device) -> Any:
    """A block with its index tensors on a device."""
    from dataclasses import replace

    return replace(block, index=block.index.to(device), alive=block.alive.to(device))


def caches(body: GenericBody, ids: Tensor, wanted: Tensor) -> bool:
    """Say whether the model's cache goes on as if all had been run at once."""
    body.verdict = Verdict("trial", caches=True)
    try:
        _, past = body.alone_states(ids[:-2])
        if past is None:
            return False
        found = []
        for token in ids[-2:]:
            states, past = body.alone_states(token[None], past)
            found.append(states)
    except FAILURES:
        return False
    return apart(torch.cat(found), wanted[-2:]) <= limit(wanted)


def apart(a: Tensor, b: Tensor) -> float:
    """Distance relative to size; infinite where shapes differ or something is no number."""
    if a.shape != b.shape:
        return float("inf")
    off = float((a.float() - b.float()).norm() / b.float().norm().clamp(min=1e-12))
    return off if off == off else float("inf")


def limit(states: Tensor) -> float:
    """Distance that may be rounding."""
    return TOLERANCE.get(states.dtype, HALF)
