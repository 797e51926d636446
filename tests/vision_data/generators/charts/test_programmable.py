from __future__ import annotations

from dataclasses import replace

from vision_data.generators.charts import KINDS, LEVELS, TYPES, make_chart, programmable, questions
from vision_data.generators.charts.programmable import MAX_MARKS, obstacle


def test_a_chart_that_cannot_be_read_is_never_programmable():
    for level in LEVELS:
        for kind in KINDS:
            for seed in range(4):
                dim, clear = (make_chart(seed, level, kind=kind, readable=readable) for readable in (False, True))
                assert not any(programmable(dim, asked)[0] for asked in TYPES)
                # A chart that was meant to be read may still have too many bars.
                assert bool(obstacle(clear)) == (clear.num_marks > MAX_MARKS)


def test_the_table_must_hold_what_is_asked():
    chart = make_chart(1, "easy", kind="pie", readable=True)
    assert programmable(chart, "sum") == (True, "every value can be read and the table answers the question")
    assert programmable(chart, "appearance") == (False, "a table of the data does not hold what is asked")


def test_printed_values_replace_a_scale():
    chart = make_chart(1, "easy", kind="bar", printed=True, readable=True)
    assert programmable(replace(chart, scaled=False), "lookup")[0]
    assert programmable(replace(chart, printed=False, scaled=False), "lookup") == (
        False,
        "the value axis has no numbers",
    )


def test_steps_too_fine_for_the_picture_are_not_programmable():
    level = replace(LEVELS["hard"], size=(896, 300), unreadable=0.0, printed=0.0)
    chart = make_chart(0, level, kind="bar")
    assert programmable(chart, "lookup") == (False, "neighbouring values cannot be told apart")
    assert {record["type"] for record in questions(chart, 0)}.isdisjoint({"lookup", "sum"})


def test_both_labels_come_often_in_a_mixed_draw():
    labels = [
        record["programmable"]
        for seed in range(40)
        for record in questions(make_chart(seed, "tiny"), seed, ["comparison", "lookup", "counting"])
    ]
    assert 0.1 < labels.count(False) / len(labels) < 0.5
