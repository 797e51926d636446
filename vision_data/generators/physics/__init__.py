"""Videos of colliding objects with exact answers, in the question types of CLEVRER."""

from vision_data.generators.physics.dataset import annotation, write_dataset
from vision_data.generators.physics.making import make_world
from vision_data.generators.physics.motion import simulate
from vision_data.generators.physics.questions import ALL_TYPES, questions
from vision_data.generators.physics.render import film, frames, render
from vision_data.generators.physics.spec import LEVELS, Level
from vision_data.generators.physics.world import Body, World

__all__ = [
    "ALL_TYPES",
    "LEVELS",
    "Body",
    "Level",
    "World",
    "annotation",
    "film",
    "frames",
    "make_world",
    "questions",
    "render",
    "simulate",
    "write_dataset",
]
