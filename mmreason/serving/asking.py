"""What an engine is asked, and how its replies become completions: token ids in, token ids and log-probs out."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import Generate, Sampling
from mmreason.errors import CheckError, RecipeError
from mmreason.models.encoded import Encoded
from mmreason.models.family import Encoder
from mmreason.seeds import seed_of
from mmreason.serving.pixels import frames_of
from mmreason.types import Completion
from vision_data.media import Image, Media
from vision_data.messages import Prompt, media_of

NEVER = -100.0
"""Bias of tokens that must not be drawn: the lowest that vLLM takes."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """One completion to be sampled."""

    request: Generate
    number: int
    """Its number within the request; its seed is derived from it."""
    encoded: Encoded

    @property
    def seed(self) -> int:
        """Of this completion alone."""
        return seed_of(self.request.seed, self.number) % 2**31

    @property
    def start(self) -> list[int]:
        """Tokens of the answer that are there already."""
        after = self.request.after
        return [] if after is None else [int(token) for token in after.tokens]


@dataclass(frozen=True)
class Sampled:
    """What an engine gave for one completion."""

    prompt: tuple[int, ...]
    """Tokens that the engine went on from, media placeholders expanded."""
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish: str


def wanted(requests: Sequence[Generate], encoder: Encoder, raw: bool, name: str) -> list[Wanted]:
    """One per completion; refuses what an engine would do differently.

    Args:
        requests: what is asked.
        encoder: of the policy's checkpoint.
        raw: the engine's log-probs are those before temperature.
        name: of the role, for errors.

    Raises:
        RecipeError: log-probs would not be under the sampling temperature, or the context is too short.
    """
    out = []
    for request in requests:
        s = request.sampling
        if raw and s.temperature not in (0, 1):
            raise RecipeError(
                f"{name}: an engine with raw log-probs tells them at temperature 1, the rollout samples at "
                f"{s.temperature}; sample at 1, or start it with --logprobs-mode processed_logprobs and give raw=False"
            )
        if not raw and (s.top_p < 1 or s.top_k or not s.temperature):
            raise RecipeError(
                f"{name}: processed log-probs are those after top_p and top_k, and of greedy decoding none; "
                f"got top_p={s.top_p}, top_k={s.top_k}, temperature={s.temperature}; switch the filters off"
            )
        encoded = encoder.encode(request.prompt)
        room = encoder.max_context - len(encoded) - request.limit
        if room < (0 if request.after is None else len(request.after.tokens)):
            raise RecipeError(
                f"{name}: a prompt of {len(encoded)} tokens and {request.limit} new ones do not fit into the model's "
                f"context of {encoder.max_context}; lower the limit, or {encoder.shorter}"
            )
        out += [Wanted(request, number, encoded) for number in range(request.num)]
    return out


def settings(s: Sampling, limit: int, seed: int, encoder: Encoder, eos: frozenset[int]) -> dict[str, Any]:
    """Sampling parameters, all of them: an engine fills what is left out from the model's generation_config.json."""
    return {
        "max_tokens": limit, "temperature": float(s.temperature), "top_p": float(s.top_p), "top_k": s.top_k or -1,
        "min_p": 0.0, "repetition_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0, "n": 1,
        "seed": seed, "stop": list(s.stop), "include_stop_str_in_output": True, "stop_token_ids": sorted(eos),
        "skip_special_tokens": False, "logit_bias": {str(token): NEVER for token in encoder.forbidden},
    }  # fmt: skip


