"""One task in one kitchen, done up to a point, frame by frame. Not from a paper."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from vision_data.errors import MediaError
from vision_data.generators.kitchen.plans import Action, State, after, make_plan
from vision_data.generators.kitchen.rooms import NUM_ROOMS, Room, Tile, make_room
from vision_data.generators.kitchen.spec import SPLITS, Level, known, level_of
from vision_data.generators.kitchen.tasks import SEEN, UNSEEN, Task
from vision_data.generators.seeds import rng_for

FEWEST_FRAMES = 4


class Moment(NamedTuple):
    """What one frame shows: the cook's tile, what is held and served, and the station in use, if any."""

    cook: Tile
    state: State
    station: str | None = None


@dataclass(frozen=True)
class Episode:
    """A task that is done up to a point.

    Attributes:
        seed: of the episode.
        split: train, L1, L2 or L3.
        level: its dials.
        room: where.
        task: what.
        plan: all actions of the task, in the order in which this cook does them.
        done: how many of them the video shows; 0 for no video.
        start: tile where the cook stands at first.
    """

    seed: int
    split: str
    level: Level
    room: Room
    task: Task
    plan: tuple[Action, ...]
    done: int
    start: Tile

    @property
    def state(self) -> State:
        """What is held and served now."""
        state = State()
        for action in self.plan[: self.done]:
            state = after(state, action)
        return state

    def moments(self) -> tuple[list[Moment], list[tuple[int, int]]]:
        """What each frame of the video shows, and the first and last frame of each action done.

        The first frame shows the kitchen before anything is done, the last one the kitchen now. The number of frames
        is even (two frames make a patch of a video model) and at least four: the end is held as long as needed.
        """
        here, state = self.start, State()
        shown, spans = [Moment(here, state)], []
        for action in self.plan[: self.done]:
            way = self.room.walk(here, action.station)
            begin = len(shown)
            shown += [Moment(tile, state) for tile in way[self.level.stride : -1 : self.level.stride]]
            here, state = way[-1], after(state, action)
            shown += [Moment(here, state, action.station)] * self.level.hold
            spans.append((begin, len(shown) - 1))
        shown.append(Moment(here, state))
        while len(shown) < FEWEST_FRAMES or len(shown) % 2:
            shown.append(shown[-1])
        return shown, spans


def make_episode(seed: int, level: Level | str = "tiny", split: str = "train") -> Episode:
    """The episode of a seed; no episode is in two splits.

    Args:
        seed: any whole number.
        level: name of a level (tiny, easy, middle, hard) or your own.
        split: train; L1 (rooms and tasks of train); L2 (unseen rooms); L3 (unseen rooms, unseen tasks).

    Raises:
        MediaError: the level or the split is unknown, or no task has as many foods as the level asks for.
    """
    dials = level_of(level)
    rng = rng_for("kitchen", known("split", split, SPLITS), seed, dials)
    low, high = dials.foods
    tasks = [task for task in (UNSEEN if split == "L3" else SEEN) if low <= len(task.needs) <= high]
    if not tasks:
        raise MediaError(f"kitchen video: no task of split {split} has {low} to {high} foods; widen the range of foods")
    while True:
        room = make_room(rng.randrange(NUM_ROOMS), dials, seen=split in ("train", "L1"))
        task = rng.choice(tasks)
        plan = make_plan(rng, task.needs)
        episode = _fitting(rng, Episode(seed, split, dials, room, task, plan, 0, rng.choice(room.floor())))
        side = zlib.crc32(repr((room.name, task.name, plan, episode.done, episode.start)).encode()) % 4 == 0
        # A quarter of what is possible in the rooms and tasks of training is kept for L1.
        if split not in ("train", "L1") or side == (split == "L1"):
            return episode


def _fitting(rng: random.Random, episode: Episode) -> Episode:
    """The episode done up to a point that its video has frames for; every such point as often as any other."""
    points = []
    for done in range(len(episode.plan)):
        longer = Episode(**{**episode.__dict__, "done": done})
        if len(longer.moments()[0]) <= episode.level.most_frames:
            points.append(longer)
    return rng.choice(points)
