"""``mmreason export RUN --to DIR``: a checkpoint as a plain Hugging Face model, with its card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import hush_libraries, show


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What is exported, and in which form.

    Args:
        run: a run's folder (its newest checkpoint), or one of its checkpoints.
        to: folder to write; must be missing or empty.
        checkpoint: name of the checkpoint, such as step_000120; the newest if not given.
        role: whose weights: policy, or another role that learns or is a moving average, such as ema.
        adapter: keep a LoRA adapter apart, for peft, instead of adding it to the weights.
        dtype: of the weights; as they were trained if not given.
        license: identifier for the model card, such as apache-2.0; nothing is guessed.
        quiet: print errors only.
    """

    run: str
    to: Path
    checkpoint: str | None = None
    role: str = "policy"
    adapter: bool = False
    dtype: Literal["float32", "bfloat16", "float16"] | None = None
    license: str = "unknown"
    quiet: bool = False


def command(words: list[str]) -> int:
    """Export a checkpoint."""
    about = "Write a checkpoint as a plain Hugging Face model with processor and model card; adapters are merged."
    (given,) = parse([Options("export", ExportOptions, first={"run": "RUN"})], words, "mmreason export", about)
    options = ExportOptions(**given)
    from mmreason.export.export import export, refuse_full
    from mmreason.export.record import read_record

    refuse_full(options.to)
    record = read_record(Path(options.run), options.checkpoint)
    hush_libraries()
    export(record, options.to, options.role, options.adapter, options.dtype, options.license)
    if not options.quiet:
        size = sum(path.stat().st_size for path in options.to.rglob("*") if path.is_file())
        what = "an adapter" if options.adapter else "a plain model"
        show(f"{record.folder} as {what}: {size / 1e6:.1f} MB in {options.to}", f"card  {options.to / 'README.md'}")
        show(f"next  mmreason eval {options.to} --data FILE.jsonl")
    return 0
