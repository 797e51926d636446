"""The model card: what was trained from what, on what, how, and what came of it. What is unknown is called so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from mmreason.evaluation.contract import content_hash, read
from mmreason.export.record import Record, walk
from mmreason.export.weights import Weights
from mmreason.models.loading import TINY, TINY_TEXT, is_local, load_config, where
from mmreason.models.qwen_vl import ARCHITECTURES
from mmreason.runs.folder import PACKAGES, installed

UNKNOWN = "unknown"
_ABSOLUTE = re.compile(r"'(?:/[^'/\n]+)+/([^'/\n]+)'")


@dataclass(frozen=True, eq=False)
class Exported:
    """What a card is written about."""

    record: Record
    role: str
    adapter: bool
    dtype: str
    licence: str
    weights: Weights
    contract: Path | None


def card(told: Exported, name: str) -> str:
    """Write the card of a folder that will have this name: front matter for the hub, then sections."""
    sections = (
        heading(told, name), use(told, name), measured(told.record, told.role), data(told), training(told),
        made_with(told.record), licences(told),
    )  # fmt: skip
    return "\n\n".join(("\n".join(["---", front(told), "---"]), *(s for s in sections if s))) + "\n"


def front(told: Exported) -> str:
    """The YAML that the hub reads. A base that is no model of the hub is told in the text alone."""
    from huggingface_hub import ModelCardData

    on_hub = hub_id(told.weights.base)
    fields: dict[str, Any] = {
        "library_name": "peft" if told.adapter else "transformers",
        "pipeline_tag": "image-text-to-text" if sees(told) else "text-generation",
        "license": told.licence,
        "tags": ["mmreason", "reinforcement-learning", str(told.record.recipe["name"])],
    }
    if on_hub:
        fields |= {"base_model": told.weights.base}
        fields |= {"base_model_relation": "adapter" if told.adapter else "finetune"}
    return str(ModelCardData(**fields).to_yaml())


def heading(told: Exported, name: str) -> str:
    """What this is."""
    (done, total), recipe = told.record.steps, told.record.recipe
    paper = f" ({recipe['paper']})" if recipe.get("paper") else ""
    what = "An adapter for" if told.adapter else "Trained from"
    lora = told.weights.lora
    how = ""
    if lora is not None:
        below = "; the weights below it were kept in four bits (NF4)" if lora.bits else ""
        how = f" A LoRA adapter of rank {lora.rank} was trained{below}."
        if not told.adapter:
            how += " It is added to the weights here" + (", to those in four bits." if lora.bits else ".")
    role = "" if told.role == "policy" else f" These are the weights of the role `{told.role}`, not of the policy."
    return (
        f"# {name}\n\n{what} `{base_name(told.weights.base)}` by {done} of {total} steps of the recipe "
        f"`{recipe['name']}`{paper} with mmreason.{how}{role}"
    )


def use(told: Exported, name: str) -> str:
    """How to load it."""
    auto = "AutoModelForImageTextToText" if sees(told) else "AutoModelForCausalLM"
    reads, word = ("AutoProcessor", "processor") if sees(told) else ("AutoTokenizer", "tokenizer")
    lines = [f"from transformers import {auto}, {reads}", ""]
    if told.adapter:
        lines[:1] = ["from peft import PeftModel", lines[0]]
        lines += [f'base = {auto}.from_pretrained("{base_name(told.weights.base)}", dtype="auto")']
        lines += [f'model = PeftModel.from_pretrained(base, "{name}")']
    else:
        lines += [f'model = {auto}.from_pretrained("{name}", dtype="auto")']
    lines += [f'{word} = {reads}.from_pretrained("{name}")']
    contract = " `mmreason_eval.json` says how it was asked in training, and `mmreason eval` follows it."
    return (
        "## Use\n\n```python\n" + "\n".join(lines) + "\n```\n\n"
        f"Weights are in {told.dtype.removeprefix('torch.')}.{contract if told.contract else ''}\n\n"
        f"```\nmmreason eval {name} --data FILE.jsonl\n```"
    )


def measured(record: Record, role: str) -> str:
    """Exam metrics before and after, where these are the weights that the exams measured."""
    found = record.exams() if role == "policy" else {k: (before, None) for k, (before, _) in record.exams().items()}
    found = {name: pair for name, pair in found.items() if pair != (None, None)}
    if not found:
        return "## Measured\n\nNothing was measured on held-out tasks in this run."
    exams = [f"- `{exam['name']}`: {compact(exam['tasks'])}, {asked(exam)}" for exam in record.recipe["exams"]]
    rows = [f"| {name} | {number(before)} | {number(after)} |" for name, (before, after) in found.items()]
    why = ""
    if all(after is None for _, after in found.values()):
        kind = "this checkpoint" if role == "policy" else f"the role `{role}`"
        why = f"\n\nOnly the start of the run was measured; {kind} was not."
    return (
        "## Measured\n\nMetrics of the exam `held_out` go by their own names, those of other exams begin with the "
        "exam's.\n\n" + "\n".join(exams) + "\n\n| metric | before | after |\n|---|---|---|\n" + "\n".join(rows) + why
    )


def asked(exam: Mapping[str, Any]) -> str:
    """How an exam's questions are answered."""
    told = exam["rollout"]
    heat, num, limit = (told.get(name) for name in ("temperature", "num", "limit"))
    greedy = "greedy" if heat == 0 else f"{num} samples at temperature {compact(heat)}"
    return f"{greedy}, at most {limit} tokens"


