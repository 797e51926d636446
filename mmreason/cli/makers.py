"""The data sets that ``mmreason data make`` draws: one function each, whose keywords are its options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mmreason.cli.drawn import as_tasks, drawn, written
from mmreason.cli.screen import progress_bar

Split = Literal["train", "test"]


def make_transit(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    level: Literal["tiny", "easy", "middle", "hard", "small", "grid", "branched", "crowded"] = "tiny",
    style: Literal["classic", "rounded", "ticks", "night", "paper", "mixed"] = "classic",
    split: Split = "train",
    per_type: int = 1,
    overwrite: bool = False,
) -> None:
    """Transit maps with questions.

    Args:
        out: folder to write; it appears when everything is there.
        num: maps to draw.
        seed: of the maps and questions; map number i is the same however many are drawn.
        level: size of the maps, from a handful of lettered stations to over a hundred, or their kind.
        style: how they are drawn; mixed takes turns.
        split: train and test share no city.
        per_type: questions of each type on a map.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.transit import write_dataset

    with progress_bar("drawing", num, "maps") as tell:
        path = write_dataset(
            out, num, seed, level, split, per_type=per_type, style=style, progress=tell, overwrite=overwrite
        )
    written(path)


def make_shapes(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    size: int = 112,
    fewest: int = 1,
    most: int = 6,
    split: Split = "train",
    per_scene: int = 2,
    overwrite: bool = False,
) -> None:
    """Coloured shapes with counting questions.

    Args:
        out: folder to write; it appears when everything is there.
        num: pictures to draw.
        seed: of the pictures and questions.
        size: side of a picture in pixels.
        fewest: fewest shapes in a picture.
        most: most shapes in a picture.
        split: train and test share no scene.
        per_scene: questions about each picture.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.shapes import write_dataset

    with progress_bar("drawing", num, "pictures") as tell:
        path = write_dataset(out, num, seed, size, (fewest, most), split, per_scene, progress=tell, overwrite=overwrite)
    as_tasks(path)
    written(path)


def make_scenes(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    size: int = 224,
    fewest: int = 3,
    most: int = 8,
    occlusion: float = 0.0,
    per_scene: int = 2,
    letters: bool = False,
    split: Split = "train",
    overwrite: bool = False,
) -> None:
    """Rooms, kitchens, streets and parks with questions about what stands where, and the box of everything.

    Args:
        out: folder to write; it appears when everything is there.
        num: pictures to draw.
        seed: of the pictures and questions.
        size: side of a picture in pixels.
        fewest: fewest things in a picture.
        most: most things in a picture.
        occlusion: how much of a thing another may hide, 0 to 0.6.
        per_scene: questions about each picture.
        letters: ask for the letter of an option.
        split: train and test share no arrangement.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.scenes import write_dataset

    kinds = {"occlusion": occlusion, "split": split, "per_scene": per_scene, "letters": letters}
    drawn(
        write_dataset, out, num, seed, "pictures", size=size, num_objects=(fewest, most), overwrite=overwrite, **kinds
    )


def make_gui(
    *, out: Path, num: int = 100, seed: int = 0, scale: int = 1, split: Split = "train", overwrite: bool = False
) -> None:
    """Phone screens with a task, the actions so far and the next action with its target.

    Args:
        out: folder to write; it appears when everything is there.
        num: episodes; each step is a record.
        seed: of the episodes.
        scale: of screens of 196 x 336 pixels.
        split: train and test share no app.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.gui import write_dataset

    drawn(write_dataset, out, num, seed, "episodes", scale=scale, split=split, overwrite=overwrite)


def make_pairs(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    size: int = 224,
    difficulty: Literal["easy", "medium", "hard", "mixed"] = "medium",
    split: Split = "train",
    overwrite: bool = False,
) -> None:
    """A prompt and two renderings of it, one with faults that are listed.

    Args:
        out: folder to write; it appears when everything is there.
        num: pairs to draw.
        seed: of the pairs.
        size: side of a picture in pixels.
        difficulty: how strong and how many the faults are.
        split: train and test share no prompt.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.pairs import write_dataset

    drawn(write_dataset, out, num, seed, "pairs", size=size, difficulty=difficulty, split=split, overwrite=overwrite)


def make_charts(
    *, out: Path, num: int = 100, seed: int = 0, level: str = "tiny", split: Split = "train", overwrite: bool = False
) -> None:
    """Charts with their table, the code that draws them, and whether code could answer (programmability).

    Args:
        out: folder to write; it appears when everything is there.
        num: charts to draw.
        seed: of the charts and questions.
        level: size and density of the charts.
        split: train and test share no topic.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.charts import write_dataset

    drawn(write_dataset, out, num, seed, "charts", level=level, split=split, overwrite=overwrite)


def make_geometry(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    size: int = 336,
    easiest: int = 1,
    hardest: int = 3,
    choices: bool = False,
    split: Split = "train",
    overwrite: bool = False,
) -> None:
    """Geometry figures with a numeric answer, options and the steps of the solution.

    Args:
        out: folder to write; it appears when everything is there.
        num: figures to draw.
        seed: of the figures.
        size: side of a figure in pixels.
        easiest: fewest steps of a solution.
        hardest: most steps of a solution.
        choices: ask for the letter of an option.
        split: train and test share no figure.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.geometry import write_dataset

    kinds = {"split": split, "steps": (easiest, hardest), "size": size, "choices": choices}
    drawn(write_dataset, out, num, seed, "figures", overwrite=overwrite, **kinds)


def make_physics(
    *,
    out: Path,
    num: int = 50,
    seed: int = 0,
    level: str = "tiny",
    per_type: int = 1,
    split: Split = "train",
    overwrite: bool = False,
) -> None:
    """Videos of colliding objects with descriptive, explanatory, predictive and counterfactual questions.

    Args:
        out: folder to write; it appears when everything is there.
        num: videos to film.
        seed: of the worlds and questions.
        level: size, length and number of objects.
        per_type: questions of each type on a video.
        split: train and test share no set of objects.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.physics import write_dataset

    drawn(write_dataset, out, num, seed, "videos", level=level, split=split, per_type=per_type, overwrite=overwrite)


def make_kitchen(
    *,
    out: Path,
    num: int = 50,
    seed: int = 0,
    level: str = "tiny",
    split: Literal["train", "L1", "L2", "L3"] = "train",
    overwrite: bool = False,
) -> None:
    """Videos of a cook at work, the kitchen as it is now, and four options for the next step.

    Args:
        out: folder to write; it appears when everything is there.
        num: episodes to film.
        seed: of the episodes.
        level: size and length.
        split: L1 is like train, L2 has other rooms, L3 other rooms and tasks (arXiv:2503.24376).
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.kitchen import write_dataset

    drawn(write_dataset, out, num, seed, "episodes", level=level, split=split, overwrite=overwrite)


MAKERS: dict[str, Callable[..., None]] = {
    "transit": make_transit,
    "shapes": make_shapes,
    "scenes": make_scenes,
    "charts": make_charts,
    "geometry": make_geometry,
    "gui": make_gui,
    "pairs": make_pairs,
    "physics": make_physics,
    "kitchen": make_kitchen,
}
