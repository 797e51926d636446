"""Peak memory of the learning phase, each side in a process of its own.

Counted are the resident pages that one learning step adds at its peak, after a first one has made the optimiser's
state, and the media that the side holds for the step.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from tools.bench.cases import Case
from tools.bench.learn import sides
from tools.bench.measure import Disagree, Result


def memory(case: Case, micro: int | None = None) -> Result:
    """Measure both sides; bytes stand where seconds do in other results.

    Raises:
        Disagree: a process failed.
    """
    ours, peer = (apart(case, side, micro) for side in ("ours", "trl"))
    return Result(
        case=f"memory: {case}", ours_s=ours["peak"], peer_s=peer["peak"], peer="TRL", ratio=peer["peak"] / ours["peak"],
        spread=(peer["peak"] / ours["peak"],) * 2, agree={}, rounds=1, counters={"ours": ours, "TRL": peer}, unit="B",
    )  # fmt: skip


def apart(case: Case, side: str, micro: int | None) -> dict[str, float]:
    """Run one side in its own process."""
    words = [sys.executable, "-m", "tools.bench.memory", side, json.dumps(asdict(case)), json.dumps(micro)]
    words.append(str(torch.get_num_threads()))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Disagree(f"memory: {side} failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def inside(side: str, case: Case, micro: int | None) -> dict[str, float]:
    """Measure in this process."""
    ours, peer, _ = sides(case, "plain" if side == "ours" else "trl", micro)
    run = ours.step if side == "ours" else peer.learn
    held = ours.model.runner.store.num_bytes if side == "ours" else sum(map(media_bytes, peer.buffer))
    run()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    run()
    added = status("VmHWM") - before
    return {"peak": float(added + held), "added": float(added), "media": float(held)}


def media_bytes(inputs: dict[str, Any]) -> int:
    """Pixels that TRL holds for a batch."""
    pixels = inputs.get("pixel_values")
    return 0 if pixels is None else pixels.numel() * pixels.element_size()


def status(name: str) -> int:
    """Bytes by a name of the kernel's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    which, given, rows, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    print(json.dumps(inside(which, Case(**json.loads(given)), json.loads(rows))))
