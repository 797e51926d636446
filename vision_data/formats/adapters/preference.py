"""Two pictures made for one description, and which of them people prefer: what pair formats share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from vision_data.errors import MediaError
from vision_data.formats.folder import Folder
from vision_data.formats.options import with_options
from vision_data.formats.row import Row
from vision_data.messages import Prompt

OPTIONS = ("image 1", "image 2")
QUESTION = "Which picture fits this description better and looks better? Description: "


def pairs_of(row: Row, paths: Any, ranks: Any, about: Mapping[str, Any]) -> Iterable[Row]:
    """Give one row for each pair of pictures that are not ranked the same; the lower rank is preferred.

    Raises:
        MediaError: pictures and ranks differ in number, or a rank is no number.
    """
    if not isinstance(paths, list) or not isinstance(ranks, list) or len(paths) != len(ranks) or len(paths) < 2:
        raise MediaError("expected as many ranks as pictures, and at least 2")
    if not all(isinstance(rank, int | float) and rank == rank for rank in ranks):
        raise MediaError(f"the ranks are {ranks!r}, expected numbers")
    for one, other in combinations(range(len(paths)), 2):
        if ranks[one] != ranks[other]:
            pair = {"pair": [paths[one], paths[other]], "preference": 1 if ranks[one] < ranks[other] else 2}
            name = f"pair {one + 1}-{other + 1}" if len(paths) > 2 else ""
            yield row.within(name, {**about, **pair, "ranks": [ranks[one], ranks[other]]})


def asked(description: str, paths: Sequence[Any], folder: Folder) -> Prompt:
    """Show both pictures and ask which one is better."""
    return folder.asked("<image><image>\n" + with_options(QUESTION + description, OPTIONS), paths)
