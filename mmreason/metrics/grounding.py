"""How chains are grounded: IoU, number of boxes, and whether there are as many as things."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmreason.metrics.batch import by_field, mean
from mmreason.rewards.grit.box_count import BoxCount
from mmreason.rewards.grit.chain import is_counting
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.types import Batch


@dataclass(frozen=True)
class Grounding:
    """Grounding IoU and numbers of boxes of GRIT's chains, arXiv:2505.15879.

    Args:
        iou: says which numbers are boxes, and where the gold ones are.
        field: the IoU also apart by this field of the record; None leaves that out.
    """

    iou: GroundingIoU = GroundingIoU()
    field: str | None = "dataset"

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``grounding_iou`` (and ``grounding_iou/tallyqa`` ...), ``boxes`` a chain, ``boxed`` and ``count_match``.

        ``boxed`` is the share of chains with a box, ``count_match`` the share of counting chains with as many boxes as
        there are things.
        """
        rules = self.iou.boxes
        values = [g[self.iou] for g in batch.groups]
        counts = [
            torch.tensor([float(len(rules.rows(g.task, c.text))) for c in g.completions], dtype=torch.float64)
            for g in batch.groups
        ]
        match = [BoxCount(rules).score(g) for g in batch.groups if is_counting(g.task)]
        out = {
            "grounding_iou": mean(batch, values),
            "boxes": mean(batch, counts),
            "boxed": mean(batch, [(num > 0).double() for num in counts]),
            "count_match": mean(batch, match),
        }
        if self.field is not None:
            out |= {f"grounding_iou/{label}": x for label, x in by_field(batch, values, self.field).items()}
        return out
