"""GRPO-CARE's moving average: its formula, an adapter's, and one that begins when a cold start is over."""

from __future__ import annotations

import torch
from torch import nn

from mmreason.asks import EMA, REFERENCE
from mmreason.models.ema_after import EmaAfter, LateEma
from mmreason.models.ema_model import EmaModel
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.optim_cold_start import ColdStartAdamW
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Ema, Lora, Policy
from mmreason.types import Batch, Progress
from tests.mmreason.models.scene import opened

FULL = Policy(model=TINY, device="cpu", freeze=("vision",), optim=AdamW(lr=1e-3))
LORA = Policy(model=TINY, device="cpu", lora=Lora(rank=2), optim=AdamW(lr=1e-3))


def after(average: EmaModel, stage: str, times: int = 1) -> None:
    for _ in range(times):
        average.after_step(Batch((), Progress(stage=stage)))


def moved(model: LanguageModel, by: float) -> str:
    """Shift every learning weight; gives the name of one."""
    with torch.no_grad():
        for p in model.core.parameters():
            if p.requires_grad:
                p.add_(by)
    return next(name for name, p in model.core.named_parameters() if p.requires_grad)


def value(core: nn.Module, name: str) -> torch.Tensor:
    return dict(core.named_parameters())[name].detach().clone()


def test_the_cards_average() -> None:
    model, run = opened(FULL)
    average = Ema().open(run)
    name = moved(model, 0.0)
    with torch.no_grad():
        dict(model.core.named_parameters())[name].fill_(3.0)
        average.average[name].fill_(2.0)
    after(average, "train", 9)
    assert bool((average.average[name] == 2.0).all()), "no update in between"
    after(average, "train")
    assert torch.allclose(average.average[name], torch.full_like(average.average[name], 2.005), atol=1e-6)
    assert average.average[name].dtype == torch.float32


def test_under_lora_only_the_adapter_is_copied_and_averaged() -> None:
    model, run = opened(LORA)
    average = EmaAfter(decay=0.5, every=1).open(run)
    assert average.average
    assert all("lora_" in name for name in average.average)
    mine, its = dict(model.core.named_parameters()), dict(average.core.named_parameters())
    for name, p in mine.items():
        assert (p.data_ptr() == its[name].data_ptr()) == ("lora_" not in name), name
    name = moved(model, 1.0)
    start = value(average.core, name)
    after(average, "train")
    assert torch.allclose(value(average.core, name), start + 0.5, atol=1e-6)


def test_it_follows_at_once_during_the_cold_start_and_slowly_after_it() -> None:
    model, run = opened(FULL)
    average = EmaAfter(decay=0.9, every=2, stages=("cold_start",)).open(run)
    assert isinstance(average, LateEma)
    name = moved(model, 0.1)
    after(average, "cold_start")
    begun = value(model.core, name)
    assert torch.equal(value(average.core, name), begun)
    moved(model, 1.0)
    after(average, "train")
    assert torch.equal(value(average.core, name), begun), "steps of the cold start are not counted"
    after(average, "train")
    assert torch.allclose(value(average.core, name), begun + 0.1, atol=1e-5)


def test_with_decay_1_it_is_the_policy_at_the_end_of_the_cold_start() -> None:
    model, run = opened(FULL)
    reference = EmaAfter(role=REFERENCE, decay=1.0, every=1, stages=("cold_start",)).open(run)
    assert (reference.role, EmaAfter().role) == (REFERENCE, EMA)
    name = moved(model, 0.1)
    after(reference, "cold_start")
    begun = value(model.core, name)
    moved(model, 1.0)
    after(reference, "train", 3)
    assert torch.equal(value(reference.core, name), begun)


def test_its_state_goes_on_where_it_was() -> None:
    model, run = opened(FULL)
    spec = EmaAfter(decay=0.5, every=2, stages=("cold_start",))
    average, other = spec.open(run), spec.open(run)
    name = moved(model, 0.1)
    after(average, "cold_start")
    after(average, "train")
    other.load_state_dict(average.state_dict())
    moved(model, 1.0)
    for some in (average, other):
        after(some, "train")
    assert torch.equal(value(average.core, name), value(other.core, name))


def test_the_rate_of_a_cold_start_and_of_what_follows() -> None:
    optim = ColdStartAdamW(lr=1e-4, schedule="cosine", total=50, floor=0.1, cold_steps=100, cold_lr=1e-3)
    rates = [optim.rate(step) for step in range(151)]
    assert max(rates) == rates[4] == 1e-3
    assert rates[0] == 1e-3 / 5
    assert 1e-4 <= rates[99] < 1.1e-4
    plain = AdamW(lr=1e-4, schedule="cosine", total=50, floor=0.1)
    assert rates[100:] == [plain.rate(step) for step in range(51)]
    assert ColdStartAdamW(lr=1e-6).rate(0) == 1e-6
