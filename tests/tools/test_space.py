"""The Space opens the runs beside it, listens where a Space must, and gives visitors no more than that."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

SPACE = Path(__file__).parents[2] / "tools" / "space"


def loaded(folder: Path) -> ModuleType:
    shutil.copy(SPACE / "app.py", folder / "app.py")
    spec = importlib.util.spec_from_file_location("space_app", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_opens_the_runs_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("b", "a"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "notes.txt").write_text("no run")
    found = loaded(tmp_path).options()
    assert found.runs == (tmp_path / "runs" / "a", tmp_path / "runs" / "b")
    assert (found.host, found.port, found.device) == ("0.0.0.0", 7860, "cpu")
    assert found.max_upload == 20
    monkeypatch.setenv("GRADIO_SERVER_NAME", "127.0.0.1")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    again = loaded(tmp_path).options()
    assert (again.host, again.port) == ("127.0.0.1", 7999)


def test_its_readme_names_its_program_and_what_it_needs() -> None:
    head = (SPACE / "README.md").read_text().split("---")[1]
    told = dict(re.findall(r"(?m)^(\w+): (.+)$", head))
    assert (told["sdk"], told["app_file"]) == ("gradio", "app.py")
    assert (SPACE / "requirements.txt").read_text().split() == ["mmreason[demo,vision]"]
