"""TRL's trainers on recorded completions: its own advantages, ratios, corrections and loss, and ours on the same ones.

The trainer is real and holds a small random model. Only sampling is replaced, by the completions below; the weights
are moved between TRL's scoring of the old log-probs and the loss, as after an update of the same rollout.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import Entropy, LogProb, Scores
from mmreason.losses.base import Loss
from mmreason.rewards.base import Term
from mmreason.types import Batch, Completion, Group
from tests.mmreason.fakes import NAN, Constant, D, Fixed, constant, settled, task

EOS = 2
PROMPTS = ((5, 9, 7), (8, 6, 5, 10))
NUM = 4
LENGTHS = (3, 1, 5, 2, 4, 2, 6, 3)
LIMIT = 6
TRUNCATED = (2, 6)
REWARDS = ((1.0, 0.0, 0.5, 1.0), (0.25, 1.0, 0.0, 0.0))
SECOND = ((0.5, 0.5, NAN, 1.0), (NAN, 0.0, 1.0, 0.25))
"""A second reward, which some completions lack."""
FORCED = ((2, 1), (4, 0))
"""Completion and token that the policy did not write (an ``env_mask`` in TRL)."""


def completion_ids() -> list[list[int]]:
    rng = torch.Generator().manual_seed(3)
    rows = [torch.randint(3, 30, (n,), generator=rng).tolist() for n in LENGTHS]
    return [row if i in TRUNCATED else [*row[:-1], EOS] for i, row in enumerate(rows)]


def tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<unk>": 0, "<pad>": 1, "<eos>": 2} | {f"w{i}": i for i in range(3, 32)}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", pad_token="<pad>", eos_token="<eos>")


def model(seed: int) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=64, bos_token_id=0, eos_token_id=EOS, pad_token_id=1,
        initializer_range=0.4, tie_word_embeddings=False,
    )  # fmt: skip
    return Qwen2ForCausalLM(config).double()


def first(completions: Any, **rest: Any) -> list[float | None]:
    return [r for row in REWARDS for r in row]


def second(completions: Any, **rest: Any) -> list[float | None]:
    return [None if r != r else r for row in SECOND for r in row]


def prompts() -> list[dict[str, Any]]:
    return [{"prompt": " ".join(f"w{i}" for i in ids)} for ids in PROMPTS for _ in range(NUM)]


def config(kind: Any, **fields: Any) -> Any:
    return kind(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=len(LENGTHS),
        num_generations=NUM,
        max_completion_length=LIMIT,
        gradient_checkpointing=False,
        use_cpu=True,
        bf16=False,
        report_to=[],
        save_strategy="no",
        **fields,
    )


def reference_of(trainer: Any) -> Any:
    """Another model, made as the trainer makes its own reference."""
    from trl.trainer.utils import add_fused_lm_head

    made = model(1).requires_grad_(False)
    add_fused_lm_head(made, temperature=trainer.temperature, outputs=("log_probs", "entropy"))
    return made


def grpo_trainer() -> Any:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    logging.getLogger("transformers").setLevel(logging.ERROR)
    trainer = GRPOTrainer(
        model(0),
        reward_funcs=[first, second],
        args=config(GRPOConfig, reward_weights=[1.0, 0.2], beta=0.0),
        train_dataset=Dataset.from_list(prompts()),
        processing_class=tokenizer(),
    )
    trainer.ref_model = reference_of(trainer)
    trainer.current_gradient_accumulation_steps = 1
    trainer.num_iterations = 2  # several updates per rollout: old log-probs are scored and kept
    return trainer


def rloo_trainer() -> Any:
    from datasets import Dataset
    from trl import RLOOConfig, RLOOTrainer

    trainer = RLOOTrainer(
        model(0),
        reward_funcs=[first, second],
        args=config(RLOOConfig, reward_weights=[1.0, 0.2], beta=0.0),
        train_dataset=Dataset.from_list(prompts()),
        processing_class=tokenizer(),
    )
    trainer.ref_model = reference_of(trainer)
    trainer._generate_single_turn = lambda *rest: completion_ids()
    return trainer


@dataclass
class Recorded:
    """What one rollout gave on TRL's side, and the same as our batch."""

    inputs: dict[str, Any]
    batch: Batch
    old: Constant
    reference: Constant
    sampler: Constant
    terms: tuple[Term, ...]


def rollout(trainer: Any, seed: int = 0, forced: bool = True) -> Recorded:
    """Let TRL score the recorded completions with the weights of the sampling policy."""
    trainer.model.load_state_dict(model(0).state_dict())
    trainer.model.train()
    ids = completion_ids()
    wrote = [[int(not forced or (i, t) not in FORCED) for t in range(len(row))] for i, row in enumerate(ids)]
    rng = torch.Generator().manual_seed(seed)
    sampled = [torch.zeros(len(row), dtype=D) for row in ids]

    def recorded(prompts: Any, trainer: Any) -> dict[str, Any]:
        prompt_ids = [list(p) for p in PROMPTS for _ in range(NUM)]
        logprobs = [row.tolist() for row in sampled]
        return {"prompt_ids": prompt_ids, "completion_ids": ids, "logprobs": logprobs, "env_mask": wrote}

    trainer.rollout_func = recorded
    trainer._last_loaded_step = trainer.state.global_step
    scored = rows(trainer._generate_and_score_completions(prompts())["old_per_token_logps"])
    sampled = [row + 0.2 * torch.randn(len(row), generator=rng, dtype=D) for row in scored]
    return ours(trainer, trainer._generate_and_score_completions(prompts()), ids, wrote, sampled)


