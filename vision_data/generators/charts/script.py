"""A chart as a short Python script that draws it again from literal data.

The script opens with the data frame `chart_data`, as the code asked for by card `cat-charts` does (arXiv 2509.09286).
"""

from __future__ import annotations

from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.layout import drawing
from vision_data.generators.charts.plan import source
from vision_data.generators.charts.render import DPI


def plot_code(chart: Chart, frame: bool = True) -> str:
    """The script; it writes `chart.png` where it runs, the same picture as `render`.

    Args:
        chart: what to draw.
        frame: hold the data in a pandas data frame; otherwise in a dict, so that matplotlib is all it needs.
    """
    width, height = chart.level.size
    columns = ",\n".join(f"    {name!r}: {cells!r}" for name, cells in chart.table.as_dict().items())
    data = f"{{\n{columns},\n}}"
    lines = [
        *(["import pandas as pd", ""] if frame else []),
        f"chart_data = pd.DataFrame({data})" if frame else f"chart_data = {data}",
        "",
        "import matplotlib",
        'matplotlib.use("Agg")',
        "import matplotlib.pyplot as plt",
        "",
        "plt.rcdefaults()",
        f"plt.rcParams.update({source(chart.looks.rc())})",
        f'fig, ax = plt.subplots(figsize=({width / DPI}, {height / DPI}), dpi={DPI}, layout="constrained")',
        *(line for step in drawing(chart) for line in step.lines()),
        'fig.savefig("chart.png")',
    ]
    return "\n".join(lines) + "\n"
