"""One visitor of the live tab: what he asks, what is shown to him while the model writes, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmreason.errors import RecipeError
from mmreason.inspector.browse import boxed
from mmreason.inspector.links import Place
from mmreason.inspector.live import Ask, selector
from mmreason.inspector.live_question import again, edited, of_text, preview, typed
from mmreason.inspector.model import CompletionView, SampleKey
from mmreason.inspector.room import Room
from mmreason.inspector.views import Html, el, show_card, show_sample
from mmreason.inspector.views.pictures import media

if TYPE_CHECKING:
    from mmreason.recipe import Recipe
    from mmreason.types import Completion, Task
    from vision_data.messages import Prompt


@dataclass(frozen=True)
class Wanted:
    """The fields of the tab, in their order."""

    checkpoint: str
    upload: str | None
    frames: str
    num_frames: float
    start: float
    end: float
    question: str
    answer: str
    recipe: str
    num: float
    limit: float
    temperature: float
    seed: float | None

    def task(self, given: Task | None) -> Task:
        """The question: one that was given and perhaps edited, or one that was typed.

        Raises:
            MMReasonError: it cannot be asked.
        """
        if given is not None:
            return edited(given, self.question or "", self.answer or "")
        frames = selector(self.frames, self.num_frames or 1, self.start or 0.0, self.end or 0.0)
        return typed(self.upload, frames, self.question or "", self.answer or "")


@dataclass(frozen=True)
class Session:
    """A visitor.

    Args:
        room: what is shared.
        secret: of his page.
    """

    room: Room
    secret: str

    @property
    def name(self) -> str:
        """Name of the folder that holds what he asked."""
        return self.room.visitor(self.secret)

    def answer(self, given: Task | None, wanted: Wanted) -> Iterator[Html]:
        """Show the answers as they grow, then with scores.

        Raises:
            MMReasonError: the question or the checkpoint cannot be used.
        """
        task = wanted.task(given)
        ask = Ask(task=task, num=int(wanted.num), limit=int(wanted.limit), temperature=float(wanted.temperature),
                  seed=int(wanted.seed or 0))  # fmt: skip
        recipe = self.recipe(wanted.recipe)
        top = self.pictures(task.prompt)
        yield boxed(top, el("p", f"loading {wanted.checkpoint} …", class_="note"))
        part = self.room.desk.model(wanted.checkpoint)
        yield boxed(top, el("p", "reading the prompt …", class_="note"))
        for found in self.room.desk.stream(part, ask):
            yield self.scored(recipe, part, task, found) if isinstance(found, list) else self.growing(top, found)

    def recipe(self, name: str) -> Recipe | None:
        """Build a recipe by its name; None where no scores are wanted."""
        return self.room.recipes[name]() if name in self.room.recipes else None

    def growing(self, top: Html, found: tuple[CompletionView, ...]) -> Html:
        """Completions on their way."""
        cards = [show_card(completion, self.room.runs.src(self.name)) for completion in found]
        tokens = sum(completion.tokens for completion in found)
        head = el("p", f"{tokens} tokens", class_="facts", role="status")
        return boxed(el("section", top, head, el("div", *cards, class_="cards"), class_="sample live"))

    def scored(self, recipe: Recipe | None, part: Any, task: Task, completions: list[Completion]) -> Html:
        """Score, write down, and show what was written as any other sample."""
        from mmreason.inspector.live_score import STAGE, write_scored

        room, name = self.room, self.name
        folder = room.runs[name]
        index = folder.index()
        index.refresh()
        step = index.steps()[1] + 1
        done = write_scored(recipe, part, task, completions, room.live / name, step)
        index.refresh()
        view = room.runs.sample(SampleKey(name, STAGE, step, task.id))
        notes = [el("p", note, class_="warning") for note in done.notes]
        return boxed(*notes, show_sample(view, room.runs.src(name)))

    def draw(self, name: str) -> tuple[Any, ...]:
        """A question of a recipe: the task, no upload, its text and answer, its pictures."""
        task = self.room.drawer.draw(self.room.recipes[name]())
        return task, None, of_text(task.prompt), task.answer or "", boxed(self.pictures(task.prompt))

    def look(self, path: str | None, frames: str, num: float, start: float, end: float) -> Html:
        """An uploaded file as the model will see it."""
        if not path:
            return boxed()
        chosen = selector(frames, num or 1, start or 0.0, end or 0.0)
        return boxed(self.pictures(typed(path, chosen, "?", "").prompt))

    def borrow(self, place: Place) -> tuple[Any, ...]:
        """The sample that is open, to be asked again.

        Raises:
            RecipeError: none is open, or its pictures were not kept.
        """
        if place.sample is None:
            raise RecipeError("open a sample first")
        runs, run = self.room.runs, place.sample.run
        view = runs.sample(place.sample)
        task = again(view, runs[run].file, runs[run].index().record(place.sample)["record"] or {})
        return task, None, of_text(task.prompt), task.answer or "", boxed(self.pictures(task.prompt))

    def pictures(self, prompt: Prompt) -> Html:
        """The media of a prompt."""
        found = preview(prompt, self.room.live / self.name)
        return media(found, self.room.runs.src(self.name)) if found else Html("")
