"""Phone screens with tasks: every widget known, and the next action with the box to touch."""

from vision_data.generators.gui.actions import ALL_ACTIONS, INSTRUCTION, Action
from vision_data.generators.gui.dataset import write_dataset
from vision_data.generators.gui.episode import Episode, Step, make_episode
from vision_data.generators.gui.goals import GOALS
from vision_data.generators.gui.questions import explain, questions
from vision_data.generators.gui.render import render
from vision_data.generators.gui.widgets import Screen, Widget

__all__ = [
    "ALL_ACTIONS",
    "GOALS",
    "INSTRUCTION",
    "Action",
    "Episode",
    "Screen",
    "Step",
    "Widget",
    "explain",
    "make_episode",
    "questions",
    "render",
    "write_dataset",
]
