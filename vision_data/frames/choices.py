"""How to choose by numbers: the arithmetic that selectors share."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Squared distances below this share of the longest row, squared, are rounding.
SAME = 1e-10


def ranked(scores: Sequence[float]) -> list[int]:
    """Places from the largest score to the smallest, the earlier first of equals."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))


def cuts(change: Sequence[float], threshold: float, ratio: float) -> list[int]:
    """Find the places where a new scene begins, ascending.

    Args:
        change: ``[N]``, how much each frame differs from the one before; the first is never a cut.
        threshold: least change at a cut.
        ratio: least change at a cut over the median of the two steps before and the two after.
    """
    return [
        place
        for place in range(1, len(change))
        if change[place] >= max(threshold, ratio * median(around(change, place) or [0.0]))
    ]


def around(change: Sequence[float], place: int) -> list[float]:
    """The two steps before ``place`` and the two after, as far as there are."""
    return [*change[max(1, place - 2) : place], *change[place + 1 : place + 3]]


def best_apart(scores: Sequence[float], times: Sequence[float], num: int, gap: float) -> list[int]:
    """Choose up to ``num`` places by score, none nearer than ``gap`` seconds to a better one; ascending."""
    chosen: list[int] = []
    for place in ranked(scores):
        if len(chosen) == num:
            break
        if all(abs(times[place] - times[other]) >= gap for other in chosen):
            chosen.append(place)
    return sorted(chosen)


def equal_shares(weights: Sequence[float], num: int) -> list[int]:
    """Choose ``num`` places so that equal shares of the total weight lie between them; ascending.

    The k-th is the first place where the running sum reaches ``(k + 1/2) / num`` of the total; one that is taken
    moves on to the next. All places are chosen when there are no more than ``num``.
    """
    count, total = len(weights), float(sum(weights))
    if num >= count:
        return list(range(count))
    chosen: list[int] = []
    place, reached = 0, float(weights[0])
    for k in range(num):
        # A hair less than the share, lest rounding pass over a place that meets it exactly.
        while reached < total * (k + 0.5) / num * (1 - 1e-9) and place < count - 1:
            place += 1
            reached += weights[place]
        chosen.append(max(place, chosen[-1] + 1) if chosen else place)
    for k in range(num):
        chosen[-1 - k] = min(chosen[-1 - k], count - 1 - k)
    return chosen


def farthest_points(rows: npt.NDArray[np.float64], num: int) -> tuple[list[int], list[float]]:
    """Choose up to ``num`` rows of ``[N, D]``, each the farthest from those before (Gonzalez 1985).

    The first is the row nearest to the mean. It stops early when all other rows equal a chosen one. The largest
    distance that is left is at most twice the smallest possible for that many points.

    Returns:
        Rows in the order of choice, and the distance of each to the nearest one chosen before (0 for the first).
    """
    same = SAME * float((rows**2).sum(axis=1).max())
    first = int(squared(rows, rows.mean(axis=0)).argmin())
    order, gains = [first], [0.0]
    nearest = squared(rows, rows[first])
    while len(order) < num:
        place = int(nearest.argmax())
        if nearest[place] <= same:
            break
        order.append(place)
        gains.append(float(nearest[place]) ** 0.5)
        nearest = nearest.clip(max=squared(rows, rows[place]))
    return order, gains


def clusters(rows: npt.NDArray[np.float64], num: int, rounds: int = 20) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Group rows of ``[N, D]`` by k-means and name the row nearest to each centre.

    Starts from ``farthest_points``, so nothing is drawn; a group that loses all its rows keeps its centre.

    Returns:
        The group of each row ``[N]``, and one row for each group that has any; of equals the earlier.
    """
    import numpy as np

    centres = rows[farthest_points(rows, num)[0]]
    groups = np.full(len(rows), -1)
    for _ in range(rounds):
        nearest = np.stack([squared(rows, centre) for centre in centres]).argmin(axis=0)
        if (nearest == groups).all():
            break
        groups = nearest
        centres = np.stack(
            [rows[groups == g].mean(axis=0) if (groups == g).any() else c for g, c in enumerate(centres)]
        )
    medoids = []
    for group, centre in enumerate(centres):
        members = np.flatnonzero(groups == group)
        if len(members):
            medoids.append(int(members[squared(rows[members], centre).argmin()]))
    return groups, medoids


def squared(rows: npt.NDArray[np.float64], point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Squared distances ``[N]`` from rows ``[N, D]`` to a point ``[D]``."""
    gaps: npt.NDArray[np.float64] = ((rows - point) ** 2).sum(axis=1)
    return gaps


def coarse_to_fine(count: int) -> list[int]:
    """Order ``0 .. count - 1`` so that each beginning of it is spread: middle of all, then of the halves, and so on."""
    order: list[int] = []
    spans = [(0, count)]
    while spans:
        below = []
        for low, high in spans:
            if low < high:
                middle = (low + high - 1) // 2
                order.append(middle)
                below += [(low, middle), (middle + 1, high)]
        spans = below
    return order
