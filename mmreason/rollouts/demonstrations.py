"""Groups that nobody sampled: texts to learn from."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.asks import POLICY, Role, Tokenise
from mmreason.errors import DataError
from mmreason.slots import Scene
from mmreason.types import Group, Task


@dataclass(frozen=True, kw_only=True)
class Demonstrations:
    """Supervised data as groups, for ``CrossEntropy``: a record's texts become completions. Not from a paper.

    ``field`` names the record's text or list of texts; None takes the task's answer.
    """

    field: str | None = None
    by: Role = POLICY

    def texts(self, task: Task) -> list[str]:
        """The texts of one task.

        Raises:
            DataError: the task has none.
        """
        found = task.answer if self.field is None else task.record.get(self.field)
        texts = [found] if isinstance(found, str) else list(found or [])
        if not texts or not all(isinstance(text, str) for text in texts):
            name = "answer" if self.field is None else f"record field {self.field!r}"
            raise DataError(f"task {task.id!r}: {name} holds no text to learn from, got {type(found).__name__}")
        return texts

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        """Tokenise every text, closing the turn."""
        texts = [self.texts(task) for task in tasks]
        made = iter(scene.answer([Tokenise(self.by, text) for of_task in texts for text in of_task]))
        return [Group(t, tuple(next(made) for _ in of_task)) for t, of_task in zip(tasks, texts, strict=True)]
