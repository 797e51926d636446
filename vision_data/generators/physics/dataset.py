"""Write physics videos, annotations and records to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.physics.making import make_world
from vision_data.generators.physics.questions import ALL_TYPES, questions
from vision_data.generators.physics.render import film
from vision_data.generators.physics.spec import DENSITIES, SPLITS, Level, known, level_of
from vision_data.generators.physics.world import World
from vision_data.generators.seeds import derive


def annotation(world: World) -> dict[str, Any]:
    """All that is known of a world, as JSON.

    `objects` holds looks, mass, start and velocity (sides, sides per second); `trajectory` has for each of them, for
    each frame, the middle in pixels, or null while it is out of the picture. `events` are those of the video.
    """
    history, level = world.simulate(), world.level
    tracks = []
    for number in range(len(world.bodies)):
        states = [history.state(number, at / level.fps) for at in range(level.frames)]
        tracks.append([state and [round(value * level.size, 2) for value in state[0]] for state in states])
    return {
        "seed": world.seed,
        "split": world.split,
        "level": asdict(level),
        "objects": [
            asdict(body) | {"id": at, "name": world.name(at), "mass": DENSITIES[body.material]}
            for at, body in enumerate(world.bodies)
        ],
        "trajectory": tracks,
        "events": world.seen(),
    }


def write_dataset(
    out: Path,
    num_videos: int,
    seed: int,
    level: Level | str = "tiny",
    split: str = "train",
    types: Sequence[str] = ALL_TYPES,
    per_type: int = 1,
    multiple: bool | None = None,
    negated: bool | None = None,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `videos/*.mp4`, `annotations/*.json` and `records.jsonl`, and give the path of the last.

    Video number i depends on `seed` and i only, so a larger data set begins with the smaller one. `video` and
    `annotation` of a record are paths relative to `out`; `id` and `world_seed` (for `make_world`) are added.

    Args:
        out: folder to create; it is moved into place when everything is written.
        num_videos: how many videos.
        seed: any whole number.
        level: see `make_world`.
        split: see `make_world`.
        types: see `questions`.
        per_type: see `questions`.
        multiple: see `questions`.
        negated: see `questions`.
        progress: called with the number of videos done, after each.
        overwrite: replace a folder that exists; otherwise only an empty one is.

    Raises:
        MediaError: an argument is out of range, or `out` exists and is not empty.
    """
    dials, name = level_of(level), level if isinstance(level, str) else "own"
    known("split", split, SPLITS)
    if num_videos < 1:
        raise MediaError(f"physics data set: num_videos must be at least 1, got {num_videos}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        for part in ("videos", "annotations"):
            (folder / part).mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num_videos):
                world = make_world(derive("dataset", seed, index), dials, split)
                film(world, folder / "videos" / f"{index:05d}.mp4")
                (folder / "annotations" / f"{index:05d}.json").write_text(json.dumps(annotation(world)), "utf-8")
                found = questions(world, world.seed, types, per_type, multiple, negated)
                for number, record in enumerate(found):
                    record |= {
                        "id": f"{split}-physics-{name}-{index:05d}-{number}",
                        "video": f"videos/{index:05d}.mp4",
                        "annotation": f"annotations/{index:05d}.json",
                        "world_seed": world.seed,
                    }
                    file.write(json.dumps(record) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"
