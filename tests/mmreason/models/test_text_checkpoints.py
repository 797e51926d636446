"""Text checkpoints: everything or nothing, roles, and one line for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import EMA, REFERENCE, LogProb, Score
from mmreason.errors import CheckpointError, MMReasonError, RecipeError
from mmreason.models.families import body_for
from mmreason.models.loading import auto_class, checksum, load_config, load_model, load_processor
from mmreason.models.memory import estimate
from mmreason.models.optim import AdamW
from mmreason.models.policy import AdapterOff
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.types import Batch
from tests.mmreason.models.scene import opened, scored
from tests.mmreason.models.test_loading import named, one_line, setting, tensors
from tests.mmreason.models.test_text_family import by_library, rows
from tests.mmreason.models.text_scene import ASKED, SMALL, build, byte_level, policy

KINDS = ["qwen3", "gpt2", "mistral-window"]


def learned(model: Any) -> None:
    """One step."""
    torch.cat(scored(model, rows(model, ASKED["sum"], [4, 6]))[0]).sum().neg().backward()
    assert model.apply()["grad_norm"] > 0


@pytest.mark.parametrize("kind", [*KINDS, "qwen3-tied-biased"])
def test_what_is_saved_loads_plainly_and_in_our_hands(tmp_path: Path, kind: str) -> None:
    model = policy(build(kind, tmp_path / "old"))
    learned(model)
    model.save(tmp_path / "new")
    assert "mmreason" not in (tmp_path / "new" / "config.json").read_text()
    (row,) = rows(model, ASKED["sum"], [5])
    with torch.no_grad():
        mine = scored(model, [row])[0][0]
        assert torch.allclose(mine, by_library(tmp_path / "new", model, row), atol=1e-4)
        assert not torch.allclose(mine, by_library(tmp_path / "old", model, row), atol=1e-4)
    again = policy(tmp_path / "old")
    state = model.state_dict()
    again.load(tmp_path / "new")
    again.load_state_dict(state)
    assert checksum(again.core) == checksum(model.core)
    assert load_processor(str(tmp_path / "new")).chat_template == model.runner.encoder.tokenizer.chat_template


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_is_saved_and_the_reference_is_the_model_without_it(tmp_path: Path, kind: str) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model, run = opened(Policy(model=str(build(kind, tmp_path / "old")), lora=Lora(rank=2), optim=AdamW(lr=1e-1)))
    reference = Frozen().open(run)
    (row,) = rows(model, ASKED["sum"], [5])
    before = scored(reference, [row])[0][0]
    learned(model)
    with torch.no_grad():
        mine = scored(model, [row])[0][0]
        assert torch.equal(scored(reference, [row])[0][0], before.detach())
    assert isinstance(reference, AdapterOff)
    assert not torch.allclose(mine, before, atol=1e-3)
    model.save(tmp_path / "new")
    plain: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tmp_path / "old"), tmp_path / "new")
    ids = torch.cat([model.runner.encode(row.prompt).ids, *row.pieces])[None]
    with torch.no_grad():
        wanted = plain(input_ids=ids).logits[0, -6:-1].log_softmax(-1).gather(-1, ids[0, -5:, None])[:, 0]
    assert torch.allclose(mine, wanted, atol=1e-4)
    other = policy(tmp_path / "old", lora=Lora(rank=2))
    other.load(tmp_path / "new")
    assert checksum(other.core) == checksum(model.core)


@pytest.mark.parametrize("kind", KINDS)
def test_reference_and_average(tmp_path: Path, kind: str) -> None:
    model, run = opened(Policy(model=str(build(kind, tmp_path)), optim=AdamW(lr=1e-2)))
    reference, average = Frozen().open(run), Ema(decay=0.5, every=1).open(run)
    asked = rows(model, ASKED["sum"], [5, 3])

    def now(part: Any, role: Any) -> torch.Tensor:
        with torch.no_grad():
            return torch.cat(part.answer([Score(role, tuple(asked), (LogProb(),))])[0][LogProb()])

    start = now(reference, REFERENCE)
    assert torch.equal(start, now(model, model.role))
    old = {name: p.detach().clone() for name, p in model.core.named_parameters()}
    learned(model)
    average.after_step(Batch(()))
    assert torch.equal(now(reference, REFERENCE), start)
    assert not torch.allclose(now(model, model.role), start, atol=1e-4)
    for name, p in average.core.named_parameters():
        assert torch.allclose(p, (old[name] + dict(model.core.named_parameters())[name]) / 2, atol=1e-6)
    assert not torch.allclose(now(average, EMA), start, atol=1e-5)


@pytest.mark.parametrize("kind", ["qwen3", "gpt2"])
def test_a_checkpoint_that_does_not_fill_the_model_is_refused(tmp_path: Path, kind: str) -> None:
    build(kind, tmp_path)
    name = {"qwen3": "layers.1.mlp.up_proj.weight", "gpt2": "h.1.mlp.c_fc.weight"}[kind]
    tensors(tmp_path, lambda found: found.__delitem__(named(found, name)))
    with pytest.raises(CheckpointError) as caught:
        load_model(str(tmp_path))
    one_line(caught.value, "missing keys", name)


def without(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink(missing_ok=True)

    return remove


def changed(**fields: Any) -> Callable[[Path], None]:
    return lambda folder: setting(folder, **fields)


def no_end(folder: Path) -> None:
    setting(folder, eos_token_id=None)
    (folder / "generation_config.json").unlink()
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "eos_token"}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without("config.json"), "a folder without one"),
        (lambda folder: (folder / "config.json").write_text("[1]"), "configuration cannot be read"),
        (lambda folder: (folder / "config.json").write_text("{}"), "names no model_type"),
        (changed(hidden_size="x"), "the configuration cannot be used"),
        (changed(model_type="superllm"), "is a 'superllm' checkpoint; supported architectures: qwen2_5_vl"),
        (changed(model_type="gemma3"), "is a 'gemma3' checkpoint; supported architectures"),
        (changed(model_type="qwen3_vl"), "is a 'qwen3_vl' checkpoint; supported architectures"),
        (changed(model_type="t5"), "an encoder-decoder model"),
        (changed(hidden_size=64), "does not fill the model exactly: mismatched keys"),
        (without("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"), "it knows no text"),
        (without("tokenizer.json"), "the tokenizer cannot be loaded"),
        (without("model.safetensors"), "the weights cannot be loaded"),
        (no_end, "names no token that ends an answer"),
    ],
)
def test_bad_folders_are_a_line(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(build("qwen3", tmp_path))
    with pytest.raises(MMReasonError) as caught:
        policy(tmp_path)
    one_line(caught.value, said)


@pytest.mark.parametrize(
    ("kind", "alone"), [("qwen3", False), ("gpt2", False), ("mistral-window", True), ("opt", False)]
)
def test_a_skeleton_without_weights_tells_memory(tmp_path: Path, kind: str, alone: bool) -> None:
    config = load_config(str(build(kind, tmp_path)))
    with torch.device("meta"):
        core = auto_class(config).from_config(config)
    assert body_for(core, config).alone == alone
    policy_of, num = Policy(model=str(tmp_path)), sum(p.numel() for p in core.parameters())
    found = estimate(core, policy_of, [Frozen()], tokens=100, patches=0, window=10)
    assert found.weights == found.copies == found.gradients == found.optimiser // 2 == 4 * num
    assert found.activations > 100 * 3 * 32 * 4


def test_components_that_a_text_model_has_not_are_refused(tmp_path: Path) -> None:
    build("qwen3", tmp_path)
    with pytest.raises(RecipeError, match=r"Policy\.freeze knows language, head; got 'vision'"):
        policy(tmp_path, freeze=("vision",))
    model = policy(tmp_path, freeze=("head",))
    assert not model.runner.body.base.lm_head.weight.requires_grad


def test_a_model_that_sees_what_comes_is_refused(tmp_path: Path) -> None:
    from transformers import BertConfig, BertLMHeadModel

    tokenizer = byte_level()
    BertLMHeadModel(BertConfig(vocab_size=len(tokenizer), **SMALL)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(RecipeError) as caught:
        policy(tmp_path)
    one_line(caught.value, "'bert' model is not causal")
