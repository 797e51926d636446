"""The evaluation contract: a small JSON beside the weights that says how a checkpoint is to be asked and read.

``mmreason_eval.json`` is written with every checkpoint of a run and copied by an export. An evaluation follows it
unless the user says otherwise, so that a score does not change with a prompt or a pixel limit that nobody chose.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

from mmreason.asks import POLICY
from mmreason.errors import CheckpointError
from mmreason.naming import name_of
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Reward
from mmreason.runs.atomic import write_text
from mmreason.runs.description import described
from mmreason.signals import parts

FILE = "mmreason_eval.json"
VERSION = 1
RIGHT = ("accuracy", "strict", "judge")
"""Names of the terms that say what is right, the likeliest first."""
FORM = (
    "style", "single", "several", "instruction", "suffix", "wording", "mode", "form", "hybrid", "screens", "question",
    "frames", "min_pixels", "max_pixels", "frame_pixels", "image_pixels",
)  # fmt: skip
"""Fields of a task spec that say how a question is put and what is shown of its media."""
_TAG = re.compile(r"<([a-z_]{2,20})>")
DATA_FILES = (".json", ".jsonl", ".parquet", ".arrow", ".csv", ".tsv")


@dataclass(frozen=True, kw_only=True)
class Contract:
    """How a checkpoint was trained to be asked.

    Attributes:
        recipe: that trained it.
        paper: title and arXiv id.
        tags: that its prompts and rewards speak of: think, answer.
        accuracy: the reward that says what is right, as it stands in the recipe.
        extractor: who finds the answer in a completion: a function of ``mmreason.parsing``, or the reward itself.
        limit: tokens of the longest completion.
        temperature: of the rollouts.
        min_pixels: fewest pixels of a picture, None for the processor's own.
        max_pixels: most pixels of a picture, None for the processor's own.
        coordinates: what boxes in completions are counted in; empty without boxes.
        form: the words and settings with which questions are put, by the name of the spec's field.
        data: name and SHA-256 of what it learned from; of generated data the spec.
        version: of this format.
    """

    recipe: str
    paper: str = ""
    tags: tuple[str, ...] = ()
    accuracy: str = ""
    extractor: str = ""
    limit: int | None = None
    temperature: float = 1.0
    min_pixels: int | None = None
    max_pixels: int | None = None
    coordinates: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[tuple[str, str], ...] = ()
    version: int = VERSION


def of(recipe: Recipe) -> Contract:
    """Read a contract off a recipe: off the last stage that learns by rewards, and off its policy."""
    stage = learned(recipe)
    accuracy = right_of(recipe, stage)
    policy = dict(recipe.models).get(POLICY)
    heat = getattr(stage.rollout, "temperature", 1.0)
    boxes = next((part for part in parts(stage.rewards) if type(part).__name__ == "ChainBoxes"), None)
    return Contract(
        recipe=recipe.name,
        paper=recipe.paper,
        tags=tuple(tags_in(stage)),
        accuracy=name_of(accuracy) if accuracy is not None else "",
        extractor=reader_of(accuracy),
        limit=getattr(stage.rollout, "limit", None),
        temperature=heat if isinstance(heat, int | float) else 1.0,
        min_pixels=getattr(policy, "min_pixels", None),
        max_pixels=getattr(policy, "max_pixels", None),
        coordinates=getattr(boxes, "said", ""),
        form=form_of(stage.tasks),
        data=tuple(dict.fromkeys(data_of([s.tasks for s in recipe.stages]))),
    )


def learned(recipe: Recipe) -> Stage:
    """The last stage with rewards and losses; else the last stage there is."""
    stages = [*recipe.exams, *recipe.stages]
    if not stages:
        return Stage(name="", tasks=None, rollout=None)  # type: ignore[arg-type]
    return next((s for s in reversed(recipe.stages) if s.rewards and s.losses), stages[-1])


def right_of(recipe: Recipe, stage: Stage) -> Reward | None:
    """The reward that says what is right: the exams' own, else the stage's; None for a stage without rewards."""
    terms = [term for s in (*recipe.exams, stage) for term in s.rewards if isinstance(term.reward, Reward)]
    named = [term for name in RIGHT for term in terms if term.name == name]
    found = next(iter((*named, *terms)), None)
    return found.reward if found is not None and isinstance(found.reward, Reward) else None


def reader_of(reward: Reward | None) -> str:
    """Who reads the answer: the reward's own function ``extract``, else the reward, without what only weighs it."""
    if reward is None:
        return ""
    while isinstance(inner := getattr(reward, "of", None), Reward):
        reward = inner
    found = [getattr(part, "extract", None) for part in parts(reward) if is_dataclass(part)]
    function = next((f for f in found if isinstance(f, FunctionType)), type(reward))
    return f"{function.__module__}.{function.__qualname__}"


