"""Rewards in TRL's trainer, and TRL's reward functions here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.alone import rate, said, score
from mmreason.errors import RecipeError
from mmreason.integrations.trl import FromTRL, reward_func
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import GroupReward, Term
from mmreason.rewards.times import Times
from mmreason.types import Group, Task
from vision_data.messages import user


@dataclass(frozen=True)
class Shortest(GroupReward):
    """1 for the shortest text of a group."""

    def score(self, group: Group) -> Tensor:
        sizes = torch.tensor([len(c.text) for c in group.completions], dtype=torch.float64)
        return (sizes == sizes.min()).double()


PROMPT = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "How many?"}]}]


def answered(*texts: str) -> list[list[dict[str, str]]]:
    return [[{"role": "assistant", "content": text}] for text in texts]


def test_text_and_conversations_score_alike() -> None:
    func = reward_func(Accuracy())
    assert func.__name__ == "Accuracy"
    texts = (r"\boxed{7}", "The answer is 8.", "")
    assert func(["q"] * 3, texts, answer=["7", 8, ["x", "y"]]) == [1.0, 1.0, 0.0]
    assert func([PROMPT] * 3, answered(*texts), answer=["7", 8, ["x"]], trainer_state=object()) == [1.0, 1.0, 0.0]


def test_what_was_not_measured_is_none() -> None:
    assert reward_func(Accuracy())(["q", "q"], ["a", "a"], answer=[None, "a"]) == [None, 1.0]
    assert reward_func(Accuracy(), answer="gold")(["q"], ["a"], answer=["b"], gold=["a"]) == [1.0]
    assert reward_func(Term("right", Accuracy(), 5.0))(["q"], ["a"], answer=["a"]) == [1.0]


def test_a_reward_that_compares_needs_whole_groups() -> None:
    with pytest.raises(RecipeError, match="num_generations"):
        reward_func(Shortest())
    func = reward_func(Shortest(), num_generations=2)
    assert func(["p", "p", "q", "q"], ["aa", "a", "b", "bb"]) == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(RecipeError, match="side by side"):
        func(["p", "q"], ["a", "b"])
    with pytest.raises(RecipeError, match="multiple of num_generations"):
        func(["p", "p", "p"], ["a", "b", "c"])


def test_what_needs_a_rollout_or_model_is_refused() -> None:
    from mmreason.rewards.kl_penalty import SequenceKLReward

    with pytest.raises(RecipeError, match="asks a model"):
        reward_func(SequenceKLReward())


def test_a_trl_function_is_a_term_here() -> None:
    task = Task(id="a", prompt=(user("How many?"),), answer="7", record={"level": 2})
    group = Group(task, (said("7"), said("none"), said("nan")))
    reward = FromTRL(as_trl)
    ((column,),) = score((reward,), [group])
    assert column[:1].tolist() == [2.0]
    assert column[1:].isnan().all()
    assert rate(Times(FromTRL(chatty, conversational=True), level), task, ["7", "88"]) == [2.0, 4.0]
    assert hash(reward) == hash(FromTRL(as_trl)), "a key"


def level(task: Task) -> float:
    return float(task.record["level"])


def as_trl(
    prompts: list[str], completions: list[str], completion_ids: list[list[int]], level: list[int], **kwargs: Any
) -> list[float | None]:
    assert prompts == ["How many?"] * 3
    assert len(completion_ids) == 3
    assert kwargs["answer"] == ["7"] * 3
    known = {"7": float(level[0]), "none": None, "nan": math.nan}
    return [known[text] for text in completions]


def chatty(prompts: list[Any], completions: list[Any], **kwargs: Any) -> list[float]:
    assert prompts[0] == [{"role": "user", "content": "How many?"}]
    return [float(len(completion[0]["content"])) for completion in completions]


def too_few(**kwargs: Any) -> list[float]:
    return [1.0]


async def later(**kwargs: Any) -> list[float]:
    return [1.0]


def test_a_trl_function_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(RecipeError, match="gave 1 rewards for 2 completions"):
        rate(FromTRL(too_few), Task(id="a", prompt=(user("q"),)), ["a", "b"])
    with pytest.raises(RecipeError, match="async"):
        FromTRL(later)


def test_trl_trains_with_our_rewards(tmp_path: Path) -> None:
    """Two real steps; TRL's table holds what we gave it."""
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

    from mmreason.models.loading import TINY, where

    tokenizer = Qwen2Tokenizer.from_pretrained(where(TINY))
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    seen: list[list[float | None]] = []
    ours = reward_func(Shortest(), num_generations=4)

    def kept(**kwargs: Any) -> list[float | None]:
        seen.append(ours(**kwargs))
        return seen[-1]

    rows = [{"prompt": [{"role": "user", "content": f"{i} + {i}"}], "answer": str(2 * i)} for i in range(4)]
    args = trl.GRPOConfig(
        output_dir=str(tmp_path), max_steps=2, per_device_train_batch_size=4, num_generations=4,
        max_completion_length=6, logging_steps=1, report_to=[], use_cpu=True, save_strategy="no", bf16=False,
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        Qwen2ForCausalLM(config), reward_funcs=[reward_func(Accuracy()), kept], args=args,
        train_dataset=datasets.Dataset.from_list(rows), processing_class=tokenizer,
    )  # fmt: skip
    trainer.train()
    logs = [log for log in trainer.state.log_history if "rewards/Accuracy/mean" in log]
    assert len(logs) == 2
    assert [log["rewards/kept/mean"] for log in logs] == pytest.approx([sum(map(float, row)) / 4 for row in seen])  # type: ignore[arg-type]
    assert max(map(float, seen[0])) == 1.0  # type: ignore[arg-type]
