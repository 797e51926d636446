"""A text-only run loads nothing that reads pictures or films: it trains where none of that is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mmreason.models.text_scene import build

ROOT = Path(__file__).parents[3]
VISION = ("PIL", "av", "cv2", "decord", "qwen_vl_utils", "torchcodec", "torchvision")
LIBRARY_S_OWN = ("PIL", "torchvision")
"""transformers loads these by itself, with every model, where they are installed."""

FINDER = """
import importlib.machinery, sys
class Watch:
    wanted = {}
    def find_spec(self, name, path=None, target=None):
        if name in VISION and BLOCK:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in VISION and name not in self.wanted:
            frame = sys._getframe(1)
            while frame and frame.f_globals.get("__name__", "").startswith(("importlib", "_frozen")):
                frame = frame.f_back
            self.wanted[name] = frame.f_globals.get("__name__", "?")
        return None
sys.meta_path.insert(0, Watch())
"""
RUN = """
import torch
from mmreason.asks import POLICY, Generate, LogProb, Row, Score
from mmreason.ledger import Ledger
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.run import Run
from vision_data.messages import user
run = Run(models={}, ledger=Ledger())
model = run.models[POLICY] = Policy(model=FOLDER, device="cpu", optim=AdamW(lr=1e-3)).open(run)
prompt = (user("What is 12 + 30?"),)
rows = model.answer([Generate(POLICY, prompt, num=3, limit=6)])[0]
scores = model.answer([Score(POLICY, tuple(Row(prompt, (c.tokens,)) for c in rows), (LogProb(),))])[0]
torch.cat(scores[LogProb()]).sum().backward()
assert model.apply()["grad_norm"] > 0
model.save(__import__("pathlib").Path(FOLDER + "-saved"))
ours = ("image_processing", "video_processing", "processing_auto")
found = [n for n in sys.modules if n.startswith("transformers.") and any(o in n.split(".")[-1] for o in ours)]
print("modules", *sorted({n for n in VISION if n in sys.modules} | set(found)))
print("askers", *sorted({asker.split(".")[0] for asker in Watch.wanted.values()}))
"""


def told(folder: Path, block: bool) -> dict[str, set[str]]:
    program = f"VISION, BLOCK, FOLDER = {VISION!r}, {block}, {str(folder)!r}\n{FINDER}{RUN}"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines() if line.startswith(("modules", "askers"))]
    return {line[0]: set(line[1:]) for line in lines}


pytestmark = [pytest.mark.slow, pytest.mark.guard]  # a process of its own loads torch and transformers


@pytest.mark.parametrize("kind", ["qwen3", "gpt2"])
def test_a_text_model_trains_where_nothing_for_pictures_is_installed(tmp_path: Path, kind: str) -> None:
    assert told(build(kind, tmp_path / kind), block=True)["modules"] == set()


def test_where_it_is_installed_only_the_library_loads_any_of_it(tmp_path: Path) -> None:
    found = told(build("qwen3", tmp_path / "qwen3"), block=False)
    assert found["modules"] <= set(LIBRARY_S_OWN)
    assert not found["askers"] & {"mmreason", "vision_data", "__main__"}
