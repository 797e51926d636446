"""Preference pairs: a prompt and two renderings, one of which has faults that are known exactly."""

from vision_data.generators.pairs.dataset import write_dataset
from vision_data.generators.pairs.faults import ALL_FAULTS, Fault
from vision_data.generators.pairs.pair import DIFFICULTIES, Pair, make_pair
from vision_data.generators.pairs.picture import Picture, render
from vision_data.generators.pairs.questions import explain, questions

__all__ = [
    "ALL_FAULTS",
    "DIFFICULTIES",
    "Fault",
    "Pair",
    "Picture",
    "explain",
    "make_pair",
    "questions",
    "render",
    "write_dataset",
]
