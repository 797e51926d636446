"""The tokenizer of mmreason-tiny: Qwen2's own pipeline (NFC, its split expression, byte level) over 1,024 tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2Tokenizer

VOCAB_SIZE = 1024
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)


def train_tokenizer(texts: Iterable[str], vocab_size: int = VOCAB_SIZE) -> Qwen2Tokenizer:
    """Learn merges from ``texts``; the result has exactly ``vocab_size`` ids, the special tokens first.

    The pre-tokenizer is taken from ``Qwen2Tokenizer`` itself, because that class rebuilds it on loading whatever the
    file says: a tokenizer trained with another one would split differently after a reload.

    Raises:
        ValueError: the texts do not hold enough different words to fill the vocabulary.
    """
    template = Qwen2Tokenizer()
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = template.backend_tokenizer.pre_tokenizer
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    state = json.loads(raw.to_str())["model"]
    if len(state["vocab"]) != vocab_size:
        raise ValueError(f"expected texts that fill {vocab_size} tokens, got {len(state['vocab'])}: give more text")
    merges: list[Any] = [tuple(merge) for merge in state["merges"]]
    return Qwen2Tokenizer(
        vocab=state["vocab"],
        merges=merges,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        extra_special_tokens=list(SPECIAL_TOKENS),
        model_max_length=4096,
    )
