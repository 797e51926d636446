"""Make mmreason-tiny from nothing: tokenizer, processor, and a Qwen2.5-VL-architecture model trained on small pictures.

Run ``python -m tools.train_tiny --out mmreason/assets/mmreason-tiny --seed 0``. No download, no GPU. Every number of
steps is fixed before training starts, so that a seed gives one model on one machine.
"""

from __future__ import annotations

import platform
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from rich.console import Console
from rich.table import Table
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from tools.tiny.architecture import TinyShape, build_model, build_processor
from tools.tiny.card import write_card
from tools.tiny.cells import pair_words
from tools.tiny.corpus import future_families
from tools.tiny.data import Prompts, tokenizer_texts
from tools.tiny.evaluate import Score, evaluate, held_out
from tools.tiny.loop import Phase, Trainer, start_weights
from tools.tiny.phases import clean_phases, noisy_phase
from tools.tiny.tokenizer import train_tokenizer
from tools.tiny.worlds.train import Phase as WorldPhase
from tools.tiny.worlds.train import WorldTrainer

_CONSOLE = Console()


@dataclass(frozen=True)
class Settings:
    """How mmreason-tiny is made.

    Attributes:
        out: folder of the finished model, processor and card.
        seed: of the initial weights and of all data.
        minutes: what two CPU cores may spend on training, about; it is turned into fixed numbers of steps.
        slip: probability per step that the noisy teacher of the last phase errs, from 0 to 1.
        noisy_steps: optimiser steps of that phase.
        clean: where to keep the model as it is before the noisy phase.
        start: a folder made with ``clean`` earlier: only the noisy phase is run, on that model.
        maps: held-out maps to evaluate on, six questions each; 0 skips the evaluation and the card.
        threads: CPU threads.
    """

    out: Path = Path("mmreason/assets/mmreason-tiny")
    seed: int = 0
    minutes: float = 135.0
    slip: float = 0.35
    noisy_steps: int = 60
    clean: Path | None = None
    start: Path | None = None
    maps: int = 60
    threads: int = 2


def create(seed: int) -> tuple[Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor]:
    """An untrained model and its processor, whose tokenizer has been learned."""
    processor = build_processor(train_tokenizer(future_families(seed) + tokenizer_texts(600)))
    model = build_model(processor.tokenizer, TinyShape(), seed)
    start_weights(model, seed)
    pair_words(model, processor.tokenizer)
    return model, processor


def save(model: Qwen2_5_VLForConditionalGeneration, processor: Qwen2_5_VLProcessor, folder: Path) -> None:
    """Write both in Hugging Face format; the folder appears whole or not at all."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    processor.save_pretrained(part)
    for file in part.iterdir():
        file.chmod(0o644)  # the safetensors writer makes files that only their owner can read
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def report(phase: str, step: int, numbers: dict[str, float]) -> None:
    """Print one line of progress."""
    shown = "  ".join(f"{name} [bold]{value:.3f}[/bold]" for name, value in numbers.items())
    _CONSOLE.print(f"[cyan]{phase}[/cyan] {step}  {shown}", highlight=False)


def show(title: str, scores: dict[str, Score]) -> None:
    """Print a table of scores."""
    table = Table("type", "greedy", "sampled", "pass@8", title=title)
    for kind, score in scores.items():
        table.add_row(kind, *(f"{value:.3f}" for value in (score.greedy, score.sampled, score.best)))
    _CONSOLE.print(table)


def train(settings: Settings) -> tuple[Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor]:
    """Run the phases and give the finished model."""
    phases: list[Phase | WorldPhase] = [noisy_phase(settings.slip, settings.noisy_steps)]
    if settings.start:
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(settings.start, dtype=torch.float32)
        processor = AutoProcessor.from_pretrained(settings.start)
    else:
        model, processor = create(settings.seed)
        phases = [*clean_phases(settings.minutes), *phases]
    maps = Trainer(model, Prompts(processor), settings.seed, report)
    worlds = WorldTrainer(model, processor, settings.seed, report, maps)
    for phase in phases:
        if phase.name == phases[-1].name and settings.clean:
            save(model, processor, settings.clean)
        if isinstance(phase, WorldPhase):
            worlds.run(phase)
        else:
            maps.run(phase)
    return model, processor


def facts(settings: Settings, model: Qwen2_5_VLForConditionalGeneration, minutes: float) -> dict[str, object]:
    """What the card says besides the scores."""
    options = f"--seed {settings.seed} --minutes {settings.minutes:g} --slip {settings.slip:g} "
    options += f"--noisy-steps {settings.noisy_steps}"
    return {
        "command": f"python -m tools.train_tiny {options}",
        "seed": settings.seed,
        "slip": settings.slip,
        "noisy_steps": settings.noisy_steps,
        "parameters": sum(parameter.numel() for parameter in model.parameters()) / 1e6,
        "minutes": minutes,
        "maps": settings.maps,
    }


def main(settings: Settings) -> None:
    """Train, save, evaluate on maps whose cities were never trained on, and write the card."""
    torch.set_num_threads(settings.threads)
    started = time.perf_counter()
    model, processor = train(settings)
    save(model, processor, settings.out)
    minutes = (time.perf_counter() - started) / 60
    _CONSOLE.print(f"saved {settings.out} after {minutes:.1f} minutes on {platform.machine()}")
    if settings.maps:
        scores = evaluate(model, processor, held_out(settings.maps), settings.seed)
        show("held-out maps", scores)
        write_card(settings.out, facts(settings, model, minutes), scores)


if __name__ == "__main__":
    main(tyro.cli(Settings))
