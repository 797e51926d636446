"""What is planned against what is there: counts, bytes of real tensors, and the table in the docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.checks import components
from mmreason.errors import CheckpointError, RecipeError
from mmreason.models.optim import AdamW
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.plan.counted import Counted, counted
from mmreason.plan.memory import Load, per_gpu
from mmreason.plan.planned import Sizes, planned
from mmreason.plan.scale import lines
from mmreason.plan.work import DEVICES, Step, flops, received, seconds
from mmreason.run import Run
from tests.mmreason.runs.real import build
from vision_data.messages import user

ROOT = Path(__file__).parents[3]
TINY = Policy(model="mmreason-tiny", device="cpu", optim=AdamW(lr=1e-3))
LOAD = Load(tokens=100, patches=0, cached=1000, window=10)
SEVEN = "Qwen/Qwen2.5-VL-7B-Instruct"


@pytest.mark.parametrize(
    ("model", "num"),
    [
        ("Qwen/Qwen2.5-VL-3B-Instruct", 3_754_622_976),
        (SEVEN, 8_292_166_656),
        ("Qwen/Qwen3-0.6B", 596_049_920),
    ],
)
def test_known_checkpoints_have_as_many_parameters_as_their_cards_say(model: str, num: int) -> None:
    assert counted(Policy(model=model)).num == num


def test_what_is_not_known_and_not_on_the_disk_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"--plan needs no weights, but a config\.json"):
        counted(Policy(model=str(tmp_path / "gone")))
    with pytest.raises(RecipeError, match="nothing to learn with"):
        counted(replace(TINY, freeze=("language", "head", "vision", "merger")))


@pytest.fixture(scope="module")
def learned() -> dict[str, Any]:
    """The embedded model after a forward, a backward and a step; what autograd kept in between."""
    run = Run(models={})
    part = TINY.open(run)
    run.models[POLICY] = part
    prompt = (user("What is 3 + 4? Think, then answer."),)
    rows = tuple(
        Row(prompt, (torch.randint(10, 900, (120,), generator=torch.Generator().manual_seed(i)),)) for i in range(4)
    )
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        (scores,) = part.answer([Score(POLICY, rows, (LogProb(),))])
    weights = {p.untyped_storage().data_ptr() for p in part.core.parameters()}
    activations = sum(size for place, size in kept.items() if place not in weights)
    sum(x.sum() for x in scores[LogProb()]).backward()
    gradients = sum(p.grad.nbytes for p in part.core.parameters() if p.grad is not None)
    part.apply()
    states = [value for state in part.optimizer.state.values() for value in state.values() if value.dim()]
    tokens = run.ledger.counts["prompt_tokens"] + run.ledger.counts["completion_tokens"]
    return {
        "run": run, "activations": activations, "gradients": gradients, "tokens": tokens,
        "weights": sum(p.nbytes for p in part.core.parameters()), "moments": sum(x.nbytes for x in states),
    }  # fmt: skip


def test_the_embedded_model_is_counted_as_it_is(learned: dict[str, Any]) -> None:
    told = [(part.name, part.learns, part.num) for part in counted(TINY).components]
    assert told == components(learned["run"])


def test_memory_is_that_of_the_tensors_that_are_there(learned: dict[str, Any]) -> None:
    of = counted(TINY)
    window = min((1 << 25) // of.vocab, 480)
    found = per_gpu(of, TINY, [], Load(learned["tokens"], 0, 0, window), 0, 1)
    tower = 4 * of.tower  # a text has no gradient in the tower
    assert found.weights == learned["weights"]
    assert found.gradients - tower == learned["gradients"]
    assert found.optimiser - 2 * tower == learned["moments"]
    assert 0.5 < (found.activations + found.logits) / learned["activations"] < 2.0


def test_an_adapter_is_counted_apart_and_quantised_weights_are_smaller() -> None:
    plain, lora = counted(TINY), counted(replace(TINY, lora=Lora(rank=4)))
    adapter = lora.components[-1]
    assert (adapter.name, adapter.learns) == ("adapter", lora.learns)
    assert lora.num - adapter.num == plain.num
    assert lora.linear == plain.linear
    four = replace(TINY, lora=Lora(rank=4, bits=4))
    assert counted(four) == lora
    whole, rounded = (per_gpu(lora, p, [], LOAD, 0, 1).weights for p in (replace(TINY, lora=Lora(rank=4)), four))
    assert whole - rounded == pytest.approx(lora.linear * (4 - 4.127 / 8))


def test_what_is_spread_is_there_once_over_all_gpus() -> None:
    of, others = counted(TINY), [Frozen(), Ema()]
    none, one, two, three = (per_gpu(of, TINY, others, LOAD, stage, 4) for stage in range(4))
    assert one.optimiser == none.optimiser / 4
    assert (two.gradients, two.weights) == (none.gradients / 4, none.weights)
    assert (three.weights, three.copies) == (none.weights / 4, none.copies / 4)
    assert none.copies == 8 * of.learns
    assert three.gathered + three.weights == pytest.approx(none.weights)
    assert per_gpu(of, replace(TINY, generate="sharded"), others, LOAD, 3, 4).gathered == 0
    assert {m.activations for m in (none, one, two, three)} == {none.activations}
    adapter = replace(TINY, lora=Lora())
    assert per_gpu(counted(adapter), adapter, [Frozen()], LOAD, 0, 1).copies == 0
    assert none.peak == none.always + max(none.learning, none.sampling)


def small() -> Counted:
    return counted(TINY)


STEP = Step(groups=4, num=8, limit=100, text=50, media=50)


def test_tokens_and_operations_of_a_step() -> None:
    of = small()
    assert (STEP.packed_tokens, STEP.repeated_tokens, STEP.patches) == (400 + 3200, 3200 + 3200, 800)
    found, twice = flops(of, STEP), flops(of, replace(STEP, groups=8))
    assert twice.total == pytest.approx(2 * found.total)
    body = of.num - of.tower
    assert found.prefill == pytest.approx(2 * body * 400, rel=0.1)
    assert found.decode == pytest.approx(2 * body * 3200, rel=0.2)
    frozen = counted(replace(TINY, freeze=("vision",)))
    assert flops(frozen, STEP).learn == pytest.approx(3 * (found.prefill + found.decode))
    again = flops(frozen, replace(STEP, checkpointing=True, epochs=2))
    assert again.learn == pytest.approx(2 * 4 * (found.prefill + found.decode))
    assert flops(of, replace(STEP, scored=2)).score == pytest.approx(2 * (found.prefill + found.decode))


def test_traffic_and_time() -> None:
    of = small()
    whole = of.num * 2
    assert received(of, 2, 0, 1, 1) == 0
    assert received(of, 2, 0, 4, 3) == pytest.approx(0.75 * 2 * whole)
    assert received(of, 2, 3, 4, 3, passes=2) == pytest.approx(0.75 * (whole * 8 + 3 * whole))
    one = seconds(of, STEP, 1, DEVICES["h100"], 10**6, 0.0)
    two = seconds(of, STEP, 2, DEVICES["h100"], 10**6, 0.0)
    assert one.learn == pytest.approx(2 * two.learn)
    assert one.total >= two.total


def test_a_plan_says_what_fits_and_its_remedies_do() -> None:
    recipe = build(None, ())
    big = replace(
        recipe, models=((POLICY, Policy(model=SEVEN, autocast="bfloat16", checkpointing=True)), *recipe.models[1:])
    )
    sizes = Sizes(8, 80 * 2**30, "h100", 300, 1280)
    found = planned(big, sizes)
    assert not found.fits
    assert found.remedies
    by_name = {level.name: level.memory.peak for level in found.levels}
    for remedy in found.remedies:
        for name, flag in (
            ("ZeRO-1", "--zero 1 "),
            ("ZeRO-2", "--zero 2 "),
            ("ZeRO-3", "--zero 3 needs"),
            ("LoRA", "--lora"),
        ):
            assert flag not in remedy or by_name[name] <= sizes.memory
    assert any("--zero 3 needs" in remedy for remedy in found.remedies)
    assert planned(recipe, sizes).fits


def test_the_numbers_of_the_docs_are_those_of_the_plan() -> None:
    text = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert [line for line in lines() if line not in text] == []
