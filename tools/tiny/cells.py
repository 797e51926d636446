"""The first phase: the vision tower learns to say what every cell of a map shows, in the words of the vocabulary.

Features are compared by cosine with the token embeddings of letters and colours, so that the language model, which
comes after, finds in an image token the very directions that stand for " A" and " Red". Without this the language model
spends most of its training on finding out which feature goes with which word.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from tools.tiny.data import CellBatch
from vision_data.generators.transit.names import LETTERS
from vision_data.generators.transit.spec import COLOUR_LINES

_LETTERS = tuple(LETTERS)
_COLOURS = tuple(name.removesuffix(" Line") for name, _ in COLOUR_LINES)
_SIDES = 4


def _single(tokenizer: Qwen2Tokenizer, word: str) -> int:
    ids = tokenizer(word).input_ids
    if len(ids) != 1:
        raise ValueError(f"expected {word!r} to be one token of the vocabulary, got {len(ids)}: give it more text")
    return int(ids[0])


def pair_words(model: Qwen2_5_VLForConditionalGeneration, tokenizer: Qwen2Tokenizer) -> None:
    """Let each letter and colour start near its twin that has a space before it: they mean the same."""
    weight = model.model.language_model.embed_tokens.weight
    with torch.no_grad():
        for word in (*_LETTERS, *_COLOURS):
            spaced, bare = _single(tokenizer, " " + word), _single(tokenizer, word)
            weight[bare] = weight[spaced] + 0.3 * weight[bare]


class CellReader(nn.Module):
    """Losses of what features say about the cells they come from; thrown away after the phase."""

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration, tokenizer: Qwen2Tokenizer) -> None:
        """Take the directions of the words from the model's embeddings, as they are now."""
        super().__init__()
        words = [_single(tokenizer, " " + word) for word in (*_LETTERS, *_COLOURS)]
        weight = model.model.language_model.embed_tokens.weight.detach()
        self.words = nn.Buffer(F.normalize(weight[words], dim=-1), persistent=False)
        self.tracks = nn.Linear(weight.shape[1], len(_COLOURS) * _SIDES)
        self.ahead = nn.Linear(weight.shape[1], _SIDES * (len(_LETTERS) + 1))
        self.scale = 20.0
        self.threshold = 5.0  # a cosine of 0.25

    def forward(self, features: Tensor, batch: CellBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Loss; the share of stations whose letter and lines are read rightly; the share of tracks followed rightly.

        Args:
            features: [B, cells, hidden].
            batch: the labels of the same cells.
        """
        features, stops_here = features.float(), batch.flags[..., 0]
        logits = F.normalize(features, dim=-1) @ self.words.T * self.scale
        named, stops = logits.split([len(_LETTERS), len(_COLOURS)], dim=-1)
        named = torch.cat([torch.full_like(named[..., :1], self.threshold), named], dim=-1)
        stops = stops - self.threshold
        plain = F.rms_norm(features, features.shape[-1:])
        ahead = self.ahead(plain).unflatten(-1, (_SIDES, -1))
        loss = F.cross_entropy(named.flatten(0, 1), batch.letters.flatten())
        loss = loss + 3 * F.binary_cross_entropy_with_logits(stops, stops_here)
        loss = loss + 3 * F.binary_cross_entropy_with_logits(self.tracks(plain), batch.flags[..., 1:].flatten(2))
        loss = loss + F.cross_entropy(ahead.flatten(0, 2), batch.ahead.flatten())
        is_station, is_track = batch.letters > 0, batch.ahead > 0
        right = (named.argmax(-1) == batch.letters) & ((stops > 0) == (stops_here > 0)).all(-1)
        followed = ahead.argmax(-1) == batch.ahead
        return loss, right[is_station].float().mean(), followed[is_track].float().mean()