def tags_in(stage: Stage) -> list[str]:
    """Tags that stand in the stage's prompts and rewards, in the order in which they come."""
    found: list[str] = []
    for part in parts((stage.rewards, stage.tasks, stage.rollout)):
        if isinstance(part, str):
            found += _TAG.findall(part)
        elif is_dataclass(part):
            told = [getattr(part, name, None) for name in ("think", "answer", "answer_tag", "tag")]
            found += [tag for tag in told if isinstance(tag, str) and tag.isidentifier()]
    return list(dict.fromkeys(found))


def form_of(tasks: object) -> dict[str, Any]:
    """The outermost spec that puts the questions of another one into words, as its type and the fields of ``FORM``."""
    found = [
        p for p in parts(tasks) if is_dataclass(p) and hasattr(p, "of") and set(FORM) & {f.name for f in fields(p)}
    ]
    if not found:
        return {}
    spec: Any = found[-1]
    told = {f.name: described(getattr(spec, f.name)) for f in fields(spec) if f.name in FORM}
    return {"_type": type(spec).__qualname__} | told


def data_of(specs: Sequence[object]) -> Iterator[tuple[str, str]]:
    """Name and hash of each file or folder that something reads, and of each spec that draws its data."""
    for part in parts(tuple(specs)):
        if not is_dataclass(part) or not hasattr(part, "load_tasks") or hasattr(part, "of"):
            continue
        path = getattr(part, "path", None)
        if isinstance(path, str | Path) and Path(path).exists():
            yield Path(path).name, hash_of(Path(path))
        else:
            text = name_of(part)
            yield text[:200], hashlib.sha256(text.encode()).hexdigest()


def hash_of(path: Path) -> str:
    """Hash a data set; empty where it cannot be read any more, which is no reason not to save a checkpoint."""
    try:
        return content_hash(str(path), path.stat().st_mtime_ns)
    except OSError:
        return ""


def files_of(path: Path) -> list[Path]:
    """The files of a data set, the folder itself where it has none; media are not looked at."""
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix in DATA_FILES and p.is_file()) or [path]


@lru_cache(maxsize=64)
def content_hash(path: str, stamp: int) -> str:
    """SHA-256 of a data set's files, read once for each time of change (of a folder: its own)."""
    digest = hashlib.sha256()
    for file in files_of(Path(path)):
        if file.is_file():
            with open(file, "rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def write(folder: Path, contract: Contract) -> None:
    """Put the contract beside the weights."""
    write_text(folder / FILE, json.dumps(asdict(contract), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read(folder: str | Path) -> Contract | None:
    """Give the contract beside the weights; None where there is none.

    Raises:
        CheckpointError: it is damaged, or of a later version.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return checked(found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            f"{path}: no evaluation contract ({type(error).__name__}: {error}); remove it to go "
            "by the suite's own settings"
        ) from None


def checked(found: Any) -> Contract:
    """Make a contract of decoded JSON; unknown fields of the same version are left out.

    Raises:
        ValueError: a field is of the wrong kind, or the version is another one.
    """
    if found["version"] != VERSION:
        raise ValueError(f"version {found['version']!r}, expected {VERSION}")
    kept = {f.name: found[f.name] for f in fields(Contract) if f.name in found}
    for name in ("recipe", "paper", "accuracy", "extractor", "coordinates"):
        if not isinstance(kept.get(name, ""), str):
            raise ValueError(f"{name} is {kept[name]!r}, expected a text")
    for name in ("limit", "min_pixels", "max_pixels"):
        value = kept.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"{name} is {value!r}, expected a whole number above 0, or null")
    if not isinstance(kept.get("form", {}), dict):
        raise ValueError("form is no object")
    kept["tags"] = tuple(str(tag) for tag in kept.get("tags", ()))
    kept["data"] = tuple((str(name), str(digest)) for name, digest in kept.get("data", ()))
    kept["temperature"] = float(kept.get("temperature", 1.0))
    return Contract(**kept)
