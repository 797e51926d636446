"""Where a live question comes from: an upload, a sample of a run that is asked again, or a recipe's held-out set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmreason.errors import RecipeError
from mmreason.inspector.live import medium_of, prompt_of
from mmreason.inspector.model import Medium, Picture, SampleView
from vision_data.frames import Every, FrameSelector
from vision_data.media import Image, Media, Video
from vision_data.messages import Prompt, media_of, text_of

if TYPE_CHECKING:
    from mmreason.recipe import Recipe
    from mmreason.run import Run
    from mmreason.types import Task


@dataclass
class Drawer:
    """Draws the questions of recipes, one after another.

    Args:
        home: where generated data are written.
    """

    home: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    runs: dict[str, Run] = field(default_factory=dict)

    def draw(self, recipe: Recipe) -> Task:
        """Give the next question of the recipe's exam, or of its training where it has none.

        Raises:
            MMReasonError: the recipe's data cannot be read.
        """
        from mmreason.run import Run

        with self.lock:
            run = self.runs.setdefault(recipe.name, Run(models={}, home=self.home / recipe.name))
            return run.source((*recipe.exams, *recipe.stages)[0].tasks).next(1)[0]


def edited(task: Task, question: str, answer: str) -> Task:
    """The task as somebody has changed it: its media stay, its record too.

    Raises:
        RecipeError: nothing is asked.
    """
    prompt = task.prompt
    if question.strip() != text_of(prompt).strip():
        prompt = prompt_of(media_of(prompt), question)
    return replace(task, prompt=prompt, answer=answer.strip() or None)


def typed(path: str | None, frames: FrameSelector, question: str, answer: str) -> Task:
    """A question that somebody typed, about a file that he uploaded or about none.

    Raises:
        MediaError: the file is no picture and no video.
        RecipeError: nothing is asked.
    """
    from mmreason.types import Task

    media: list[Media] = [medium_of(path, frames)] if path else []
    return Task(id="typed", prompt=prompt_of(media, question), answer=answer.strip() or None)


def again(view: SampleView, file: Callable[[str], Path], record: dict[str, Any]) -> Task:
    """A sample of a run, to be asked again: what the trace holds of its pictures stands for them.

    Args:
        view: the sample.
        file: gives the file of a path below the run's folder.
        record: fields of the task's record that the trace holds.

    Raises:
        RecipeError: a picture of it was not kept.
    """
    from mmreason.types import Task

    media = [kept(medium, file) for medium in view.media]
    return Task(id=view.key.task, prompt=prompt_of(media, view.question or "?"), answer=view.answer, record=record)


def kept(medium: Medium, file: Callable[[str], Path]) -> Media:
    """The medium of a trace; a video is the list of its frames."""
    paths = [str(file(picture.path)) for picture in medium.pictures if picture.path]
    if not paths or len(paths) < len(medium.pictures):
        name = medium.source or "a picture"
        raise RecipeError(f"{name} of this sample is not kept in the run's folder, so it cannot be asked again")
    if medium.kind == "image":
        return Image(paths[0])
    times = [picture.second for picture in medium.pictures if picture.second is not None]
    span = times[-1] - times[0] if len(times) == len(paths) and len(times) > 1 else 0.0
    return Video(tuple(paths), Every(), fps=(len(paths) - 1) / span if span > 0 else 2.0)


def preview(prompt: Prompt, home: Path) -> tuple[Medium, ...]:
    """The media of a prompt as the inspector shows them, written below a folder."""
    from mmreason.runs.trace_media import MediaStore

    return tuple(shown(found) for found in MediaStore(home).entries(prompt))


def shown(found: Any) -> Medium:
    """From a trace's medium to the view's."""
    frames: Sequence[Any] = found.get("frames", [found])
    pictures = tuple(
        Picture(
            path=str(frame.get("path", "")),
            label=str(frame.get("name", "")),
            width=int(frame.get("width", 0)),
            height=int(frame.get("height", 0)),
            second=frame.get("second"),
            reason=str(frame.get("reason", "")),
        )
        for frame in frames
    )
    return Medium(found["kind"], pictures, str(found.get("selector", "")), seconds=found.get("seconds"))


def of_text(prompt: Prompt) -> str:
    """The text of a prompt as it is shown for editing."""
    return text_of(prompt).strip()