def rloo_rollout(trainer: Any) -> Recorded:
    """The same for RLOO, which keeps sums only: the log-probs are scored once more with the weights of that time."""
    trainer.model.load_state_dict(model(0).state_dict())
    trainer.model.train()
    inputs = trainer._generate_and_score_completions(prompts())
    with torch.no_grad():
        inputs["old_per_token_logps"] = scores(trainer, inputs)[0]
        kept, trainer.model = trainer.model, trainer.ref_model
        inputs["ref_per_token_logps"] = scores(trainer, inputs)[0]
        trainer.model = kept
    ids = completion_ids()
    return ours(trainer, inputs, ids, [[1] * len(row) for row in ids], rows(inputs["old_per_token_logps"]))


def ours(trainer: Any, inputs: dict[str, Any], ids: Any, wrote: Any, sampled: Sequence[Tensor]) -> Recorded:
    """The same completions as groups; TRL's scores as signals."""
    blank = [torch.zeros(len(row), dtype=D) for row in ids]
    old = rows(inputs["old_per_token_logps"]) if inputs.get("old_per_token_logps") is not None else blank
    reference = rows(inputs["ref_per_token_logps"]) if inputs.get("ref_per_token_logps") is not None else blank
    cs = [
        Completion(
            text="",
            tokens=torch.tensor(row),
            logprobs=old[i],
            wrote=torch.tensor(wrote[i], dtype=torch.bool),
            finish="length" if i in TRUNCATED else "stop",
        )
        for i, row in enumerate(ids)
    ]
    groups = [Group(task(f"q{k}"), tuple(cs[k * NUM : (k + 1) * NUM])) for k in range(len(PROMPTS))]
    tables = [Fixed(tuple((f"q{k}", row) for k, row in enumerate(table))) for table in (REWARDS, SECOND)]
    terms = (Term("first", tables[0]), Term("second", tables[1], 0.2))
    return Recorded(
        inputs, settled(groups, terms=terms), per_group(old), per_group(reference), per_group(sampled), terms
    )


def rows(padded: Tensor) -> list[Tensor]:
    """[B, T] of TRL as one tensor per completion."""
    return [row[:n].detach() for row, n in zip(padded, LENGTHS, strict=True)]


def per_group(values: Sequence[Tensor]) -> Constant:
    """One tensor per completion as a signal."""
    return constant(*[[tuple(x.tolist()) for x in values[k * NUM : (k + 1) * NUM]] for k in range(len(PROMPTS))])


def move(trainer: Any) -> None:
    """An update's worth of change, far enough that some ratios are clipped."""
    rng = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for p in trainer.model.parameters():
            p += 0.06 * torch.randn(p.shape, generator=rng, dtype=D)


def scores(trainer: Any, inputs: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """[B, T] log-probs with gradient and entropies under the weights as they are, by TRL's forward."""
    ids, mask = (torch.cat([inputs[f"prompt_{what}"], inputs[f"completion_{what}"]], 1) for what in ("ids", "mask"))
    found = trainer._get_per_token_logps_and_entropies(
        trainer.model, ids, mask, inputs["completion_ids"].shape[1], compute_entropy=True
    )
    return found[0], found[1]


def theirs(trainer: Any, inputs: dict[str, Any]) -> tuple[float, Tensor]:
    """TRL's loss and its gradient in all weights."""
    trainer.model.zero_grad()
    return graded(trainer, trainer._compute_loss(trainer.model, inputs))


def ours_of(trainer: Any, recorded: Recorded, *losses: Loss) -> tuple[float, Tensor]:
    """Our losses on the same forward, divided as the update divides them, and the gradient in all weights."""
    trainer.model.zero_grad()
    logp, entropy = scores(trainer, recorded.inputs)
    batch = settled(recorded.batch.groups, losses, terms=recorded.terms)
    total = torch.zeros((), dtype=D)
    for loss in losses:
        of_groups = []
        for k, g in enumerate(batch.groups):
            used = [k * NUM + i for i in loss.used(g)]  # type: ignore[attr-defined]
            found = {q: [x[i][: LENGTHS[i]] for i in used] for q, x in ((LogProb(), logp), (Entropy(), entropy))}
            of_groups.append([Scores(found)] if used else [])
        total = total + batch.progress.at(loss.weight) * loss.read_all(batch, of_groups) / loss.count(batch)
    return graded(trainer, total)


def graded(trainer: Any, loss: Tensor) -> tuple[float, Tensor]:
    loss.backward()  # type: ignore[no-untyped-call]
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in trainer.model.parameters()]
    return float(loss.detach()), torch.cat([g.flatten() for g in grads]).clone()
