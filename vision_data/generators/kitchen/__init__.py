"""Videos of a cook at work and the question what to do next, in the three levels of SEED-Bench-R1."""

from vision_data.generators.kitchen.dataset import annotation, write_dataset
from vision_data.generators.kitchen.episode import Episode, Moment, make_episode
from vision_data.generators.kitchen.questions import questions
from vision_data.generators.kitchen.render import film, frames, render
from vision_data.generators.kitchen.rooms import Room, make_room
from vision_data.generators.kitchen.seed_bench import as_seed_bench
from vision_data.generators.kitchen.spec import LEVELS, SPLITS, Level

__all__ = [
    "LEVELS",
    "SPLITS",
    "Episode",
    "Level",
    "Moment",
    "Room",
    "annotation",
    "as_seed_bench",
    "film",
    "frames",
    "make_episode",
    "make_room",
    "questions",
    "render",
    "write_dataset",
]