def complete(encoder: Encoder, want: Wanted, got: Sampled, name: str) -> Completion:
    """From the engine's reply to the noun, every token checked.

    Raises:
        CheckError: the engine went on from other tokens than the trainer will score, drew a media token, or told no
            log-prob for each token.
    """
    refuse_other_prompt(want, got, name)
    drawn = [token for token in got.tokens if token in encoder.forbidden]
    if drawn or len(got.logprobs) != len(got.tokens) or len(got.tokens) > want.request.limit:
        what = (
            f"drew the media token {drawn[0]}" if drawn
            else f"gave {len(got.tokens)} tokens with {len(got.logprobs)} log-probs, {want.request.limit} were allowed"
        )  # fmt: skip
        raise CheckError(f"{name}: the engine {what}; nothing can be learned from that")
    before = want.request.after
    tokens = [*want.start, *got.tokens]
    text, offsets = encoder.detokenise(tokens)
    old = before.logprobs if before else torch.zeros(0)
    wrote = before.wrote if before else torch.zeros(0, dtype=torch.bool)
    return Completion(
        text=text, tokens=torch.tensor(tokens, dtype=torch.long), offsets=offsets,
        logprobs=torch.cat([old, torch.tensor(got.logprobs, dtype=torch.float32)]),
        wrote=torch.cat([wrote, torch.ones(len(got.tokens), dtype=torch.bool)]),
        finish="stop" if got.finish == "stop" else "length",
        temperature=want.request.sampling.temperature or 1.0, spans=before.spans if before else (),
    )  # fmt: skip


def refuse_other_prompt(want: Wanted, got: Sampled, name: str) -> None:
    """Compare the tokens that the engine saw with those that the trainer scores under, media counted apart.

    Raises:
        CheckError: naming the first difference and what it may come from.
    """
    mine, its = [*map(int, want.encoded.ids), *want.start], list(got.prompt)
    if mine == its:
        return
    spans = sum(span.length for span in want.encoded.spans)
    marks = {mine[span.start] for span in want.encoded.spans}
    seen = sum(token in marks for token in its)
    if seen != spans:
        raise CheckError(
            f"{name}: the engine made {seen} media tokens of the prompt's pictures, the trainer {spans}: their pixel "
            "limits differ; give the engine the same min_pixels and max_pixels (--mm-processor-kwargs), and frames"
        )
    at = next((i for i, (a, b) in enumerate(zip(mine, its, strict=False)) if a != b), min(len(mine), len(its)))
    raise CheckError(
        f"{name}: the engine's prompt has {len(its)} tokens and the trainer's {len(mine)}, and they differ from token "
        f"{at} on: is its chat template, or the model that it serves, another one?"
    )


def unexpanded(encoded: Encoded) -> list[int]:
    """Token ids with one placeholder for each medium, which an engine in this process repeats itself."""
    ids, out, at = encoded.ids.tolist(), [], 0
    for span in encoded.spans:
        out += [*ids[at : span.start], ids[span.start]]
        at = span.start + span.length
    return [*out, *ids[at:]]


def seen_media(prompt: Prompt, encoded: Encoded, encoder: Encoder) -> Iterator[tuple[str, Tensor, float]]:
    """Each medium as the trainer sees it: its kind, frames [T, H, W, 3] uint8, and frames per second."""
    for number, (medium, span) in enumerate(zip(media_of(prompt), encoded.spans, strict=True)):
        image = isinstance(medium, Image)
        processor = encoder.processor.image_processor if image else encoder.processor.video_processor
        frames = frames_of(processor, encoder.pixels(prompt, span, number), span.grid)
        rate = float(processor.temporal_patch_size) / span.seconds_per_grid
        yield ("image", frames[:1], 0.0) if image else ("video", frames, rate)


def chat_messages(prompt: Prompt, shown: Mapping[Media, dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages with pictures in the place of media."""
    return [
        {
            "role": message.role,
            "content": [{"type": "text", "text": p} if isinstance(p, str) else shown[p] for p in message.content],
        }
        for message in prompt
    ]


def part_of(kind: str, frames: Tensor) -> dict[str, Any]:
    """A picture as a PNG, or the frames of a video as several: nothing is lost on the way.

    vLLM reads a list of frames under the type ``video/jpeg``, and tells their format by their bytes.
    """
    from vision_data.image import to_png

    files = [base64.b64encode(to_png(frame.numpy())).decode() for frame in frames]
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{files[0]}"}}
    return {"type": "video_url", "video_url": {"url": f"data:video/jpeg;base64,{','.join(files)}"}}
