"""``mmreason data make NAME`` for text tasks: a command for every family, whose options are its fields."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmreason.cli.drawn import written
from mmreason.cli.options import args_of
from mmreason.cli.screen import progress_bar
from mmreason.data.text import FAMILIES, Family
from vision_data.messages import text_of

OUT = "folder to write; it appears when everything is there."
OVERWRITE = "replace the folder if it exists."


def write_family(spec: Family, out: Path, overwrite: bool = False) -> Path:
    """Draw the tasks of a family into ``records.jsonl``, in the form that ``TaskJsonl`` reads.

    Raises:
        DataError: there are not so many different puzzles.
        MediaError: the folder exists and is not to be replaced.
    """
    from vision_data.generators.folder import whole_folder

    with whole_folder(out, overwrite=overwrite) as folder, progress_bar("drawing", spec.num, "tasks") as tell:
        lines = []
        for number, puzzle in enumerate(spec.puzzles()):
            task = spec.task(number, puzzle)
            fields = {**task.record, "id": task.id, "prompt": text_of(task.prompt), "answer": task.answer}
            lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
            tell(number + 1)
        (folder / "records.jsonl").write_text("".join(lines), encoding="utf-8")
    return out / "records.jsonl"


def maker_of(family: type[Family]) -> Callable[..., None]:
    """Give the function whose keywords are the options of ``mmreason data make NAME``."""

    def make(*, out: Path, overwrite: bool = False, **dials: Any) -> None:
        written(write_family(family(**dials), out, overwrite))

    fields = inspect.signature(family).parameters
    hints = typing.get_type_hints(family)
    helps = args_of(Family.__doc__ or "") | args_of(family.__doc__ or "")
    own = [(name, fields[name].default, hints[name], helps[name]) for name in fields]
    every = [("out", inspect.Parameter.empty, Path, OUT), *own, ("overwrite", False, bool, OVERWRITE)]
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter(name, keyword, default=given, annotation=kind) for name, given, kind, _ in every]
    make.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    make.__annotations__ = {name: kind for name, _, kind, _ in every}
    about = (family.__doc__ or "").partition("\n")[0]
    make.__doc__ = f"{about}\n\nArgs:\n" + "".join(f"    {name}: {told}\n" for name, _, _, told in every)
    return make


TEXT_MAKERS: dict[str, Callable[..., None]] = {family.name: maker_of(family) for family in FAMILIES}
