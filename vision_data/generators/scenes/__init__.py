"""Scenes for grounding: things in rooms, kitchens, streets and parks, with a box for everything."""

from vision_data.generators.scenes.dataset import write_dataset
from vision_data.generators.scenes.questions import ALL_TYPES, questions
from vision_data.generators.scenes.scene import Scene, Thing, make_scene, render
from vision_data.generators.scenes.traces import explain

__all__ = ["ALL_TYPES", "Scene", "Thing", "explain", "make_scene", "questions", "render", "write_dataset"]
