"""Make mmreason-tiny-text from nothing: a Qwen2-architecture model of text that works out small sums.

Run ``python -m tools.train_tiny_text --out mmreason/assets/mmreason-tiny-text --seed 0``. No download, no GPU.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from mmreason.seeds import seed_of
from tools.tiny.sums import LEVELS, family, lessons
from tools.tiny.text_card import write_card
from tools.tiny.tokenizer import train_tokenizer

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
VOCAB = 512


@dataclass(frozen=True)
class Settings:
    """How mmreason-tiny-text is made.

    Attributes:
        out: folder of the finished model.
        seed: of the initial weights and of all data.
        steps: optimiser steps with a teacher who makes no mistake.
        noisy_steps: optimiser steps with one who slips, which leave headroom for reinforcement learning.
        slip: probability per operation that the noisy teacher errs, from 0 to 1.
        batch: solutions a step.
        rate: peak learning rate.
        hidden: width of the model.
        layers: its depth.
        threads: CPU threads.
        exam: held-out expressions of each level for the card; 0 writes none.
    """

    out: Path = Path("mmreason/assets/mmreason-tiny-text")
    seed: int = 0
    steps: int = 2500
    noisy_steps: int = 120
    slip: float = 0.25
    batch: int = 64
    rate: float = 2e-3
    hidden: int = 128
    layers: int = 4
    threads: int = 2
    exam: int = 100


def build_tokenizer(seed: int) -> Qwen2Tokenizer:
    """Byte-level BPE over the family's prompts and solutions, digits one by one as Qwen2 splits them."""
    rng = random.Random(seed)
    words = ("sum", "product", "value", "number", "answer", "step", "first", "then", "because", "total", "equals")
    filler = [" ".join(rng.choices(words, k=6)) + f" {rng.choice(words)}{rng.choice(words)}" for _ in range(2000)]
    texts = [text for pair in islice(lessons(seed, 0.0, 64), 600) for text in pair]
    tokenizer = train_tokenizer([*texts, *filler], VOCAB)
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def build_model(tokenizer: Qwen2Tokenizer, settings: Settings) -> Qwen2ForCausalLM:
    """A freshly initialised model in fp32; equal seeds give equal weights."""
    torch.manual_seed(settings.seed)
    end: Any = tokenizer.eos_token_id
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=settings.hidden,
        intermediate_size=3 * settings.hidden,
        num_hidden_layers=settings.layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen2ForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=end, pad_token_id=tokenizer.pad_token_id, do_sample=True, temperature=1.0, top_k=0, top_p=1.0
    )
    return model


def batches(tokenizer: Qwen2Tokenizer, settings: Settings, slip: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Ids [B, T], padded at the end, and which of them are learned."""
    source = lessons(settings.seed + int(1000 * slip), slip)
    while pairs := list(islice(source, settings.batch)):
        rows = [
            (tokenizer(prompt_text(tokenizer, asked)).input_ids, tokenizer(told + "<|im_end|>").input_ids)
            for asked, told in pairs
        ]
        longest = max(len(a) + len(b) for a, b in rows)
        ids = torch.full((len(rows), longest), int(tokenizer.pad_token_id))
        learn = torch.zeros(len(rows), longest, dtype=torch.bool)
        for i, (asked_ids, told_ids) in enumerate(rows):
            ids[i, : len(asked_ids) + len(told_ids)] = torch.tensor(asked_ids + told_ids)
            learn[i, len(asked_ids) : len(asked_ids) + len(told_ids)] = True
        yield ids, learn


def prompt_text(tokenizer: Qwen2Tokenizer, asked: str) -> str:
    """The chat as reinforcement learning will write it."""
    message = [{"role": "user", "content": asked}]
    text: str = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    return text


def run(
    model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, settings: Settings, steps: int, slip: float, rate: float
) -> None:
    """Supervised learning: warm-up, constant, and a fall to zero over the last half."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    for step, (ids, learn) in enumerate(islice(batches(tokenizer, settings, slip), steps)):
        for group in optimizer.param_groups:
            group["lr"] = rate * min((step + 1) / 30, 1.0, 2 * (steps - step) / steps)
        wanted = learn[:, 1:]
        states = model.model(ids).last_hidden_state[:, :-1][wanted]
        loss = F.cross_entropy(model.lm_head(states), ids[:, 1:][wanted])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if (step + 1) % 100 == 0:
            print(f"slip {slip} step {step + 1} loss {loss.item():.4f}", flush=True)


def save(model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, folder: Path) -> None:
    """Write both in Hugging Face format; the folder appears whole or not at all."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    tokenizer.save_pretrained(part)
    for file in part.iterdir():
        file.chmod(0o644)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


@torch.no_grad()
def accuracy(model: Qwen2ForCausalLM, tokenizer: Qwen2Tokenizer, level: int, num: int, seed: int) -> dict[str, float]:
    """Greedy, mean over eight samples, and best of eight, on held-out expressions."""
    from dataclasses import replace

    tasks = replace(family(level, num, seed), split="test").load_tasks(None)[0]
    right = []
    torch.manual_seed(seed_of("exam", level, seed) % 2**31)
    for task in tasks:
        asked = tokenizer(prompt_text(tokenizer, str(task.prompt[0].content[0])), return_tensors="pt").input_ids
        greedy = model.generate(asked, max_new_tokens=64, do_sample=False)
        sampled = model.generate(asked.expand(8, -1), max_new_tokens=64, do_sample=True)
        texts = tokenizer.batch_decode([row[asked.shape[1] :] for row in (*greedy, *sampled)], skip_special_tokens=True)
        right.append([text.endswith(f"\\boxed{{{task.answer}}}") for text in texts])
    table = torch.tensor(right, dtype=torch.float64)
    return {
        "greedy": float(table[:, 0].mean()),
        "sampled": float(table[:, 1:].mean()),
        "best": float(table[:, 1:].amax(1).mean()),
    }


def main(settings: Settings) -> None:
    """Train, save, examine, and write the card."""
    torch.set_num_threads(settings.threads)
    started = time.perf_counter()
    tokenizer = build_tokenizer(settings.seed)
    model = build_model(tokenizer, settings)
    run(model, tokenizer, settings, settings.steps, 0.0, settings.rate)
    run(model, tokenizer, settings, settings.noisy_steps, settings.slip, settings.rate / 4)
    save(model, tokenizer, settings.out)
    minutes = (time.perf_counter() - started) / 60
    print(f"saved {settings.out}, {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M, {minutes:.1f} minutes")
    if settings.exam:
        scores = {level: accuracy(model.eval(), tokenizer, level, settings.exam, settings.seed) for level in LEVELS}
        print(scores)
        write_card(settings.out, settings, sum(p.numel() for p in model.parameters()), scores)


if __name__ == "__main__":
    main(tyro.cli(Settings))
