"""Options that act on the policy of any recipe: rates of its parts, four bits below its adapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmreason_recipes.grpo import grpo

from mmreason.asks import POLICY
from mmreason.cli.learning import LearningOptions
from mmreason.models.specs import Policy


def policy(options: LearningOptions, **keywords: object) -> Policy:
    found = dict(options.applied(grpo(**keywords)).models)[POLICY]
    assert isinstance(found, Policy)
    return found


def test_without_options_nothing_changes() -> None:
    assert LearningOptions().applied(grpo()) == grpo()


def test_rates_become_shares_of_the_learning_rate() -> None:
    rates = policy(LearningOptions(rates=("vision=0.1", "head=2"))).rates
    assert rates == (("vision", 0.1), ("head", 2.0))


def test_an_adapter_of_a_large_model_stands_on_weights_of_two_bytes_or_four_bits(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"id": "0", "prompt": "1 + 1?", "solution": "2"}\n')
    large = {"preset": "7b", "data": str(data), "steps": 1}
    full = policy(LearningOptions(), **large)
    assert (full.dtype, full.autocast, full.lora) == ("float32", "bfloat16", None)
    for options, bits in ((LearningOptions(), None), (LearningOptions(bits="4"), 4)):
        found = policy(options, **large, lora=8)
        assert found.lora is not None
        assert (found.dtype, found.autocast, found.lora.rank, found.lora.bits) == ("bfloat16", None, 8, bits)
    tiny = policy(LearningOptions(), lora=8)
    assert (tiny.dtype, tiny.autocast) == ("float32", None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rates", "visoin=0.1"], "--rates: unknown component 'visoin'; did you mean 'vision'?"),
        (["--rates", "vision=fast"], "--rates: expected COMPONENT=SHARE, such as vision=0.1, got 'vision=fast'"),
        (["--rates", "vision=-1"], "Policy.rates are shares of the learning rate, at least 0"),
        (["--bits", "4"], "--bits 4 rounds the weights below an adapter: give its rank too, such as --lora 64"),
        (["--bits", "8"], "--bits: unknown value '8'"),
        (["--exam-every", "-1"], "exam_every is -1, expected 0 or more"),
    ],
)
def test_bad_input_is_one_line_and_code_2(words: list[str], said: str, say) -> None:
    told = say("train", "grpo", *words)
    assert told.code == 2
    assert told.err.startswith("error: ")
    assert said in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("name", ["grpo", "ton"])
def test_a_large_preset_is_planned_without_data(name: str, say) -> None:
    told = say("train", name, "--preset", "7b", "--plan", "--lora", "8", "--bits", "4")
    assert told.code == 0, told.err
    assert "this run: QLoRA of rank 8, replicas, bfloat16" in told.out
