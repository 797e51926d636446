"""Small text checkpoints of many architectures, with tokenizers trained on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from mmreason.models.optim import AdamW
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from tests.mmreason.models.scene import opened
from vision_data.messages import Prompt, system, user

TEXTS = (
    "What is 7 times 8? Think step by step, then answer.",
    "Add 12 and 30. The sum is 42.",
    "Reverse the word 'level'; it reads the same: level.",
    "Größe, naïve, 東京, and an emoji 🙂 too.",
)
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TURNS = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system role') }}"
    "{% endif %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>model\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>"]
ASKED: dict[str, Prompt] = {
    "sum": (user("What is 12 + 30?"),),
    "system": (system("Answer in one word."), user("Is level a palindrome?")),
    "long": (user("Add the numbers. " * 6),),
}
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
         "num_key_value_heads": 2, "max_position_embeddings": 256}  # fmt: skip


def byte_level(template: str | None = CHATML, bos: bool = False, eos: str = "<|im_end|>") -> Any:
    """A tokenizer of the kind that GPT-2, Qwen and Llama 3 have."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS * 4, trainers.BpeTrainer(vocab_size=380, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    if bos:
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", made.token_to_id("<s>"))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=eos, pad_token="<|endoftext|>", bos_token="<s>", chat_template=template
    )


def sentence_piece(template: str | None = None) -> Any:
    """A tokenizer of the kind that Llama 2, Mistral and Gemma have: spaces as signs, bytes for what is unknown."""
    from tokenizers import Tokenizer, decoders, models, normalizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.train_from_iterator(
        TEXTS[:3] * 4, trainers.BpeTrainer(vocab_size=200, special_tokens=["<unk>", "<s>", "</s>"])
    )
    whole = json.loads(made.to_str())  # a trainer would make special tokens of the bytes
    size = len(whole["model"]["vocab"])
    whole["model"]["vocab"] |= {f"<0x{number:02X}>": size + number for number in range(256)}
    made = Tokenizer.from_str(json.dumps(whole))
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>", chat_template=template
    )


CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen2": ("Qwen2Config", {**SMALL, "tie_word_embeddings": True}),
    "qwen3": ("Qwen3Config", {**SMALL, "head_dim": 16}),
    "qwen3-tied-biased": ("Qwen3Config", {**SMALL, "head_dim": 8, "tie_word_embeddings": True, "attention_bias": True}),
    "llama": ("LlamaConfig", {**SMALL, "rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64}}),
    "llama-biased": ("LlamaConfig", {**SMALL, "attention_bias": True, "mlp_bias": True}),
    "mistral": ("MistralConfig", {**SMALL, "sliding_window": None, "head_dim": 8}),
    "gpt2": ("GPT2Config", {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 256}),
    "gpt_neox": ("GPTNeoXConfig", {**SMALL, "hidden_dropout": 0.1, "attention_dropout": 0.1}),
    "gemma": ("GemmaConfig", {**SMALL, "head_dim": 8}),
    "cohere": ("CohereConfig", {**SMALL, "logit_scale": 0.5}),
    "granite": ("GraniteConfig", {**SMALL, "logits_scaling": 2.0, "attention_multiplier": 0.2}),
    "olmo2": ("Olmo2Config", {**SMALL}),
    "mixtral": ("MixtralConfig", {**SMALL, "num_local_experts": 4, "sliding_window": None}),
    "opt": ("OPTConfig", {"hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
                          "max_position_embeddings": 256, "word_embed_proj_dim": 32}),
    "phi": ("PhiConfig", {**SMALL}),
    "gemma2": ("Gemma2Config", {**SMALL, "head_dim": 8, "sliding_window": 6, "query_pre_attn_scalar": 8,
                                "tie_word_embeddings": False}),
    "mistral-window": ("MistralConfig", {**SMALL, "sliding_window": 5, "head_dim": 8}),
    "qwen2-window": ("Qwen2Config", {**SMALL, "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "bloom": ("BloomConfig", {"hidden_size": 32, "n_layer": 3, "n_head": 4}),
    "mamba": ("MambaConfig", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
}  # fmt: skip
DECODED = ("qwen2", "qwen3", "qwen3-tied-biased", "llama", "llama-biased", "mistral")
"""Run by our own forward."""
PACKED = ("gpt2", "gpt_neox", "gemma", "cohere", "granite", "olmo2", "mixtral", "opt", "phi")
"""Packed through the library's attention interface."""
ALONE = ("gemma2", "mistral-window", "qwen2-window", "bloom", "mamba")
"""One row a forward."""


def build(kind: str, folder: Path, tokenizer: Any = None, eos: Any = None, **changes: Any) -> Path:
    """Write a checkpoint with random weights, larger than usual so that attention and logits are not flat."""
    import transformers

    tokenizer = tokenizer if tokenizer is not None else byte_level()
    name, settings = CONFIGS[kind]
    ends = {"eos_token_id": tokenizer.eos_token_id if eos is None else eos, "pad_token_id": None, "bos_token_id": None}
    config = getattr(transformers, name)(**{"vocab_size": len(tokenizer), **ends, **settings, **changes})
    torch.manual_seed(0)
    core = transformers.AutoModelForCausalLM.from_config(config)
    rng = torch.Generator().manual_seed(1)
    for weight in core.parameters():
        spread = 0.25 if weight.ndim > 1 else 0.1
        weight.data += torch.randn(weight.shape, generator=rng) * spread * (weight.shape[-1] ** -0.5 * 4)
    core.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def policy(folder: Path, **settings: Any) -> LanguageModel:
    """Open a checkpoint as the policy of a run."""
    return opened(Policy(model=str(folder), device="cpu", **{"optim": AdamW(lr=1e-3), **settings}))[0]
