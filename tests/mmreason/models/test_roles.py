"""Who answers with which weights: frozen copies, switched-off adapters, moving averages, and the learning policy."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from mmreason.asks import EMA, POLICY, REFERENCE, LogProb, Score
from mmreason.errors import CheckError, CheckpointError, RecipeError
from mmreason.models.ema_model import EmaModel
from mmreason.models.loading import TINY, checksum
from mmreason.models.optim import AdamW
from mmreason.models.policy import AdapterOff, LanguageModel
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.run import Run
from tests.mmreason.models.scene import opened, rows_of, sampled, scored
from vision_data.messages import Prompt

LORA = Policy(model=TINY, lora=Lora(rank=4), optim=AdamW(lr=0.02))
FULL = Policy(model=TINY, optim=AdamW(lr=1e-3))


def step(model: LanguageModel, prompt: Prompt, seed: int = 0) -> dict[str, float]:
    torch.cat(scored(model, rows_of(prompt, [4, 6], seed))[0]).sum().backward()
    return model.apply()


def look(model: LanguageModel, prompt: Prompt) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat(scored(model, rows_of(prompt, [5, 3], 9))[0])


def weights(core: nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in core.named_parameters()}


@pytest.mark.parametrize("spec", [FULL, LORA, Policy(model=TINY, freeze=("vision",), optim=AdamW(lr=1e-3))])
def test_a_frozen_reference_starts_equal_and_stays(asked: dict[str, Prompt], spec: Policy) -> None:
    model, run = opened(spec)
    reference = Frozen().open(run)
    start = look(model, asked["image"])
    assert torch.allclose(look(reference, asked["image"]), start, atol=1e-6)
    step(model, asked["image"])
    step(model, asked["image"])
    assert torch.allclose(look(reference, asked["image"]), start, atol=1e-6)
    assert not torch.allclose(look(model, asked["image"]), start, atol=1e-3)
    assert not reference.owns_weights


def test_a_frozen_copy_has_its_own_learning_weights_and_shares_the_others() -> None:
    model, run = opened(Policy(model=TINY, freeze=("vision",)))
    reference = Frozen().open(run)
    mine, its = dict(model.core.named_parameters()), dict(reference.core.named_parameters())
    assert mine.keys() == its.keys()
    for name, p in mine.items():
        assert (p.data_ptr() == its[name].data_ptr()) == (not p.requires_grad)
    assert not any(p.requires_grad for p in its.values())
    assert any("visual" in name and not p.requires_grad for name, p in mine.items())


def test_under_lora_the_reference_is_the_policy_without_its_adapter(asked: dict[str, Prompt]) -> None:
    base, _ = opened(FULL)
    model, run = opened(LORA)
    reference = Frozen().open(run)
    assert isinstance(reference, AdapterOff)
    assert reference.core is model.core
    step(model, asked["image"])
    assert torch.allclose(look(reference, asked["image"]), look(base, asked["image"]), atol=1e-6)
    assert not torch.allclose(look(model, asked["image"]), look(base, asked["image"]), atol=1e-3)
    texts = [[c.text for c in sampled(m, asked["image"], num=2, limit=6, temperature=0.0)] for m in (reference, base)]
    assert texts[0] == texts[1]
    assert reference.state_dict() == {}


def test_an_average_follows_its_formula_every_few_steps(asked: dict[str, Prompt]) -> None:
    model, run = opened(FULL)
    average = Ema(decay=0.9, every=2).open(run)
    expected = {name: p.double() for name, p in weights(model.core).items()}
    for number in range(1, 5):
        step(model, asked["text"], number)
        average.after_step(Any)  # type: ignore[arg-type]
        if number % 2 == 0:
            now = weights(model.core)
            expected = {name: 0.9 * old + 0.1 * now[name].double() for name, old in expected.items()}
        for name, value in average.average.items():
            assert value.dtype == torch.float32
            assert torch.allclose(value.double(), expected[name], atol=1e-7), name
            assert torch.equal(dict(average.core.named_parameters())[name], value)


def test_half_precision_weights_have_a_single_precision_average(asked: dict[str, Prompt]) -> None:
    model, run = opened(Policy(model=TINY, dtype="bfloat16", optim=AdamW(lr=1e-2)))
    average = Ema(decay=0.999, every=1).open(run)
    start = {name: value.clone() for name, value in average.average.items()}
    for number in range(3):
        step(model, asked["text"], number)
        average.after_step(Any)  # type: ignore[arg-type]
    moved = [name for name in start if not torch.equal(average.average[name], start[name])]
    assert moved
    for name in moved:  # steps this small are lost in bfloat16; the buffer keeps them
        assert dict(average.core.named_parameters())[name].dtype == torch.bfloat16
        assert torch.equal(average.average[name].bfloat16(), dict(average.core.named_parameters())[name])
    assert any(torch.equal(average.average[n].bfloat16(), start[n].bfloat16()) for n in moved)


def test_under_lora_only_the_adapter_is_averaged_and_the_rest_shared() -> None:
    model, run = opened(LORA)
    average = Ema().open(run)
    assert all("lora" in name for name in average.average)
    mine, its = dict(model.core.named_parameters()), dict(average.core.named_parameters())
    assert all((mine[name].data_ptr() == its[name].data_ptr()) == ("lora" not in name) for name in mine)


def test_an_average_comes_back_from_its_state(asked: dict[str, Prompt]) -> None:
    model, run = opened(FULL)
    average = Ema(decay=0.5, every=2).open(run)
    for number in range(3):
        step(model, asked["text"], number)
        average.after_step(Any)  # type: ignore[arg-type]
    saved = average.state_dict()
    other = Ema(decay=0.5, every=2).open(opened(FULL)[1])
    other.load_state_dict(saved)
    assert checksum(other.core) == checksum(average.core)
    assert other.seen == 3
    with pytest.raises(CheckpointError, match="averages other weights"):
        Ema().open(opened(LORA)[1]).load_state_dict(saved)


def test_the_policy_s_state_comes_back_bit_for_bit(asked: dict[str, Prompt], tmp_path: Any) -> None:
    for number, spec in enumerate((FULL, LORA)):
        first, _ = opened(spec)
        step(first, asked["text"], 1)
        first.save(tmp_path / str(number))
        saved = first.state_dict()
        second, _ = opened(spec)
        second.load(tmp_path / str(number))
        second.load_state_dict(saved)
        for seed in (2, 3):
            a, b = step(first, asked["image"], seed), step(second, asked["image"], seed)
            assert a == b
        assert checksum(first.core) == checksum(second.core)
        assert second.steps == 3


def test_restoring_over_other_weights_is_refused(asked: dict[str, Prompt]) -> None:
    model, _ = opened(FULL)
    saved = model.state_dict()
    step(model, asked["text"])
    with pytest.raises(CheckpointError, match="policy: the weights in memory are not those of the checkpoint"):
        model.load_state_dict(saved)


def test_a_reference_made_from_other_weights_is_refused(asked: dict[str, Prompt]) -> None:
    model, run = opened(FULL)
    saved = Frozen().open(run).state_dict()
    step(model, asked["text"])
    with pytest.raises(CheckpointError, match="reference: the weights"):
        Frozen().open(run).load_state_dict(saved)


def test_an_update_reports_the_norm_before_clipping_and_steps_by_the_schedule(asked: dict[str, Prompt]) -> None:
    model, _ = opened(Policy(model=TINY, optim=AdamW(lr=1e-3, warmup=4, clip=1e-3)))
    found = step(model, asked["text"])
    assert found["lr"] == pytest.approx(1e-3 / 4)
    assert found["grad_norm"] > 1e-3
    assert step(model, asked["text"])["lr"] == pytest.approx(2e-3 / 4)
    assert all(p.grad is None for p in model.core.parameters())
    model.apply()  # nothing to learn from is a step too
    assert model.steps == 3


def test_a_gradient_that_is_no_number_stops_the_run_and_changes_nothing(asked: dict[str, Prompt]) -> None:
    model, _ = opened(FULL)
    before = checksum(model.core)
    (torch.cat(scored(model, rows_of(asked["text"], [3]))[0]).sum() * float("nan")).backward()
    with pytest.raises(CheckError, match="gradient norm of optimiser step 0 is nan"):
        model.apply()
    assert checksum(model.core) == before
    assert all(p.grad is None for p in model.core.parameters())


def test_only_who_has_an_optimiser_gives_a_gradient(asked: dict[str, Prompt]) -> None:
    model, run = opened(FULL)
    reference = Frozen().open(run)
    ask = [Score(REFERENCE, tuple(rows_of(asked["image"], [3])), (LogProb(),))]
    assert not reference.answer(ask)[0][LogProb()][0].requires_grad
    assert scored(model, rows_of(asked["image"], [3]))[0][0].requires_grad


def test_what_cannot_be_opened_is_refused() -> None:
    with pytest.raises(RecipeError, match="nothing to learn with"):
        opened(Policy(model=TINY, freeze=("vision", "language")))
    with pytest.raises(RecipeError, match="freeze knows vision, merger, language, head; got 'eyes'"):
        opened(Policy(model=TINY, freeze=("eyes",)))
    with pytest.raises(RecipeError, match=r"Lora.targets 'nowhere' cannot be adapted"):
        opened(Policy(model=TINY, lora=Lora(targets="nowhere")))
    for spec in (Frozen, Ema):
        with pytest.raises(RecipeError, match="is made from policy, which must stand before it"):
            spec().open(Run(models={}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget": 0}, {"dtype": "int8"}, {"autocast": "fp8"}, {"min_pixels": 0, "max_pixels": -1},
        {"min_pixels": 5000, "max_pixels": 4000},
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_before_anything_is_loaded(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="Policy"):
        Policy(model="nowhere", **wrong)


def test_averages_and_adapters_out_of_range_are_refused() -> None:
    for wrong in ({"decay": 1.5}, {"decay": float("nan")}, {"every": 0}):
        with pytest.raises(RecipeError, match="Ema needs"):
            Ema(**wrong)  # type: ignore[arg-type]
    for other in ({"rank": 0}, {"dropout": 1.0}):
        with pytest.raises(RecipeError, match="Lora needs"):
            Lora(**other)  # type: ignore[arg-type]


def test_roles_are_named_as_asked() -> None:
    _, run = opened(FULL)
    assert isinstance(Ema().open(run), EmaModel)
    assert (Ema().open(run).role, Frozen().open(run).role, run.models[POLICY].role) == (EMA, REFERENCE, POLICY)


def test_components_learn_at_rates_of_their_own(asked: dict[str, Prompt]) -> None:
    spec = Policy(model=TINY, optim=AdamW(lr=1e-3, clip=None), rates=(("merger", 0.5), ("vision", 0.0)))
    model, _ = opened(spec)
    towers = model.runner.body.towers()
    merger = {id(p) for p in towers["merger"].parameters()}
    before = {id(p): p.detach().clone() for p in model.core.parameters()}
    step(model, asked["image"])
    moved = {i: float((p.detach() - before[i]).abs().max()) for i, p in ((id(p), p) for p in model.core.parameters())}
    seeing = {id(p) for p in towers["vision"].parameters()} - merger
    assert max(moved[i] for i in seeing) == 0.0
    assert max(moved[i] for i in merger) == pytest.approx(5e-4, rel=1e-2)
    assert max(moved[id(p)] for p in towers["language"].parameters()) == pytest.approx(1e-3, rel=1e-2)
    with pytest.raises(RecipeError, match=r"rates knows .*language.*got 'tower'"):
        opened(Policy(model=TINY, rates=(("tower", 0.5),)))
    with pytest.raises(RecipeError, match="shares of the learning rate"):
        Policy(model=TINY, rates=(("vision", -1.0),))
