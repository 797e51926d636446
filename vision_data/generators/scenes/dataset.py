"""Write scenes and questions to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.scenes.questions import ALL_TYPES, Space, questions
from vision_data.generators.scenes.scene import make_scene, render
from vision_data.generators.seeds import derive


def write_dataset(
    out: Path,
    num: int,
    seed: int,
    size: int = 224,
    num_objects: tuple[int, int] = (3, 8),
    occlusion: float = 0.0,
    split: str = "train",
    types: Sequence[str] = ALL_TYPES,
    per_scene: int = 2,
    space: Space = "original",
    letters: bool = False,
    setting: str | None = None,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*.png` and `records.jsonl` (`image` relative to `out`), and give the path of the latter.

    Scene number i depends on `seed` and i only. `id` and `scene_seed` are added to the records of `questions`.

    Args:
        out: folder to create; it appears when everything is written.
        num: how many scenes.
        seed: any whole number.
        size: see `make_scene`.
        num_objects: see `make_scene`.
        occlusion: see `make_scene`.
        split: see `make_scene`.
        types: see `questions`.
        per_scene: questions about each scene, at most.
        space: see `questions`.
        letters: see `questions`.
        setting: see `make_scene`.
        progress: called with the number of scenes done, after each.
        overwrite: replace a folder that is not empty.

    Raises:
        MediaError: an argument is out of range, or `out` is not empty and `overwrite` is off.
    """
    if num < 1:
        raise MediaError(f"scenes data set: num must be at least 1, got {num}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        (folder / "images").mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num):
                scene = make_scene(derive("dataset", seed, index), size, num_objects, occlusion, split, setting)
                image = f"images/{index:05d}.png"
                render(scene).save(folder / image)
                for number, record in enumerate(questions(scene, scene.seed, per_scene, types, space, letters)):
                    record |= {"id": f"{split}-scenes-{index:05d}-{number}", "image": image, "scene_seed": scene.seed}
                    file.write(json.dumps(record) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"
