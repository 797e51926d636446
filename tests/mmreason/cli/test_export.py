"""Exporting from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.models.specs import Lora
from tests.mmreason.export.world import trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("run") / "small", Lora(rank=2))


def test_a_run_becomes_a_folder_and_the_next_step_is_told(run: Path, say, tmp_path: Path) -> None:
    told = say("export", run, "--to", "out", "--license", "apache-2.0")
    assert told.code == 0, told.err
    assert {"config.json", "model.safetensors", "README.md", "tokenizer.json"} <= {
        p.name for p in Path("out").iterdir()
    }
    assert "license: apache-2.0" in Path("out/README.md").read_text()
    assert "mmreason eval out" in told.out
    again = say("export", run, "--to", "out")
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert "out is a folder that is not empty" in again.err
    told = say("export", run, "--to", "apart", "--adapter", "--checkpoint", "step_000001", "--quiet")
    assert (told.code, told.out) == (0, "")
    assert Path("apart/adapter_model.safetensors").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "out"], "RUN"),
        (["runs/gone"], "--to is required"),
        (["runs/gone", "--to", "out"], "runs/gone: expected a run's folder"),
        (["runs/gone", "--to", "out", "--dtype", "int8"], "--dtype"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, say) -> None:
    told = say("export", *words)
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert said in told.err
    assert not Path("out").exists()
