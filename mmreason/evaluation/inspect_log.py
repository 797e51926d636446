"""Answers as a log of inspect: what ``inspect view`` opens, with pictures, every answer and every score.

One sample of the log is one answer; answers to one question are its epochs. Needs the package ``inspect-ai``, and reads
any file of traces: ``eval.jsonl`` of an evaluation, or ``traces/*.jsonl`` of a training run.
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError, RecipeError
from mmreason.evaluation.items import FILE

PICTURES = 16
"""Most pictures of a question that are put into the log; of a video's frames the first."""
SUMMARY = "summary.json"


def write_log(source: Path, target: Path) -> int:
    """Convert an evaluation's folder, or one file of traces, to a log; gives the number of answers in it.

    Args:
        source: a folder with ``eval.jsonl``, or a file of traces, whose pictures lie beside it or one folder up.
        target: ``.eval`` (compressed) or ``.json``.

    Raises:
        RecipeError: inspect-ai is not installed, or the target is of another kind.
        CheckpointError: there are no answers, or a line is damaged.
    """
    can_write(target)
    path = source / FILE if source.is_dir() else source
    lines = list(lines_of(path))
    if not lines:
        raise CheckpointError(f"{path}: holds no answers")
    log = log_of(lines, path, about(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".unfinished-{target.name}")
    try:
        package("log").write_eval_log(log, str(draft), format="json" if target.suffix == ".json" else "eval")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return len(log.samples)


def can_write(target: Path) -> None:
    """Refuse what would fail once everything has been answered.

    Raises:
        RecipeError: inspect-ai is not installed, or the target is neither ``.eval`` nor ``.json``.
    """
    if target.suffix not in (".eval", ".json"):
        raise RecipeError(f"{target}: expected a name that ends in .eval or .json")
    package("log")


def package(part: str) -> Any:
    """Give a part of inspect-ai.

    Raises:
        RecipeError: it is not installed.
    """
    try:
        return import_module(f"inspect_ai.{part}")
    except ImportError:
        raise RecipeError(
            "an inspect log needs the package inspect-ai, which is not installed: pip install inspect-ai"
        ) from None


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Read the lines of a file of traces.

    Raises:
        CheckpointError: there is no such file, or a line is no object with completions.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; expected {FILE} of an evaluation, or traces/*.jsonl of a run")
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
            except ValueError as error:
                raise CheckpointError(f"{path}:{number}: no JSON ({error}); repair or remove the line") from None
            if not isinstance(line, dict) or not isinstance(line.get("completions"), list) or "task" not in line:
                raise CheckpointError(f"{path}:{number}: no line of a trace (expected task and completions)")
            yield line


def about(path: Path) -> dict[str, Any]:
    """What is known of the evaluation, from the file beside it; nothing of a training run."""
    beside = path.parent / SUMMARY
    if path.name != FILE or not beside.is_file():
        return {}
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def log_of(lines: Sequence[Mapping[str, Any]], path: Path, known: Mapping[str, Any]) -> Any:
    """Make the log."""
    log = package("log")
    shown = Pictures(path)
    model = str(known.get("checkpoint") or path.parent.name)
    samples = [sample for line in lines for sample in samples_of(line, shown, model)]
    epochs = max((len(line["completions"]) for line in lines), default=1)
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
    spec = log.EvalSpec(
        created=at,
        task=str(known.get("suite") or path.stem),
        model=model,
        dataset=log.EvalDataset(name=str(known.get("data") or path.name), samples=len(lines)),
        config=log.EvalConfig(epochs=epochs),
        metadata={name: known[name] for name in ("limit", "temperature", "num", "seed", "contract") if name in known},
    )
    results = log.EvalResults(
        total_samples=len(samples), completed_samples=len(samples), scores=list(scores_of(samples))
    )
    return log.EvalLog(status="success", eval=spec, results=results, samples=samples)


def samples_of(line: Mapping[str, Any], shown: Pictures, model: str) -> Iterator[Any]:
    """One sample for each answer of a line."""
    log, talk, scorer = package("log"), package("model"), package("scorer")
    content = [talk.ContentImage(image=uri) for uri in shown.of(line.get("media") or [])]
    asked = talk.ChatMessageUser(content=[*content, talk.ContentText(text=str(line.get("question", "")))])
    step = f"step {line['step']}" if line.get("step") else ""
    for number, said in enumerate(line["completions"], 1):
        text, rewards = str(said.get("text", "")), said.get("rewards") or {}
        stop: Any = "max_tokens" if said.get("finish") == "length" else "stop"
        yield log.EvalSample(
            id="/".join(filter(None, (str(line.get("stage", "")), step, str(line["task"])))),
            epoch=number,
            input=[asked],
            target=str(line.get("answer") or ""),
            messages=[asked, talk.ChatMessageAssistant(content=text)],
            output=talk.ModelOutput.from_content(model, text, stop),
            scores={
                name: scorer.Score(value=float(value), answer=answer_of(line, number - 1))
                for name, value in rewards.items()
                if value is not None
            },
            metadata={name: line[name] for name in ("kind", "labels", "cluster", "record") if name in line}
            | {name: said[name] for name in ("tokens", "finish", "total", "advantage") if name in said},
        )


def answer_of(line: Mapping[str, Any], number: int) -> str | None:
    """What was read out of an answer; None where that is not known."""
    votes = line.get("votes")
    return votes[number] if isinstance(votes, list) and number < len(votes) else None


def scores_of(samples: Sequence[Any]) -> Iterator[Any]:
    """The mean of each score over all answers that have it."""
    log = package("log")
    for name in dict.fromkeys(name for sample in samples for name in sample.scores or {}):
        values = [float(sample.scores[name].value) for sample in samples if name in (sample.scores or {})]
        mean = log.EvalMetric(name="mean", value=sum(values) / len(values))
        yield log.EvalScore(name=name, scorer=name, scored_samples=len(values), metrics={"mean": mean})


class Pictures:
    """Reads the pictures that lines of a file name, as data URIs; what leaves their folder is left out."""

    def __init__(self, path: Path) -> None:
        self.roots = [path.parent.resolve(), path.parent.parent.resolve()]
        self.known: dict[str, str | None] = {}

    def of(self, media: Sequence[Any]) -> list[str]:
        """All pictures and frames of a question, in order, as far as they are there."""
        paths = [path for medium in media for path in paths_in(medium)]
        return [uri for path in paths[:PICTURES] if (uri := self.read(path)) is not None]

    def read(self, name: str) -> str | None:
        """One picture; None where it is not below the run's folder."""
        if name not in self.known:
            places = [(root / name).resolve() for root in self.roots]
            inside = [p for p, root in zip(places, self.roots, strict=True) if p.is_relative_to(root) and p.is_file()]
            kind = mimetypes.guess_type(name)[0] or ""
            good = inside and kind.startswith("image/") and not Path(name).is_absolute()
            coded = base64.b64encode(inside[0].read_bytes()).decode("ascii") if good else None
            self.known[name] = coded and f"data:{kind};base64,{coded}"
        return self.known[name]


def paths_in(medium: Any) -> list[str]:
    """Paths of a medium of a trace, in either version of the format."""
    if isinstance(medium, str):
        return [medium]
    if isinstance(medium, list):
        return [path for path in medium if isinstance(path, str)]
    if not isinstance(medium, Mapping):
        return []
    entries = [medium, *(medium.get("frames") or [])]
    return [e["path"] for e in entries if isinstance(e, Mapping) and isinstance(e.get("path"), str)]
