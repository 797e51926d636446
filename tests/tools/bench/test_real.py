"""The FLOP count against hand-worked numbers, the shapes against public sizes, and one small run of everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tools.bench import real as bench
from tools.bench.real import Measured, attention_kernels, configuration, real
from tools.bench.shapes import (
    SHAPES,
    Shape,
    flops,
    lm_forward,
    lm_weights,
    lora_weights,
    pairs,
    peak,
    tower_forward,
)

TOY = Shape(
    hidden=4, layers=1, heads=2, kv_heads=1, intermediate=8, vocab=10, tied=True,
    vision_hidden=2, vision_layers=2, vision_heads=1, vision_intermediate=3, window=28, whole=(1,),
)  # fmt: skip
SMALL = Shape(
    hidden=64, layers=3, heads=4, kv_heads=2, intermediate=96, vocab=1024, tied=True,
    vision_hidden=32, vision_layers=3, vision_heads=2, vision_intermediate=48, whole=(2,), mrope=(2, 3, 3),
)  # fmt: skip


def test_pairs_by_hand() -> None:
    assert pairs(2, [1]) == 3 + 3  # the prompt 1 + 2, the row's token both of it and itself
    assert pairs(3, [2, 0, 1]) == 6 + (4 + 5) + 0 + 4
    assert pairs(5, []) == 15


def test_the_language_model_by_hand() -> None:
    # queries and output 4 x 4 each, keys and values 4 x 2 each, three matrices 4 x 8
    assert lm_weights(TOY) == 16 + 16 + 8 + 8 + 3 * 32 == 144
    # two FLOPs per weight and token; four per head element and pair, over 2 heads of 2; the head sees one token
    assert lm_forward(TOY, 2, [1]) == (2 * 144 * 3, 4 * 4 * 6, 2 * 10 * 4)
    assert lora_weights(TOY, 3) == 3 * (8 + 8 + 6 + 6 + 3 * 12)


def test_the_tower_by_hand() -> None:
    # 4 x 4 patches; blocks of 4 * 2 * 2 + 3 * 2 * 3 weights; the merger joins four patches: 8 x 8 and 8 x 4
    blocks, merger = 2 * (16 + 18) * 16, (64 + 32) * 4
    # a window is 2 x 2 patches: four windows with 16 pairs each; the other block sees all 256
    attention = 4 * 2 * (4 * 16 + 256)
    assert tower_forward(TOY, (1, 4, 4)) == (2 * (blocks + merger) + attention, 2 * 1176 * 2 * 16)


def test_windows_at_the_border_are_smaller() -> None:
    (even, _), (odd, _) = tower_forward(TOY, (1, 2, 2)), tower_forward(TOY, (1, 2, 6))
    blocks, merger = 2 * 34, 96 / 4
    assert even == 2 * (blocks + merger) * 4 + 8 * (16 + 16)
    assert odd == 2 * (blocks + merger) * 12 + 8 * (3 * 16 + 144)


def test_what_each_arm_costs() -> None:
    matrices, attention, head = lm_forward(TOY, 2, [1])
    tower, embedding = tower_forward(TOY, (1, 4, 4))
    score = matrices + attention + head + tower + embedding
    learned = 3 * (matrices + attention + head)
    assert flops(TOY, "frozen", 2, [1], (1, 4, 4)) == (score, learned)
    assert flops(TOY, "full", 2, [1], (1, 4, 4)) == (score, learned + 3 * tower + 2 * embedding)
    adapters = 2 * lora_weights(TOY, 16) * 3
    wanted = (score + adapters, 2 * (matrices + head) + 3 * (attention + adapters))
    assert flops(TOY, "lora", 2, [1], (1, 4, 4)) == wanted


def test_six_per_weight_and_trained_token_where_attention_is_small() -> None:
    _, update = flops(SHAPES["3b"], "frozen", 100, [10], (1, 2, 2))
    assert update == pytest.approx(6 * lm_weights(SHAPES["3b"]) * 110, rel=0.03)


def test_the_ratio_of_tower_and_prefill_is_the_known_one() -> None:
    """The tower's forward costs about as much as the prefill of its own tokens in the 3B, under half in the 7B."""
    grid = (1, 64, 80)
    for name, wanted in (("3b", 0.97), ("7b", 0.42)):
        prefill = sum(lm_forward(SHAPES[name], 64 * 80 // 4, [])[:2])
        assert sum(tower_forward(SHAPES[name], grid)) / prefill == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize(("name", "size"), [("3b", 3_754_622_976), ("7b", 8_292_166_656)])
def test_the_shapes_have_as_many_weights_as_the_public_checkpoints(name: str, size: int) -> None:
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(configuration(SHAPES[name]))
    assert sum(p.numel() for p in model.parameters()) == size
    layer = model.model.language_model.layers[0]
    matrices = sum(p.numel() for p in layer.parameters() if p.ndim == 2)
    assert matrices * SHAPES[name].layers == lm_weights(SHAPES[name])


def test_peaks_by_device_name() -> None:
    assert peak("NVIDIA H200") == 989e12
    assert peak("NVIDIA H100 PCIe") == 756e12
    assert peak("NVIDIA H100 80GB HBM3") == 989e12
    assert peak("some other card") is None


def test_utilisation_is_over_useful_tokens() -> None:
    found = Measured("case", 1.0, 3.0, (3.9, 4.1), 100, 400, (40.0, 240.0), 100.0, 1 << 30)
    assert found.mfu == (0.7, 0.8)
    assert "100 logical and 25 useful tokens/s; MFU 70.0%, update 80.0%; 1.0 GiB" in str(found)
    assert "MFU unknown" in str(Measured("case", 1.0, 3.0, (3.9, 4.1), 100, 400, (40.0, 240.0), None, 1))


def test_fewer_layers_keep_a_block_that_sees_the_whole_image() -> None:
    assert SHAPES["3b"].with_layers(9).whole == (7,)
    assert SHAPES["3b"].with_layers(2).whole == (1,)
    assert SHAPES["3b"].with_layers(2).layers == SHAPES["3b"].with_layers(2).vision_layers == 2
    assert SHAPES["7b"].with_layers(None) == SHAPES["7b"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("arm", bench.ARMS)
def test_a_small_model_goes_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arm: str) -> None:
    monkeypatch.setitem(SHAPES, "3b", SMALL)
    found = real("3b", "cpu", arm, layers=2, size=112, num=2, tokens=4, rounds=1, folder=tmp_path)
    assert found.logical_tokens - found.useful_tokens == found.useful_tokens - 2 * 4  # the prompt a second time
    assert found.mfu == (None, None)
    assert found.peak_bytes > 0
    written = (tmp_path / "3b-2-layers" / "config.json").read_text()
    assert json.loads(written)["text_config"]["hidden_size"] == 64


@pytest.mark.filterwarnings("ignore")
def test_the_kernels_agree_and_the_results_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(SHAPES, "3b", SMALL)
    found = [k.kernel for k in attention_kernels("3b", "cpu", 40, 2, 9, 1)]
    assert found == ["sdpa", "flex", "varlen:plain", "varlen:shared, plain"]
    options = ["--kernels", "--device", "cpu", "--prompt", "40", "--num", "2", "--tokens", "9", "--rounds", "1"]
    bench.main([*options, "--json", str(tmp_path / "out.json")])
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert all(r["apart"] < 2e-2 and not r["grad"] for r in results)


@pytest.mark.gpu
def test_on_a_gpu(tmp_path: Path) -> None:
    found = real("3b", "cuda", "full", layers=2, size=448, num=4, tokens=64, rounds=2, folder=tmp_path)
    assert found.peak_bytes > 0
    assert all(k.apart < 3e-2 and k.grad for k in attention_kernels("3b", "cuda", 300, 4, 64, 2))
