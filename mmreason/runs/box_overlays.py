"""Boxes of completions drawn on the pictures they are about, beside the traces: what an inspector looks at.

A stage that has ``KeepBoxes`` in its slot ``keep``, and a recipe whose models have ``BoxOverlays``, write
``overlays/<stage>.jsonl`` (one line a group: task, picture, gold boxes, each completion's boxes and IoU) and one PNG a
group. The lines have stage, step, task and order of completions in common with the traces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mmreason.asks import Request, Role
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.rewards.places import gold_boxes
from mmreason.runs.atomic import new_file
from mmreason.runs.log_file import LogFile
from mmreason.slots import Opened
from mmreason.types import Batch, Group
from vision_data.coordinates import Box
from vision_data.media import Image
from vision_data.messages import media_of

if TYPE_CHECKING:
    import PIL.Image

OVERLAYS = Role("overlays")
GOLD, SAID, GAP = (20, 140, 60), (220, 30, 30), 8
SMALL = 336
"""Pixels of the longer side below which pictures are enlarged, to show lines of the usual width."""


@dataclass(frozen=True)
class KeepBoxes:
    """Boxes of a batch for ``BoxOverlays``. Not from a paper.

    Args:
        iou: says which numbers are boxes, and where the gold ones are.
        every: steps between those that are kept.
        most: groups of a step that are kept.
        into: who draws them.
    """

    iou: GroundingIoU = GroundingIoU()
    every: int = 10
    most: int = 8
    into: Role = OVERLAYS

    def records(self, batch: Batch) -> list[dict[str, object]]:
        """One record a group."""
        if batch.progress.step % self.every:
            return []
        return [self.record(batch, group) for group in batch.groups[: self.most]]

    def record(self, batch: Batch, group: Group) -> dict[str, object]:
        """What is known of the boxes of a group."""
        task, boxes = group.task, self.iou.boxes
        gold = gold_boxes(task, self.iou.field, self.iou.space, boxes.said)
        return {
            "stage": batch.progress.stage,
            "step": batch.progress.step,
            "task": task.id,
            "picture": next((medium for medium in media_of(task.prompt) if isinstance(medium, Image)), None),
            "gold": gold,
            "completions": [boxes.boxes(task, c) for c in group.completions],
            "iou": group[self.iou].tolist(),
        }


@dataclass(frozen=True)
class BoxOverlays:
    """Draws what ``KeepBoxes`` keeps into the run's folder. Not from a paper.

    Args:
        role: who it plays.
        shown: completions of a group that are drawn; all are in the file.
    """

    role: Role = OVERLAYS
    shown: int = 4

    def open(self, run: Opened) -> OverlayPart:
        """Nothing to load."""
        return OverlayPart(self, run.home, first=getattr(run.across, "rank", 0) == 0)


class OverlayPart:
    """The live part: it writes, on the first of several ranks alone, and answers nothing."""

    def __init__(self, spec: BoxOverlays, home: Path, first: bool = True) -> None:
        self.spec, self.home, self.first = spec, home / "overlays", first

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """Refuse: it is a store."""
        raise TypeError(f"{self.spec.role.name} draws boxes and answers nothing")

    def write(self, records: list[dict[str, object]]) -> None:
        """Append one line a group, and draw it."""
        for record in cast("list[dict[str, Any]]", records if self.first else []):
            stage, task = (re.sub(r"[^\w.-]", "_", str(record[name])) for name in ("stage", "task"))
            drawn = f"{stage}/{record['step']:06d}-{task}.png"
            line = {name: record[name] for name in ("stage", "step", "task", "iou")}
            line["gold"] = [plain(box) for box in record["gold"]]
            line["completions"] = [[plain(box) for box in boxes] for boxes in record["completions"]]
            if record["picture"] is not None:
                with new_file(self.home / drawn) as draft:
                    self.sheet(record).save(draft, "PNG")
            LogFile(self.home / f"{stage}.jsonl").append(
                line | {"drawing": drawn if record["picture"] is not None else None}
            )

    def sheet(self, record: dict[str, Any]) -> PIL.Image.Image:
        """The picture once with the gold boxes in green, then once a completion with its own in red, side by side."""
        from PIL import Image as Pictures

        from vision_data.image import load_image
        from vision_data.transforms import DrawBoxes

        plain_one = load_image(record["picture"])
        scale = max(1, SMALL // max(plain_one.size))
        large = plain_one.resize((plain_one.width * scale, plain_one.height * scale), Pictures.Resampling.NEAREST)
        rows = [(record["gold"], GOLD), *((boxes, SAID) for boxes in record["completions"][: self.spec.shown])]
        out = Pictures.new("RGB", (len(rows) * (large.width + GAP) - GAP, large.height), "grey")
        for at, (boxes, colour) in enumerate(rows):
            out.paste(DrawBoxes(tuple(boxes), colours=(colour,))(large), (at * (large.width + GAP), 0))
        return out

    def after_step(self, batch: Batch) -> None:
        """Nothing follows a step."""

    def state_dict(self) -> dict[str, Any]:
        """Length of each file by stage."""
        return {path.stem: LogFile(path).position() for path in sorted(self.home.glob("*.jsonl"))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Cut every file to where it was; drawings of later steps are drawn again."""
        names = {path.stem for path in self.home.glob("*.jsonl")} | set(state)
        for name in names if self.first else ():
            LogFile(self.home / f"{name}.jsonl").cut(state.get(name, 0))


def plain(box: Box) -> list[float]:
    """A box in shares of the picture's sides, four decimals."""
    space = box.space
    sides = (space.width, space.height) * 2
    return [round(edge / side, 4) for edge, side in zip(box.numbers, sides, strict=True)]
