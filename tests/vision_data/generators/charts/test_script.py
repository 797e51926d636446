"""The script is what the picture was drawn with."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

pytest.importorskip("matplotlib")

from PIL import Image

from vision_data.generators.charts import KINDS, make_chart, plot_code, render
from vision_data.generators.charts.plan import Column, Var, call, source


def chosen():
    charts = [make_chart(seed, "tiny" if seed % 2 else "easy", kind=kind) for seed, kind in enumerate(KINDS)]
    return [
        *charts,
        make_chart(7, "easy", kind="line", printed=True, readable=True),
        make_chart(3, "tiny", kind="scatter", readable=False),
        make_chart(9, "easy", kind="grouped", printed=True, readable=True),
    ]


def test_scripts_draw_the_same_picture(tmp_path):
    charts = chosen()
    for at, chart in enumerate(charts):
        (tmp_path / f"{at}.py").write_text(plot_code(chart, frame=False).replace("chart.png", f"{at}.png"))
    run = "import runpy, sys; [runpy.run_path(path) for path in sys.argv[1:]]"
    paths = [f"{at}.py" for at in range(len(charts))]
    subprocess.run([sys.executable, "-c", run, *paths], cwd=tmp_path, check=True, timeout=300)
    for at, chart in enumerate(charts):
        with Image.open(tmp_path / f"{at}.png") as picture:
            assert picture.convert("RGB").tobytes() == render(chart).tobytes(), chart.kind


def test_the_data_frame_holds_the_table_as_literals():
    for chart in chosen():
        tree = ast.parse(plot_code(chart))
        (frame,) = [
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "chart_data"
        ]
        assert ast.unparse(frame.func) == "pd.DataFrame"
        assert ast.literal_eval(frame.args[0]) == chart.table.as_dict()


def test_names_with_quotes_stay_names():
    step = call("ax.bar", Column('O\'Hara "x"'), [1, Var("y")], result="bars", color="red")
    (line,) = step.lines()
    tree = ast.parse(line).body[0]
    assert ast.literal_eval(tree.value.args[0].slice) == 'O\'Hara "x"'
    assert source((1,)) == "(1,)"
    assert line.endswith("[1, y], color='red')")
