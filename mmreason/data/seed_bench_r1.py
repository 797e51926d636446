"""Questions with pictures and videos as GRPO-CARE asks them: frames, pixels, and the form of the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.formats import FormatTasks
from mmreason.data.records import BadRecord, OnBadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.metrics.seed_bench_r1 import LEVELS
from mmreason.rewards.care.video_r1_accuracy import Kind, kind_of
from mmreason.types import Task
from vision_data.frames import FrameSelector
from vision_data.frames.seed_bench_r1 import SeedBenchR1
from vision_data.media import Image, Video
from vision_data.messages import Part, Prompt

INSTRUCTION = (
    "Think about this question as a person would who weighs it carefully: hold an inner monologue, say what you see, "
    "doubt and check yourself, and look again where you are not sure. Write that reasoning between <think> and "
    "</think>, then the final answer between <answer> and </answer>."
)
SHORT = "Think between <think> and </think>, then answer between <answer> and </answer>."
SUFFIXES: dict[Kind, str] = {
    "multiple choice": "The answer is only the letter of the right option.",
    "numerical": "The answer is only a number, such as 42 or 3.14.",
    "OCR": "The answer is only the text that was read.",
    "free-form": "The answer is a text.",
    "regression": "The answer is only a number, such as 42 or 3.14.",
}


@dataclass(frozen=True)
class CarePrompts:
    """Tasks of other specs with GRPO-CARE's prompt and pixel budgets (arXiv:2506.16141).

    To the last message a line is added that asks for a thought and then an answer in tags, and one for the type of the
    question. Videos and pictures take the frames and budgets given here; what is None stays as it was.

    Args:
        of: pairs of a level (``L1``, or empty) and what to read; the level stands in the record of its tasks, and
            before their ids where there are several.
        instruction: how to think and answer.
        suffix: say for each type of question what kind of answer it wants.
        frames: which frames of a video are shown.
        frame_pixels: most pixels of a frame.
        image_pixels: most pixels of a picture.
    """

    of: tuple[tuple[str, TaskSpec], ...]
    instruction: str = INSTRUCTION
    suffix: bool = True
    frames: FrameSelector | None = SeedBenchR1()
    frame_pixels: int | None = 128 * 28 * 28
    image_pixels: int | None = 401_408

    def __post_init__(self) -> None:
        """Refuse levels that could not be told apart.

        Raises:
            RecipeError: there is nothing to read, or two levels have one name.
        """
        names = [name for name, _ in self.of]
        if not names or len(set(names)) < len(names):
            raise RecipeError(f"CarePrompts needs data of one or several levels with different names, got {names}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all levels in order."""
        tasks: list[Task] = []
        bad: list[BadRecord] = []
        for level, spec in self.of:
            found, wrong = spec.load_tasks(home)
            tasks += [self.asked(task, level) for task in found]
            bad += wrong
        return tasks, bad

    def asked(self, task: Task, level: str) -> Task:
        """One task in the form of the paper."""
        name = f"{level}-{task.id}" if level and len(self.of) > 1 else task.id
        record = {**task.record, "level": level} if level else task.record
        return replace(task, id=name, record=record, prompt=self.prompt(task))

    def prompt(self, task: Task) -> Prompt:
        """The prompt with its frames and budgets, and the lines that are added."""
        wanted = [self.instruction, *([SUFFIXES[kind_of(task.record)]] if self.suffix else [])]
        added = "\n" + " ".join(wanted)
        seen = tuple(replace(m, content=tuple(self.shown(part) for part in m.content)) for m in task.prompt)
        return (*seen[:-1], replace(seen[-1], content=joined(seen[-1].content, added)))

    def shown(self, part: Part) -> Part:
        """A medium under the frames and budgets given."""
        if isinstance(part, Video):
            most = self.frame_pixels or part.max_pixels
            return replace(part, frames=self.frames or part.frames, max_pixels=most)
        if isinstance(part, Image):
            return replace(part, max_pixels=self.image_pixels or part.max_pixels)
        return part


def joined(content: tuple[Part, ...], text: str) -> tuple[Part, ...]:
    """Content with a text at its end."""
    *before, last = content or ("",)
    return (*before, last + text) if isinstance(last, str) else (*content, text)


def records_in(path: str | Path, on_bad_record: OnBadRecord = "stop", format: str = "auto") -> FormatTasks:
    """Give the reader of a file of any format; the media of one in a folder ``annotations`` lie beside that folder."""
    path = Path(path)
    root = path.parent.parent if path.parent.name == "annotations" else None
    return FormatTasks(path, format, root, on_bad_record=on_bad_record)


def levels(path: str | Path, on_bad_record: OnBadRecord = "stop") -> tuple[tuple[str, TaskSpec], ...]:
    """Find the validation files of SEED-Bench-R1 (arXiv:2503.24376) in a folder, or take one file as it is.

    Args:
        path: a file of any format; or a folder that holds ``validation_L1.jsonl``, ``validation_L2.jsonl`` and
            ``validation_L3.jsonl``, or some of them, directly or under ``annotations``.
        on_bad_record: what a record that cannot be used does.

    Raises:
        DataError: the folder has none of them.
    """
    path = Path(path)
    if not path.is_dir():
        return (("", records_in(path, on_bad_record)),)
    for folder in (path, path / "annotations"):
        files = [(level, folder / f"validation_{level}.jsonl") for level in LEVELS]
        there = [(level, file) for level, file in files if file.is_file()]
        if there:
            return tuple((level, records_in(file, on_bad_record, "seed-bench-r1")) for level, file in there)
    raise DataError(
        f"{path}: has no validation_L1.jsonl, validation_L2.jsonl or validation_L3.jsonl, here or under annotations; "
        "give the folder that holds them, or one file"
    )
