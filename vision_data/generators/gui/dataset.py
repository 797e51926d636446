"""Write phone episodes to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.gui.episode import make_episode
from vision_data.generators.gui.goals import GOALS
from vision_data.generators.gui.questions import questions
from vision_data.generators.gui.render import render
from vision_data.generators.seeds import derive


def write_dataset(
    out: Path,
    num: int,
    seed: int,
    scale: int = 1,
    split: str = "train",
    num_entries: tuple[int, int] = (5, 12),
    detours: float = 0.4,
    goals: tuple[str, ...] = GOALS,
    terse: bool = False,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*.png` and `records.jsonl`, one record for each step of each episode; give the path of the latter.

    Episode number i depends on `seed` and i only. `id` and `episode_seed` are added to the records of `questions`, and
    `image` and `history_images` are filled in, relative to `out`.

    Args:
        out: folder to create; it appears when everything is written.
        num: how many episodes.
        seed: any whole number.
        scale: see `questions`; the picture has 196 by 336 pixels times this.
        split: see `make_episode`.
        num_entries: see `make_episode`.
        detours: see `make_episode`.
        goals: see `make_episode`.
        terse: see `questions`.
        progress: called with the number of episodes done, after each.
        overwrite: replace a folder that is not empty.

    Raises:
        MediaError: an argument is out of range, or `out` is not empty and `overwrite` is off.
    """
    if num < 1:
        raise MediaError(f"gui data set: num must be at least 1, got {num}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        (folder / "images").mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num):
                episode = make_episode(derive("dataset", seed, index), split, num_entries, detours, goals)
                paths: list[str] = []
                for record, step in zip(questions(episode, scale, terse), episode.steps, strict=True):
                    path = f"images/{index:05d}-{len(paths):02d}.png"
                    render(step.screen, scale).save(folder / path)
                    record |= {"id": f"{split}-gui-{index:05d}-{len(paths):02d}", "episode_seed": episode.seed}
                    record |= {"image": path, "history_images": list(paths)}
                    file.write(json.dumps(record) + "\n")
                    paths.append(path)
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"
