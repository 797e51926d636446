"""Prompts of text models: chat template or plain text, special tokens, the end of a turn.

A tokenizer with a chat template writes the template's text, generation prompt included, and nothing is put in front of
it: the template itself says where a begin-of-text token stands. A tokenizer without one (a base model's) gets the
texts of the messages, joined by line breaks, roles left out; so a prompt of one user message is that text and nothing
else. Special tokens go in front of it as the tokenizer is set up; an end-of-text token behind it is left out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mmreason.errors import CheckpointError, DataError, PromptError
from mmreason.models.detokenise import Detokeniser
from mmreason.models.encoded import Encoded, MediaSpan
from vision_data.messages import Prompt, media_of, text_of

DENSE = ("qwen2", "qwen3", "llama", "mistral")
"""Architectures whose layers our own forward runs, where their configuration asks for nothing special."""
LINEARS = r".*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""LoRA targets: every linear layer of the decoder."""
ENDLESS = 1 << 31
"""Context of a model that counts no positions."""
MARK = "mmreason"
"""An answer that no chat template writes by itself."""


class TextEncoder:
    """Turns prompts into ``Encoded``, each once. Works without any weights.

    Args:
        tokenizer: the checkpoint's tokenizer, with its chat template if it has one.
        config: the checkpoint's configuration.
    """

    forbidden: tuple[int, ...] = ()
    """Tokens that no sampler may draw."""
    shorter = "shorten the prompt"

    def __init__(self, tokenizer: Any, config: Any) -> None:
        self.processor = self.tokenizer = tokenizer
        self.detokenise = Detokeniser(tokenizer)
        self.max_context = context_of(config)
        self.num_tokens = int(config.get_text_config().vocab_size)
        self.known: OrderedDict[Prompt, Encoded] = OrderedDict()
        self.max_known = 4096

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode with the generation prompt; equal prompts are encoded once.

        Raises:
            PromptError: the prompt holds an image or video, or not a single token.
            DataError: the chat template refuses the messages.
            CheckpointError: the tokenizer is not the model's.
        """
        if prompt not in self.known:
            self.known[prompt] = self.make(prompt)
            if len(self.known) > self.max_known:
                self.known.popitem(last=False)
        return self.known[prompt]

    def make(self, prompt: Prompt) -> Encoded:
        """Template, tokens, positions."""
        if media := media_of(prompt):
            raise PromptError(
                f"the prompt {text_of(prompt)[-80:]!r} holds {len(media)} image(s) or video(s), and the model reads "
                "only text; take a vision-language model, or leave the media out",
                prompt,
            )
        text, ids = self.written(prompt)
        if not ids:
            raise PromptError("the prompt is empty, and the model goes on from at least one token; give a text", prompt)
        if max(ids) >= self.num_tokens:
            raise CheckpointError(
                f"the tokenizer writes token {max(ids)} for the prompt {text[-80:]!r}, and the model knows only "
                f"{self.num_tokens}; give the tokenizer that belongs to the model"
            )
        positions = torch.arange(len(ids)).expand(3, -1)
        return Encoded(torch.tensor(ids), positions, len(ids), (), text)

    def written(self, prompt: Prompt) -> tuple[str, list[int]]:
        """The text that the model sees, and its tokens."""
        if self.tokenizer.chat_template:
            messages = [{"role": message.role, "content": text_of([message])} for message in prompt]
            text = by_template(self.tokenizer, messages)
            return text, self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        text = text_of(prompt)
        ids: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        bare: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        closed = ids[-1 - len(bare) :] == [*bare, self.tokenizer.eos_token_id]
        return text, ids[:-1] if closed else ids  # an answer would start after the end

    def turn_end(self, eos: frozenset[int]) -> int:
        """The token that ends a turn: the first of these that the chat template writes behind an answer."""
        own = self.tokenizer.eos_token_id
        if self.tokenizer.chat_template:
            said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": MARK}]
            rest = by_template(self.tokenizer, said, ask=False).rpartition(MARK)[2]
            found = self.tokenizer(rest, add_special_tokens=False)["input_ids"]
            own = next((token for token in found if token in eos), own)
        return int(own) if own in eos else min(eos)

    def prepare(self, by: Hashable, prompts: Sequence[Prompt], features: int | None = None) -> None:
        """Nothing has to be read."""

    def forget(self) -> None:
        """Know no prompt any more, as when the program starts."""
        self.known.clear()

    def pixels(self, prompt: Prompt, span: MediaSpan, number: int) -> Tensor:
        """Refuse: there is no medium."""
        raise TypeError("a text model has no media")


def by_template(renderer: Any, messages: Sequence[Mapping[str, Any]], ask: bool = True) -> str:
    """Write messages by the chat template of a tokenizer or processor; with ``ask`` the generation prompt too.

    Raises:
        DataError: the template refuses them.
    """
    from jinja2 import TemplateError

    try:
        return str(renderer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask))
    except TemplateError as error:
        roles = " ".join(message["role"] for message in messages)
        raise DataError(f"the chat template refuses messages of the roles {roles!r}: {error}") from None


def end_tokens(core: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a completion, as ``generate`` has it."""
    configured = core.generation_config.eos_token_id
    ids = [configured] if isinstance(configured, int) else list(configured or [])
    return frozenset(int(i) for i in [*ids, tokenizer.eos_token_id] if i is not None)


def context_of(config: Any) -> int:
    """Tokens that a configuration's positions reach to."""
    return int(getattr(config.get_text_config(), "max_position_embeddings", None) or ENDLESS)


def runs_in_decoder(config: Any) -> bool:
    """Say whether ``Decoder`` computes this text model: a known architecture, full attention, whole rotary heads."""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    window = getattr(config, "sliding_window", None) if not hasattr(config, "layer_types") else None
    rope = getattr(config, "rope_parameters", None) or {}
    plain = rope.get("rope_type") not in ("dynamic", "longrope") and rope.get("partial_rotary_factor", 1.0) == 1.0
    dropout = getattr(config, "attention_dropout", 0.0)
    return config.model_type in DENSE and kinds == {"full_attention"} and not window and plain and not dropout
