"""QLoRA for real: four-bit weights below an adapter that learns, follows along, is saved and merged."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.errors import RecipeError
from mmreason.models.loading import TINY, checksum
from mmreason.models.lora import adapted
from mmreason.models.merge import merged, plain_tensors
from mmreason.models.optim import AdamW
from mmreason.models.policy import AdapterOff, LanguageModel
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from tests.mmreason.models.scene import both_ways, opened, rows_of, sampled, scored
from vision_data.messages import Prompt

SPEC = Policy(model=TINY, device="cpu", lora=Lora(rank=4, bits=4), optim=AdamW(lr=0.02))


def look(model: LanguageModel, prompt: Prompt) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat(scored(model, rows_of(prompt, [5, 3], 9))[0])


def step(model: LanguageModel, prompt: Prompt, seed: int = 0) -> None:
    torch.cat(scored(model, rows_of(prompt, [4, 6], seed))[0]).sum().backward()
    model.apply()


@pytest.mark.parametrize("wrong", [{"bits": 8}, {"rank": 0}, {"dropout": 1.0}])
def test_an_adapter_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="Lora"):
        Lora(**wrong)


def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmreason.models.lora.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match="needs bitsandbytes, which is not installed: pip install bitsandbytes"):
        adapted(torch.nn.Linear(2, 2), Lora(bits=4), ".*")
    monkeypatch.setattr("mmreason.models.lora.find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(RecipeError, match="does not load here"):
        adapted(torch.nn.Linear(2, 2), Lora(bits=4), ".*")


@pytest.fixture(scope="module")
def bnb() -> Any:
    return pytest.importorskip("bitsandbytes")


@pytest.mark.slow
@pytest.mark.guard
class TestFourBits:
    def test_only_the_adapter_learns_and_the_rest_is_in_four_bits(self, bnb: Any, asked: dict[str, Prompt]) -> None:
        model, _ = opened(SPEC)
        body = model.runner.body
        assert all(type(layer.mlp.up_proj.base_layer) is bnb.nn.Linear4bit for layer in body.language.layers)
        assert not any(isinstance(part, bnb.nn.Linear4bit) for part in body.visual.modules())
        assert all(("lora_" in name) == p.requires_grad for name, p in model.core.named_parameters())
        full, _ = opened(Policy(model=TINY, device="cpu"))
        start = look(model, asked["image"])
        gap = (start - look(full, asked["image"])).abs().mean()
        assert 0 < gap < 1  # rounded, and still the same model
        before = {name: p.detach().clone() for name, p in model.core.named_parameters() if not p.requires_grad}
        step(model, asked["image"])
        assert not torch.allclose(look(model, asked["image"]), start, atol=1e-2)
        now = dict(model.core.named_parameters())
        assert all(torch.equal(now[name], value) for name, value in before.items())

    def test_sampler_and_trainer_agree(self, bnb: Any, asked: dict[str, Prompt]) -> None:
        model, _ = opened(SPEC)
        step(model, asked["image"])
        for c in sampled(model, asked["image"], num=3, limit=8):
            row = rows_of(asked["image"], [1])[0]
            with torch.no_grad():
                again = scored(model, [type(row)(asked["image"], (c.tokens,))])[0][0]
            assert torch.allclose(again, c.logprobs, atol=1e-4)

    def test_packed_and_plain_forwards_agree(self, bnb: Any, asked: dict[str, Prompt]) -> None:
        from mmreason.asks import LogProb, Score

        model, _ = opened(SPEC)
        step(model, asked["image"])
        request = Score(POLICY, tuple(rows_of(asked["image"], [5, 7])), (LogProb(),))
        worst, gradient = both_ways(model, [request], exact=False)
        assert worst < 1e-4
        assert gradient < 1e-3

    def test_reference_and_average_borrow_the_four_bit_weights(self, bnb: Any, asked: dict[str, Prompt]) -> None:
        model, run = opened(SPEC)
        reference, average = Frozen().open(run), Ema(decay=0.5, every=1).open(run)
        assert isinstance(reference, AdapterOff)
        assert set(average.average) == {name for name, p in model.core.named_parameters() if p.requires_grad}
        mine, its = dict(model.core.named_parameters()), dict(average.core.named_parameters())
        assert all((mine[name].data_ptr() == its[name].data_ptr()) == ("lora_" not in name) for name in mine)
        start = look(model, asked["image"])
        step(model, asked["image"])
        average.after_step(Any)  # type: ignore[arg-type]
        assert torch.equal(look(reference, asked["image"]), start)
        three = [look(m, asked["image"]) for m in (reference, average, model)]
        assert not any(torch.allclose(a, b, atol=1e-3) for a, b in pairwise(three))

    def test_it_goes_on_where_it_was_saved(self, bnb: Any, asked: dict[str, Prompt], tmp_path: Path) -> None:
        first, _ = opened(SPEC)
        step(first, asked["image"])
        first.save(tmp_path / "saved")
        size = sum(path.stat().st_size for path in (tmp_path / "saved").glob("*.safetensors"))
        assert size < 500_000  # the adapter alone
        second, _ = opened(SPEC)
        second.load(tmp_path / "saved")
        second.load_state_dict(first.state_dict())
        for model in (first, second):
            step(model, asked["image"], 5)
        assert checksum(first.core) == checksum(second.core)

    def test_merged_it_says_what_was_trained(self, bnb: Any, asked: dict[str, Prompt], tmp_path: Path) -> None:
        model, _ = opened(SPEC)
        step(model, asked["image"])
        wanted = look(model, asked["image"])
        tensors = dict(plain_tensors(model.core))
        core: Any = merged(model.core)
        for name, p in core.named_parameters():
            assert torch.equal(p, tensors[name]), name
        core.save_pretrained(tmp_path / "out")
        model.runner.encoder.processor.save_pretrained(tmp_path / "out")
        plain, _ = opened(Policy(model=str(tmp_path / "out"), device="cpu"))
        assert torch.allclose(look(plain, asked["image"]), wanted, atol=1e-4)

    def test_a_run_is_exported_and_scored_with_the_weights_that_it_trained(self, bnb: Any, tmp_path: Path) -> None:
        from mmreason.cli.checkpoints import split_adapter
        from mmreason.export.export import export
        from mmreason.export.record import read_record
        from tests.mmreason.export.world import trained

        run = trained(tmp_path / "run", Lora(rank=4, bits=4))
        folder = run / "checkpoints" / "step_000002" / "policy"
        base, lora, _ = split_adapter(str(folder))
        assert lora is not None
        assert lora.bits == 4
        to = export(read_record(run), tmp_path / "out")
        from vision_data.messages import user

        prompt = (user("What is 1 + 1?"),)
        live, _ = opened(Policy(model=base, device="cpu", lora=lora))
        live.load(folder)
        plain, _ = opened(Policy(model=str(to), device="cpu"))
        assert torch.allclose(look(plain, prompt), look(live, prompt), atol=1e-4)
        assert "four bits (NF4)" in (to / "README.md").read_text()
