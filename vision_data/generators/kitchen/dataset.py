"""Write kitchen videos, observations, annotations and records to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.kitchen.episode import Episode, make_episode
from vision_data.generators.kitchen.questions import questions
from vision_data.generators.kitchen.render import film, render
from vision_data.generators.kitchen.seed_bench import SOURCE, as_seed_bench
from vision_data.generators.kitchen.spec import SPLITS, Level, known, level_of
from vision_data.generators.seeds import derive


def annotation(episode: Episode) -> dict[str, Any]:
    """All that is known of an episode, as JSON: level, room, task, plan, and for every frame what it shows."""
    moments, spans = episode.moments()
    return {
        "seed": episode.seed,
        "split": episode.split,
        "level": asdict(episode.level),
        "room": asdict(episode.room),
        "task": episode.task._asdict(),
        "plan": [action._asdict() for action in episode.plan],
        "num_done": episode.done,
        "spans": spans,
        "moments": [
            {
                "cook": moment.cook,
                "held": moment.state.held and moment.state.held._asdict(),
                "served": [portion._asdict() for portion in moment.state.served],
                "station": moment.station,
            }
            for moment in moments
        ],
    }


def write_dataset(
    out: Path,
    num_episodes: int,
    seed: int,
    level: Level | str = "tiny",
    split: str = "train",
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write media and `records.jsonl`, and give the path of the latter.

    The folder holds `videos/Kitchen/*.mp4`, `images/Kitchen/*.png`, `episodes/*.json` (see `annotation`), and the same
    records once more in the fields of SEED-Bench-R1: `annotations/training.jsonl` or `validation_L1.jsonl` and so on.
    Episode number i depends on `seed` and i only, so a larger data set begins with the smaller one. `image`, `video`
    and `episode` of a record are paths relative to `out`; `video` is None where nothing has been done; `id` and
    `episode_seed` (for `make_episode`) are added.

    Args:
        out: folder to create; it is moved into place when everything is written.
        num_episodes: how many episodes; each has one question.
        seed: any whole number.
        level: see `make_episode`.
        split: see `make_episode`.
        progress: called with the number of episodes done, after each.
        overwrite: replace a folder that exists; otherwise only an empty one is.

    Raises:
        MediaError: an argument is out of range, or `out` exists and is not empty.
    """
    dials, name = level_of(level), level if isinstance(level, str) else "own"
    training = known("split", split, SPLITS) == "train"
    if num_episodes < 1:
        raise MediaError(f"kitchen data set: num_episodes must be at least 1, got {num_episodes}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        for part in (f"videos/{SOURCE}", f"images/{SOURCE}", "episodes", "annotations"):
            (folder / part).mkdir(parents=True)
        bench = folder / "annotations" / ("training.jsonl" if training else f"validation_{split}.jsonl")
        with (
            (folder / "records.jsonl").open("w", encoding="utf-8") as file,
            bench.open("w", encoding="utf-8") as seed_bench,
        ):
            for index in range(num_episodes):
                record = _write_episode(folder, index, make_episode(derive("dataset", seed, index), dials, split), name)
                file.write(json.dumps(record) + "\n")
                seed_bench.write(json.dumps(as_seed_bench(record, training)) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"


def _write_episode(folder: Path, index: int, episode: Episode, level: str) -> dict[str, Any]:
    """Media and ground truth of one episode; gives its record."""
    stem = f"{index:05d}"
    image, video, notes = f"images/{SOURCE}/{stem}.png", f"videos/{SOURCE}/{stem}.mp4", f"episodes/{stem}.json"
    render(episode).save(folder / image)
    if episode.done:
        film(episode, folder / video)
    (folder / notes).write_text(json.dumps(annotation(episode)), encoding="utf-8")
    (record,) = questions(episode, episode.seed)
    return record | {
        "id": f"{episode.split}-kitchen-{level}-{stem}",
        "image": image,
        "video": video if episode.done else None,
        "episode": notes,
        "episode_seed": episode.seed,
        "split": episode.split,
    }
