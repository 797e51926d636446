"""``mmreason methods``: every method, what it computes and where it comes from."""

from __future__ import annotations

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import show, table
from mmreason.cli.suggest import CommandError, unknown


def options(*, filter: str = "", room: str = "") -> None:
    """What to list.

    Args:
        filter: show only methods whose name, paper or description contains this text, in any case.
        room: show only this kind: rewards, credit, losses, ...
    """


def command(words: list[str]) -> int:
    """List the methods."""
    groups = [Options("list", options, first={"filter": "[FILTER]"})]
    (given,) = parse(groups, words, "mmreason methods", "List every method that a recipe can be made of.")
    from mmreason.catalogue import ROOMS, methods

    rooms = {room.rpartition(".")[2]: room for room in ROOMS}
    if given["room"] and given["room"] not in rooms:
        raise CommandError(unknown("room", given["room"], rooms))
    every = methods([rooms[given["room"]]] if given["room"] else ROOMS)
    wanted = given["filter"].lower()
    found = [m for m in every if wanted in f"{m.name} {m.room} {m.doc}".lower()]
    if not found:
        raise CommandError(unknown("method", given["filter"], [m.name for m in every], "no name or text contains it"))
    rows = table(f"{len(found)} methods", "method", "kind", "paper", "what it computes")
    for before, method in zip([None, *found], found, strict=False):
        if before and before.room != method.room:
            rows.add_section()
        papers = "\n".join(f"arXiv:{paper}" for paper in method.papers) or "-"
        rows.add_row(method.name, method.room.rpartition(".")[2], papers, method.summary.replace("``", ""))
    show(rows)
    return 0
