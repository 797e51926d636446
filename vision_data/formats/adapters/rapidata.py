"""Rapidata's preference sets: two generated pictures for one prompt, with the votes of many people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeGuard

from vision_data.errors import MediaError
from vision_data.formats.adapters.preference import OPTIONS, asked, pairs_of
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row

COUNTED = (
    "votes_image{}", "weighted_results_image{}_preference", "weighted_results_image{}_alignment",
    "weighted_results_image{}_coherence",
)  # fmt: skip
"""Where votes stand; of several the first that a row has decides."""


class Rapidata(Format):
    """``{"prompt", "image1", "image2", "votes_image1": 21, "votes_image2": 5, "model1", "model2"}``.

    Newer sets have ``weighted_results_image1_preference`` (or ``_alignment``, ``_coherence``) in place of votes. The
    picture with more is preferred, and ``votes`` keeps both numbers; pairs with as many for either are left out.
    """

    name: ClassVar[str] = "rapidata"
    title: ClassVar[str] = "Rapidata preferences"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("prompt"),
        has("image1", "image2"),
        Mark("votes_image1/2 or weighted_results_image1/2_*", lambda row: counted(row) is not None, weight=2),
    )

    def split(self, row: Row) -> Iterable[Row]:
        """The pair, unless both have as many votes."""
        fields = row.fields()
        votes = counted(fields)
        if votes is None:
            names = ", ".join(name.format(1) for name in COUNTED)
            raise MediaError(f"the votes are missing, expected numbers in one of {names}, and in the same for image2")
        about = {name: value for name, value in fields.items() if name not in ("image1", "image2")}
        shown = [fields.get("image1"), fields.get("image2")]
        return pairs_of(row, shown, [-number for number in votes], about | {"votes": votes})

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        gold = gold_of("AB"[int(fields["preference"]) - 1], options=OPTIONS, expected="choice")
        return self.record(
            row, asked(words(fields, "prompt"), fields["pair"], folder), gold, used=("prompt", "pair", "id", "ranks"),
            id=fields.get("id"), options=OPTIONS, problem_type="preference",
            more={"description": fields.get("prompt")},
        )  # fmt: skip


def counted(fields: Mapping[str, Any]) -> list[float] | None:
    """The votes for either picture; None where there are none."""
    for name in COUNTED:
        one, other = (fields.get(name.format(number)) for number in (1, 2))
        if _is_number(one) and _is_number(other):
            return [one, other]
    return None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
