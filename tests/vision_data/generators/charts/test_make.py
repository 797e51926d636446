from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.generators.charts import KINDS, LEVELS, make_chart
from vision_data.generators.charts.topics import RELATIONS, TOPICS

LEVEL = st.sampled_from(sorted(LEVELS))
SEED = st.integers(0, 10**9)


@given(SEED, LEVEL, st.sampled_from(KINDS), st.sampled_from(["train", "test"]))
def test_tables_hold_what_the_level_says(seed, name, kind, split):
    chart, level = make_chart(seed, name, split, kind), LEVELS[name]
    assert chart == make_chart(seed, name, split, kind)
    assert chart.kind == kind
    assert all(len(row) == len(chart.table.columns) for row in chart.table.rows)
    assert len(set(chart.table.columns)) == len(chart.table.columns)
    values = [value for row in chart.table.rows for value in row[1:2] if not isinstance(value, str)]
    assert all(0 < value <= chart.top for value in values)
    if chart.dense:
        return
    assert len(set(chart.names)) == len(chart.names)
    if kind == "pie":
        assert sum(chart.table.numbers("Share in %")) == 100
        assert min(chart.table.numbers("Share in %")) >= 6
    elif kind == "scatter":
        assert level.points[0] <= len(chart.names) <= level.points[1]
    else:
        assert level.categories[0] <= len(chart.names) <= level.categories[1]
        steps = [value / chart.step for series in chart.series for value in chart.table.numbers(series)]
        assert all(abs(step - round(step)) < 1e-6 for step in steps)
    if kind == "stacked":
        assert all(sum(row[1:]) <= chart.top + 1e-9 for row in chart.table.rows)


def words(split):
    topics = [*TOPICS[split], *RELATIONS[split]]
    found = {topic.title for topic in topics} | {word for topic in topics for word in topic.series}
    return found | {name for topic in TOPICS[split] for name in (*topic.names, topic.measure, topic.noun)}


def test_splits_share_no_topic_and_no_name():
    assert words("train").isdisjoint(words("test"))


def test_splits_share_no_table_even_of_letters():
    def tables(split):
        return {make_chart(seed, "tiny", split, "pie").table.rows for seed in range(150)}

    assert tables("train").isdisjoint(tables("test"))


@pytest.mark.parametrize("kind", KINDS)
def test_dials_are_obeyed(kind):
    for seed in range(8):
        clear = make_chart(seed, "easy", kind=kind, readable=True, style="sand")
        assert clear.scaled
        assert not clear.dense
        assert clear.style == "sand"
        dim = make_chart(seed, "easy", kind=kind, readable=False)
        assert dim.dense or not (dim.scaled or dim.printed)
        assert not make_chart(seed, "middle", kind=kind, printed=False, readable=True).printed or kind == "pie"
        if kind in ("bar", "line"):
            assert make_chart(seed, "tiny", kind=kind, printed=True, readable=True).printed


def test_lines_keep_apart_and_points_too():
    for seed in range(40):
        chart = make_chart(seed, "hard", kind="line", readable=True, printed=False)
        for row in chart.table.rows:
            heights = sorted(row[1:])
            assert all(after - before > chart.step for before, after in itertools.pairwise(heights))
        across = make_chart(seed, "hard", kind="scatter", readable=True).names
        assert min(b - a for a, b in itertools.pairwise(across)) >= 2


def test_a_level_of_ones_own():
    level = replace(LEVELS["easy"], name="wide", size=(800, 300), categories=(16, 16), series=(5, 5))
    chart = make_chart(0, level, kind="stacked")
    assert (len(chart.names), len(chart.series), chart.level.size) == (16, 5, (800, 300))


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": (5, 4)},
        {"categories": (1, 3)},
        {"series": (2, 9)},
        {"size": (50, 300)},
        {"printed": 1.5},
        {"lattice": 21},
        {"steps": ()},
        {"steps": (-1,)},
        {"font": 4},
        {"points": (3, 24)},
        {"dense": (10, 20)},
        {"slot": 12},
        {"slot": 100},
    ],
)
def test_impossible_levels_are_refused(changes):
    with pytest.raises(MediaError, match="chart level"):
        make_chart(0, replace(LEVELS["easy"], **changes))


def test_unknown_words_are_refused_with_a_proposal():
    with pytest.raises(MediaError, match="did you mean 'scatter'"):
        make_chart(0, kind="scater")
    for arguments in ({"level": "huge"}, {"split": "dev"}, {"style": "x"}):
        with pytest.raises(MediaError, match="unknown"):
            make_chart(0, **arguments)
