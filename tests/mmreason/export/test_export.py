"""What an export gives is what was trained, in the form that anybody loads, or nothing at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from mmreason.asks import EMA
from mmreason.errors import CheckpointError
from mmreason.evaluation.contract import FILE as CONTRACT
from mmreason.export import export as exporting
from mmreason.export.export import export
from mmreason.export.record import read_record
from mmreason.models.loading import TINY, checksum, load_model, where
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Ema, Lora, Policy
from mmreason.runs.plain_file import read_plain
from tests.mmreason.models.scene import opened, picture, rows_of, scored
from vision_data.messages import user


def look(model: LanguageModel) -> torch.Tensor:
    with torch.no_grad():
        return torch.cat(scored(model, rows_of((user(picture(3), "How many?"),), [5, 4], 9))[0])


def live(run: Path, checkpoint: str, lora: Lora | None, average: bool = False) -> torch.Tensor:
    """Log-probs as the trainer itself computes them from its checkpoint."""
    model, of = opened(Policy(model=TINY, device="cpu", lora=lora))
    model.load(run / "checkpoints" / checkpoint / "policy")
    if average:
        found = Ema().open(of)
        found.load_state_dict(read_plain(run / "checkpoints" / checkpoint / "state.pt")["run"]["models"][EMA.name])
        return look(found)
    return look(model)


def plain(folder: Path) -> torch.Tensor:
    return look(opened(Policy(model=str(folder), device="cpu"))[0])


@pytest.mark.parametrize("role", ["policy", "ema"])
def test_a_merged_model_says_what_the_adapted_one_says(lora_run: Path, tmp_path: Path, role: str) -> None:
    for checkpoint in ("step_000001", "step_000002"):
        to = export(read_record(lora_run, checkpoint), tmp_path / checkpoint, role)
        wanted = live(lora_run, checkpoint, Lora(rank=4), role == "ema")
        assert torch.allclose(plain(to), wanted, atol=2e-5)
    assert not torch.equal(plain(tmp_path / "step_000001"), plain(tmp_path / "step_000002"))


def test_the_full_weights_are_those_of_the_checkpoint(full_run: Path, tmp_path: Path) -> None:
    record = read_record(full_run / "checkpoints" / "step_000001")
    to = export(record, tmp_path / "out")
    assert checksum(load_model(str(to))) == checksum(load_model(str(record.folder / "policy")))
    average = export(record, tmp_path / "ema", "ema")
    wanted = read_plain(record.folder / "state.pt")["run"]["models"]["ema"]["average"]
    found = dict(load_model(str(average)).named_parameters())
    assert all(torch.equal(found[name], value) for name, value in wanted.items())


def test_transformers_loads_it_alone(lora_run: Path, full_run: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig

    for run in (lora_run, full_run):
        to = export(read_record(run), tmp_path / run.name)
        loaded: Any = AutoModelForImageTextToText.from_pretrained(to, output_loading_info=True)
        model, info = loaded
        assert not any(info[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
        assert model.lm_head.weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()
        before = GenerationConfig.from_pretrained(where(TINY)).to_diff_dict()
        after = GenerationConfig.from_pretrained(to).to_diff_dict()
        assert {**after, "transformers_version": ""} == {**before, "transformers_version": ""}
        processor: Any = AutoProcessor.from_pretrained(to)
        assert processor.image_processor.size["longest_edge"] == 90_000  # as it was trained with
        for path in to.glob("*.json"):
            assert str(tmp_path.parent) not in path.read_text(encoding="utf-8"), path.name


def test_peft_loads_an_adapter_that_is_kept_apart(lora_run: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    to = export(read_record(lora_run), tmp_path / "out", adapter=True)
    assert json.loads((to / "adapter_config.json").read_text())["base_model_name_or_path"] == TINY
    base: Any = load_model(TINY)
    mine = PeftModel.from_pretrained(base, str(to)).merge_and_unload()
    merged = load_model(str(export(read_record(lora_run), tmp_path / "merged")))
    for (name, a), (other, b) in zip(mine.named_parameters(), merged.named_parameters(), strict=True):
        assert name == other
        assert torch.allclose(a, b, atol=1e-6)


def test_weights_come_in_the_precision_that_is_asked_for(lora_run: Path, tmp_path: Path) -> None:
    to = export(read_record(lora_run), tmp_path / "out", dtype="bfloat16")
    assert {tensor.dtype for tensor in load_file(to / "model.safetensors").values()} == {torch.bfloat16}
    assert json.loads((to / "config.json").read_text())["dtype"] == "bfloat16"
    exact = load_file(export(read_record(lora_run), tmp_path / "exact") / "model.safetensors")
    assert all(torch.equal(exact[n].bfloat16(), v) for n, v in load_file(to / "model.safetensors").items())


def test_the_evaluation_contract_comes_along(full_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(full_run, run)
    for old in run.rglob(CONTRACT):
        old.unlink()
    assert not (export(read_record(run), tmp_path / "without") / CONTRACT).exists()
    text = json.dumps({"version": 1, "recipe": "small", "data": [["train.jsonl", "ab" * 32]]})
    (run / "checkpoints" / "step_000002" / CONTRACT).write_text(text)
    to = export(read_record(run), tmp_path / "with")
    assert (to / CONTRACT).read_text() == text
    assert f"| `train.jsonl` | `{'ab' * 32}` |" in (to / "README.md").read_text()


def test_what_cannot_be_exported_is_refused_in_one_line(lora_run: Path, full_run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("precious")
    cases: list[tuple[Any, str]] = [
        (lambda to: export(read_record(full_run), taken), "not empty"),
        (lambda to: export(read_record(full_run), taken / "mine.txt"), "is a file"),
        (lambda to: export(read_record(full_run, "step_000009"), to), "no checkpoint 'step_000009'; there are: step_0"),
        (lambda to: export(read_record(full_run), to, "reference"), "no weights of its own .* there are: ema, policy"),
        (lambda to: export(read_record(full_run), to, "judge"), "the recipe has none of this name"),
        (lambda to: export(read_record(full_run), to, adapter=True), "without an adapter; leave --adapter out"),
        (lambda to: export(read_record(tmp_path / "gone"), to), "no such folder"),
        (lambda to: export(read_record(taken), to), "a folder without recipe.json"),
    ]
    for case, said in cases:
        with pytest.raises(CheckpointError, match=said) as told:
            case(tmp_path / "out")
        assert "\n" not in str(told.value)
        assert not (tmp_path / "out").exists()
    assert [path.name for path in taken.iterdir()] == ["mine.txt"]


def test_a_damaged_checkpoint_gives_nothing(lora_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(lora_run, run)
    weights = run / "checkpoints" / "step_000002" / "policy" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="cannot be read"):
        export(read_record(run), tmp_path / "out")
    (run / "recipe.json").write_text('{"stages": 3}')
    with pytest.raises(CheckpointError, match="is no recipe"):
        read_record(run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_a_failure_at_the_end_leaves_nothing(full_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "card", full)
    with pytest.raises(CheckpointError, match="No space left on device; make room"):
        export(read_record(full_run), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
