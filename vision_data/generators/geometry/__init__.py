"""Geometry figures with numeric answers, options and worked steps, in the form of GeoQA. Drawing needs Pillow."""

from vision_data.generators.geometry.dataset import write_dataset
from vision_data.generators.geometry.problem import Problem, make_problem
from vision_data.generators.geometry.questions import questions
from vision_data.generators.geometry.render import render
from vision_data.generators.geometry.sketch import Sketch
from vision_data.generators.geometry.spec import FAMILIES

__all__ = ["FAMILIES", "Problem", "Sketch", "make_problem", "questions", "render", "write_dataset"]