def data(told: Exported) -> str:
    """What it learned from, with hashes."""
    contract = read(told.contract.parent) if told.contract else None
    known = list(contract.data) if contract else list(files_in(told.record.recipe["stages"]))
    rows = [f"| `{shown(name)}` | `{digest}` |" for name, digest in known]
    stages = [
        f"- `{stage['name']}`: {stage['steps']} steps of {stage['groups']} groups from {compact(stage['tasks'])}"
        for stage in told.record.recipe["stages"]
    ]
    table = "\n\n| data | SHA-256 |\n|---|---|\n" + "\n".join(rows) if rows else ""
    note = "" if contract or not rows else "\n\nThe files were hashed at the export, not in training."
    files = any("path" in part for stage in told.record.recipe["stages"] for part in walk(stage["tasks"]))
    none = "the files are not there any more" if files else "all of it is drawn from these settings, no file was read"
    none = "" if rows else f"\n\nNo hashes: {none}."
    return "## Data\n\n" + "\n".join(stages) + table + note + none


def files_in(stages: Any) -> list[tuple[str, str]]:
    """Name and hash of the files that the stages' tasks are read from, as far as they are still there."""
    paths = [Path(told["path"]) for stage in stages for told in walk(stage["tasks"]) if said(told.get("path"))]
    return [(path.name, content_hash(str(path), path.stat().st_mtime_ns)) for path in dict.fromkeys(paths)]


def said(path: Any) -> bool:
    """Say whether a field names a file or folder that exists."""
    return isinstance(path, str) and bool(path) and Path(path).exists()


def training(told: Exported) -> str:
    """Seed, steps and every setting."""
    record = told.record
    path = record.home / "recipe.txt"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    whole = (
        f"\n\n<details><summary>All settings</summary>\n\n```python\n{private(text)}```\n\n</details>" if text else ""
    )
    weights = f"`{record.folder.name}`, role `{told.role}`"
    return f"## Training\n\nRun `{record.home.name}`, {weights}, seed {record.versions.get('seed', UNKNOWN)}.{whole}"


def private(text: str) -> str:
    """Take the folders of whoever trained out of absolute paths.

    >>> private("path='/home/me/clevrer/train.jsonl', model='Qwen/Qwen2.5-VL-3B-Instruct'")
    "path='.../train.jsonl', model='Qwen/Qwen2.5-VL-3B-Instruct'"
    """
    return _ABSOLUTE.sub(r"'.../\1'", text)


def made_with(record: Record) -> str:
    """Versions in training and at the export."""
    names = [*PACKAGES, "python", "device", "revision"]
    rows = []
    for name in names:
        now = installed(name) or "" if name in PACKAGES else ""
        rows.append(f"| {name} | {record.versions.get(name) or UNKNOWN} | {now or '-'} |")
    return "## Made with\n\n| | in training | at the export |\n|---|---|---|\n" + "\n".join(rows)


def licences(told: Exported) -> str:
    """What is known of licences; nothing is guessed."""
    base = licence_of(told.weights.base)
    own = told.licence if told.licence != UNKNOWN else "unknown: whoever publishes them has to say"
    return (
        "## Licences\n\n"
        f"- these weights: {own}\n"
        f"- base model `{base_name(told.weights.base)}`: "
        + (f"{base}, as its card says" if base else "unknown here: see its own card")
        + "\n- training data: unknown: the records of the run name none"
    )


def licence_of(base: str) -> str | None:
    """What the card beside the base model's weights says, if it is on this machine; nothing is downloaded."""
    from huggingface_hub import metadata_load, try_to_load_from_cache

    yaml: Any = import_module("yaml")
    path = Path(where(base)) / "README.md"
    if hub_id(base):
        cached = try_to_load_from_cache(base, "README.md")
        path = Path(cached) if isinstance(cached, str) else path
    try:
        found = metadata_load(path) if path.is_file() else None
    except (OSError, ValueError, yaml.YAMLError):
        return None
    told = (found or {}).get("license")
    return told if isinstance(told, str) else None


def hub_id(base: str) -> bool:
    """Say whether this is a model of the hub."""
    return base not in (TINY, TINY_TEXT) and not is_local(base)


def base_name(base: str) -> str:
    """The base without the folders of whoever trained."""
    return base if hub_id(base) or base in (TINY, TINY_TEXT) else Path(base).name


def sees(told: Exported) -> bool:
    """Say whether it is a model of images."""
    folder = told.weights.folder
    here = str(folder) if (folder / "config.json").is_file() else told.weights.base
    return load_config(here).model_type in ARCHITECTURES


def compact(value: Any) -> str:
    """A description in one line, fields that say nothing left out.

    >>> compact({"_type": "Shuffled", "of": {"_type": "Maps", "num": 4, "types": [], "hint": None}})
    'Shuffled(of=Maps(num=4))'
    """
    if isinstance(value, Mapping):
        told = {k: v for k, v in value.items() if not k.startswith("_") and v not in (None, [], "")}
        inner = ", ".join(f"{k}={compact(v)}" for k, v in told.items())
        return str(value["_value"]) if "_value" in value else f"{value.get('_type', '')}({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(map(compact, value)) + "]"
    return private(repr(value))


def shown(text: str) -> str:
    """Text within a table's cell."""
    return private(text).replace("|", "\\|").replace("`", "'").replace("\n", " ")


def number(value: float | None) -> str:
    """A measured number; a dash where nothing was measured."""
    return "-" if value is None else f"{value:.4g}"
