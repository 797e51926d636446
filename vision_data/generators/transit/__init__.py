"""Transit maps with exact answers, in the record format of ReasonMap and ReasonMap-Plus."""

from vision_data.generators.transit.dataset import write_dataset
from vision_data.generators.transit.network import Line, TransitMap, make_map
from vision_data.generators.transit.questions import ALL_TYPES, questions
from vision_data.generators.transit.render import render
from vision_data.generators.transit.routes import best_plans
from vision_data.generators.transit.styles import STYLES
from vision_data.generators.transit.traces import describe, explain

__all__ = [
    "ALL_TYPES",
    "STYLES",
    "Line",
    "TransitMap",
    "best_plans",
    "describe",
    "explain",
    "make_map",
    "questions",
    "render",
    "write_dataset",
]
