"""Charts with their data, their code and questions with exact answers. Drawing needs matplotlib."""

from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.dataset import write_dataset
from vision_data.generators.charts.make import make_chart
from vision_data.generators.charts.programmable import programmable
from vision_data.generators.charts.questions import questions
from vision_data.generators.charts.render import draw, marks, render
from vision_data.generators.charts.script import plot_code
from vision_data.generators.charts.spec import KINDS, LEVELS, TYPES, Level
from vision_data.generators.charts.table import Table

__all__ = [
    "KINDS",
    "LEVELS",
    "TYPES",
    "Chart",
    "Level",
    "Table",
    "draw",
    "make_chart",
    "marks",
    "plot_code",
    "programmable",
    "questions",
    "render",
    "write_dataset",
]
