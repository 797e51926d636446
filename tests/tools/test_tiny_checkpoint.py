"""The stored mmreason-tiny: complete, small, and able to read a map that it was never trained on."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

import mmreason
from tools.tiny.evaluate import answers, held_out, is_right

FOLDER = Path(mmreason.__file__).parent / "assets" / "mmreason-tiny"


def test_stored_files_are_small_and_name_no_machine() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 20_000_000
    for name in (
        "config.json",
        "processor_config.json",
        "tokenizer_config.json",
        "generation_config.json",
        "README.md",
    ):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert "/tmp" not in text
        assert "/home" not in text


def test_stored_model_loads_whole_and_reads_held_out_maps() -> None:
    model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(FOLDER, output_loading_info=True)
    processor = AutoProcessor.from_pretrained(FOLDER)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert model.dtype == torch.float32
    items = [item for item in held_out(6, first_seed=10_000) if item.record["type"] in ("TorF1", "TorF2", "Counting2")]
    right = [
        is_right(item.record, texts[0]) for item, texts in zip(items, answers(model, processor, items, 1), strict=True)
    ]
    assert sum(right) >= 14  # of 18; chance gives 9, the model about 17
