"""From a folder to a model and back: everything or nothing, and one line that says what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmreason.errors import CheckpointError, MMReasonError, RecipeError
from mmreason.models.loading import TINY, checksum, load_config, load_model, load_processor, where
from mmreason.models.optim import AdamW
from mmreason.models.specs import Lora, Policy
from tests.mmreason.models.scene import dense, opened, rows_of
from vision_data.messages import Prompt


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(where(TINY), tmp_path / "model"))


def tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    found = load_file(str(path))
    change(found)
    save_file(found, str(path), metadata={"format": "pt"})


def setting(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def one_line(error: Exception, *said: str) -> None:
    assert "\n" not in str(error)
    assert len(str(error)) < 600
    for words in said:
        assert words in str(error), str(error)


def named(found: dict[str, torch.Tensor], end: str) -> str:
    return next(name for name in found if name.endswith(end))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop(named(t, "layers.1.mlp.up_proj.weight")), "missing keys"),
        (lambda t: t.update({"model.extra.weight": torch.zeros(2)}), "unexpected keys"),
        (lambda t: t.update({named(t, "layers.1.mlp.up_proj.weight"): torch.zeros(3, 5)}), "up_proj"),
    ],
    ids=["missing", "left over", "another shape"],
)
def test_a_checkpoint_that_does_not_fill_the_model_is_refused(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], None], said: str
) -> None:
    tensors(folder, change)
    with pytest.raises(CheckpointError) as caught:
        load_model(str(folder))
    one_line(caught.value, str(folder), said)


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


def scribble(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not a tensor" * 50)


@pytest.mark.parametrize("damage", [truncate, scribble, lambda f: (f / "model.safetensors").unlink()])
def test_damaged_or_missing_weights_are_refused(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    with pytest.raises(CheckpointError) as caught:
        load_model(str(folder))
    one_line(caught.value, "the weights cannot be loaded")


def test_another_architecture_is_refused_with_those_there_are(folder: Path) -> None:
    setting(folder, model_type="llava")
    with pytest.raises(RecipeError) as caught:
        load_model(str(folder))
    one_line(caught.value, "'llava'", "qwen2_5_vl, qwen2_vl")


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all", "mmreason-tny", "a/b/c"])
def test_a_folder_that_is_not_there(model: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load_config(model)
    one_line(caught.value, repr(model), "no such folder", "mmreason-tiny")


def test_a_folder_without_a_configuration_or_with_a_broken_one(folder: Path) -> None:
    (folder / "config.json").write_text("{ not json")
    with pytest.raises(CheckpointError) as caught:
        load_config(str(folder))
    one_line(caught.value, "configuration cannot be read")
    (folder / "config.json").unlink()
    with pytest.raises(CheckpointError) as caught:
        load_config(str(folder))
    one_line(caught.value, "a folder without one")


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "processor_config.json"])
def test_a_broken_processor_is_a_line(folder: Path, name: str) -> None:
    (folder / name).write_text("{ not json")
    with pytest.raises(CheckpointError) as caught:
        load_processor(str(folder))
    one_line(caught.value, "the processor cannot be loaded")


def test_what_is_saved_loads_plainly_and_gives_equal_logits(tmp_path: Path, asked: dict[str, Prompt]) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model, _ = opened(Policy(model=TINY, max_pixels=12544, optim=AdamW()))
    with torch.no_grad():
        for p in model.core.parameters():
            p.add_(0.01)
    model.save(tmp_path)
    assert "mmreason" not in (tmp_path / "config.json").read_text()
    again = AutoModelForImageTextToText.from_pretrained(tmp_path)
    assert checksum(again) == checksum(model.core)
    row = rows_of(asked["text"], [4])[0]
    ids = torch.cat([model.runner.encode(row.prompt).ids, *row.pieces])[None]
    with torch.no_grad():
        assert torch.allclose(again(input_ids=ids).logits[0, -5:-1], dense(model, row), atol=1e-4)
    processor = AutoProcessor.from_pretrained(tmp_path)
    assert processor.image_processor.size["longest_edge"] == 12544
    assert processor.chat_template == model.runner.encoder.processor.chat_template


def test_a_saved_adapter_loads_with_peft_and_gives_equal_logits(tmp_path: Path, asked: dict[str, Prompt]) -> None:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    spec = Policy(model=TINY, lora=Lora(rank=2), optim=AdamW())
    model, _ = opened(spec)
    rng = torch.Generator().manual_seed(0)
    for name, p in model.core.named_parameters():
        if "lora" in name:
            p.data = torch.randn(p.shape, generator=rng) * 0.1
    model.save(tmp_path)
    row = rows_of(asked["text"], [4])[0]
    ids = torch.cat([model.runner.encode(row.prompt).ids, *row.pieces])[None]
    plain = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(where(TINY)), tmp_path)
    with torch.no_grad():
        assert torch.allclose(plain(input_ids=ids).logits[0, -5:-1], dense(model, row), atol=1e-4)
    other, _ = opened(spec)
    assert checksum(other.core) != checksum(model.core)
    other.load(tmp_path)
    assert checksum(other.core) == checksum(model.core)


def test_a_run_s_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    whole, _ = opened()
    small, _ = opened(Policy(model=TINY, lora=Lora(rank=2)))
    large, _ = opened(Policy(model=TINY, lora=Lora(rank=4)))
    whole.save(tmp_path / "whole")
    small.save(tmp_path / "small")
    before = checksum(large.core)
    for model, name, said in (
        (whole, "small", "holds an adapter, this run trains a whole model"),
        (small, "whole", "holds a whole model, this run trains an adapter"),
        (large, "small", "of another shape"),
    ):
        with pytest.raises(CheckpointError) as caught:
            model.load(tmp_path / name)
        one_line(caught.value, "policy: ", said)
    (tmp_path / "small" / "adapter_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError) as caught:
        small.load(tmp_path / "small")
    one_line(caught.value, "cannot be read")
    assert checksum(large.core) == before


def test_an_adapter_with_a_missing_tensor_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    model, _ = opened(Policy(model=TINY, lora=Lora(rank=2)))
    model.save(tmp_path)
    path = tmp_path / "adapter_model.safetensors"
    found = load_file(str(path))
    found.pop(min(found))
    save_file(found, str(path))
    with pytest.raises(MMReasonError, match="1 tensors are missing"):
        model.load(tmp_path)


def test_a_checksum_knows_every_weight_and_its_name() -> None:
    model, _ = opened()
    before = checksum(model.core)
    assert checksum(load_model(TINY)) == before
    weight = model.runner.body.language.layers[0].input_layernorm.weight
    with torch.no_grad():
        weight[3] = torch.nextafter(weight[3], torch.tensor(10.0))
    assert checksum(model.core) != before


def test_half_precision_loads_in_half_precision() -> None:
    core = load_model(TINY, "bfloat16")
    assert {p.dtype for p in core.parameters()} == {torch.bfloat16}
