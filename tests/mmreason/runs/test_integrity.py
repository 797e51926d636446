from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmreason.runs.integrity import FILE, damage, write_checksums
from mmreason.runs.plain_file import write_plain

WEIGHTS = {"embed": torch.arange(40.0), "layers.0.up": torch.ones(30), "layers.1.up": torch.zeros(30)}
STATE = {
    "run": {
        "models": {"policy": {"optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(99)}}}}}
    },
    "rng": [{"torch": torch.arange(300, dtype=torch.uint8)}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy").mkdir()
    save_file(WEIGHTS, tmp_path / "policy" / "model.safetensors")
    write_plain(tmp_path / "state.pt", STATE)
    (tmp_path / "recipe.txt").write_text("all of it\n")
    write_checksums(tmp_path)
    return tmp_path


def flip(path: Path, piece: bytes, at: int = 0) -> None:
    """Change one byte where a piece of the contents lies."""
    data = bytearray(path.read_bytes())
    data[data.index(piece) + at] ^= 1
    path.write_bytes(data)


def test_what_was_written_is_intact(folder: Path) -> None:
    assert damage(folder) is None
    told = json.loads((folder / FILE).read_text())
    assert set(told) == {"policy/model.safetensors", "state.pt", "recipe.txt"}
    assert set(told["policy/model.safetensors"]["tensors"]) == set(WEIGHTS)


def test_the_hashes_are_those_of_sha256sum(folder: Path) -> None:
    path = folder / "policy" / "model.safetensors"
    ran = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert ran.stdout.split()[0] == json.loads((folder / FILE).read_text())["policy/model.safetensors"]["sha256"]


def test_one_bit_of_one_tensor_is_named(folder: Path) -> None:
    flip(folder / "policy" / "model.safetensors", WEIGHTS["layers.0.up"].numpy().tobytes(), at=17)
    said = "policy/model.safetensors is damaged or was exchanged; changed: tensor layers.0.up"
    assert damage(folder) == said


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (torch.ones(99).numpy().tobytes(), "run.models.policy.optimizer.state.0.exp_avg"),
        (bytes(range(200)), "rng.0.torch"),
    ],
)
def test_one_bit_of_the_optimiser_or_a_generator_is_named(folder: Path, piece: bytes, name: str) -> None:
    flip(folder / "state.pt", piece, at=5)
    assert damage(folder) == f"state.pt is damaged or was exchanged; changed: tensor {name}"


def test_weights_of_another_model_are_told_by_their_tensors(folder: Path) -> None:
    path = folder / "policy" / "model.safetensors"
    weights = load_file(path)
    weights["head"] = weights.pop("embed")
    weights["layers.0.up"] = weights["layers.0.up"] + 1
    weights["layers.1.up"] = weights["layers.1.up"] + 1
    save_file(weights, path)
    told = damage(folder)
    assert told is not None
    assert "missing: tensor embed; new: tensor head; changed: tensor layers.0.up and 1 more" in told


@pytest.mark.parametrize("name", ["policy/model.safetensors", "state.pt", "recipe.txt"])
@pytest.mark.parametrize("left", [0, 5, 60])
def test_files_that_are_cut_off_or_missing_are_named(folder: Path, name: str, left: int) -> None:
    path = folder / name
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: min(left, size - 1)])
    told = damage(folder)
    assert told is not None
    assert told.startswith(f"{name} is damaged or was exchanged ({min(left, size - 1)} bytes, written were {size})")
    path.unlink()
    assert damage(folder) == f"{name} is missing"


@pytest.mark.parametrize("text", ["", "[1]", '{"state.pt": 3}', '{"state.pt": {}}', "\x00"])
def test_checksums_that_are_damaged_say_so(folder: Path, text: str) -> None:
    (folder / FILE).write_text(text)
    assert (damage(folder) or "").startswith(f"{FILE} cannot be read")
    (folder / FILE).unlink()
    assert (damage(folder) or "").startswith(f"{FILE} is missing")
