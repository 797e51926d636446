"""Trains the arms of a study, each in a process of its own, and reads what they logged."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.models.loading import where
from tools.replicate.study import Arm, Study


@dataclass(frozen=True)
class Outcome:
    """One arm with one seed."""

    arm: str
    seed: int
    lines: tuple[dict[str, Any], ...]
    """Of metrics.jsonl."""
    summary: dict[str, Any]


class Failed(Exception):
    """A run did not end well."""


def weights(policy: str) -> str:
    """Which weights of an embedded model the arms start from: the beginning of their SHA-256."""
    return hashlib.sha256((Path(where(policy)) / "model.safetensors").read_bytes()).hexdigest()[:12]


def words_of(arm: Arm, seed: int, home: Path) -> list[str]:
    """The command line that trains an arm."""
    words = ["train", arm.recipe, "--preset", "tiny", "--seed", str(seed), "--out", str(home.parent)]
    words += ["--name", home.name, "--quiet", "--save-every", "0"]
    return words + options_of(arm)


def options_of(arm: Arm) -> list[str]:
    """An arm's keywords as the command line takes them."""
    words = []
    for name, value in arm.keywords.items():
        option = name.replace("_", "-")
        words += (
            [f"--{option}" if value else f"--no-{option}"] if isinstance(value, bool) else [f"--{option}", str(value)]
        )
    return words


def trained(study: Study, arm: Arm, seed: int, folder: Path) -> Outcome:
    """Train an arm, or read a run that has ended already.

    Raises:
        Failed: with the last line that the run printed.
    """
    home = folder / study.name / f"{arm.name.lower().replace(' ', '-').replace('.', '').replace(',', '')}-{seed}"
    told = json.dumps([arm.recipe, dict(arm.keywords), weights(study.policy)], sort_keys=True)
    mark = home / "arm.json"
    if not (home / "summary.json").is_file() or not mark.is_file() or mark.read_text() != told:
        if home.exists():
            raise Failed(f"{home} holds another or an unfinished run; remove it")
        home.parent.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "mmreason.cli.main", *words_of(arm, seed, home)]
        one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=one_thread)
        if done.returncode:
            raise Failed(f"{arm.name}, seed {seed}: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
        mark.write_text(told)
    lines = tuple(json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines())
    return Outcome(arm.name, seed, lines, json.loads((home / "summary.json").read_text()))


def by_step(outcome: Outcome, metric: str) -> dict[int, float]:
    """A metric of the training steps, whatever their stage."""
    found = {}
    for line in outcome.lines:
        value = line["metrics"].get(f"{line['stage']}/{metric}")
        if line["kind"] == "step" and value is not None:
            found[int(line["step"])] = float(value)
    return found


def finals(outcomes: Sequence[Outcome], metric: str, when: str = "after") -> list[float]:
    """An exam's number of every seed that has it."""
    values = [outcome.summary.get(f"{metric}_{when}") for outcome in outcomes]
    return [float(value) for value in values if value is not None]
