"""A real run, a hostile one, the inspector over both in a process of its own, and a browser to look with."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200817745a2b2"
    "0000000049454e44ae426082"
)
PAYLOADS = (
    "<script>window.hacked = 1; alert(1)</script>",
    "<img src=x onerror='window.hacked = 2; alert(2)'>",
    "<svg onload='window.hacked = 3'><a href='javascript:window.hacked=4'>x</a></svg>",
    "</div></article></template><iframe srcdoc='<script>parent.hacked = 5</script>'></iframe>",
    "${window.hacked = 6}{{constructor.constructor('window.hacked = 7')()}} [x](javascript:alert(8)) `</style>`",
)
"""What a model, a record or a file name might say to whoever looks."""


def chromium() -> str | None:
    """Where the browser is."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


def train(home: Path, seed: int, steps: int) -> Path:
    """The quickstart's recipe for a few steps, with a small exam before and after."""
    from mmreason_recipes import RECIPES

    from mmreason.runs.driver import train_recipe

    recipe = RECIPES["rewardmap"](steps=steps, groups=2, group_size=4, curriculum="mixed", device="cpu")
    held_out, greedy = recipe.exams
    tasks = replace(greedy.tasks, of=replace(greedy.tasks.of, num_maps=1))
    exams = tuple(replace(exam, tasks=tasks, groups=6) for exam in (held_out, greedy))
    train_recipe(replace(recipe, exams=exams), home, seed=seed, quiet=True)
    return home


def hostile(home: Path) -> Path:
    """A run whose every text is a payload."""
    (home / "media").mkdir(parents=True)
    (home / "traces").mkdir()
    (home / "media" / "a.png").write_bytes(PNG)
    lines = [hostile_line(number, text) for number, text in enumerate(PAYLOADS)]
    (home / "traces" / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    names = {"name": PAYLOADS[0], "stages": [{"name": PAYLOADS[1], "steps": 5}]}
    (home / "recipe.json").write_text(json.dumps(names))
    metrics = [{"kind": "step", "stage": "train", "step": n, "metrics": {PAYLOADS[0]: n}} for n in (1, 2)]
    (home / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in metrics))
    return home


def hostile_line(number: int, text: str) -> dict[str, Any]:
    """One group."""
    return {
        "v": 2, "stage": f"train {text}", "step": number + 1, "task": text, "kind": text, "question": text,
        "answer": text,
        "media": [{"kind": "image", "path": "media/a.png"}, {"kind": "image", "path": "../" * number + text}],
        "record": {text: text, "options": [text, text]}, "weights": {text: 1.0},
        "completions": [
            {"text": f"<think>{text}</think><answer>{text}</answer>", "tokens": 3, "finish": text, "arm": text,
             "asked": text, "rewards": {text: 1.0}, "total": 1.0, "advantage": 0.5, "logprob": -1.0,
             "extras": [{"kind": text, "title": text, "text": text, "table": [[text, text], [text, text]],
                         "numbers": {text: 1.0}}]},
        ],
    }  # fmt: skip


def bomb(width: int, height: int) -> bytes:
    """A small file that says it is a large picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@contextmanager
def inspector(*words: str) -> Iterator[str]:
    """Run ``mmreason demo``; gives its address."""
    command = [sys.executable, "-m", "mmreason.cli.main", "demo", *words, "--port", "0"]
    room = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=room) as process:
        try:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(2)]
            assert "look at http://" in said[1], said
            yield said[1].split()[2]
        finally:
            process.terminate()
