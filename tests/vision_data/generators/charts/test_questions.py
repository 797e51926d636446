"""Every answer is found again from the CSV text and the words of the question alone."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.generators.charts import KINDS, LEVELS, TYPES, Chart, Table, make_chart, questions

HINT = re.compile(r" (Give|Answer|Name) .*?\.$")


class Sheet:
    """A CSV file read back; cells by name and series."""

    def __init__(self, record):
        rows = list(csv.reader(io.StringIO(record["csv"])))
        self.head, self.rows = rows[0], rows[1:]
        self.kind, self.dense = record["kind"], record["dense"]
        self.series = self.head[1:]
        if self.dense and self.kind == "scatter":
            self.series = list(dict.fromkeys(row[2] for row in self.rows))

    def column(self, series):
        if self.dense and self.kind == "scatter":
            return [float(row[1]) for row in self.rows if row[2] == series]
        at = self.head.index(series)
        return [float(row[at]) for row in self.rows]

    def at(self, phrase):
        """The value of `Pears`, `Pears (North)` or `x = 3`."""
        if self.kind == "scatter":
            name, series = phrase.rsplit(" = ", 1)[1], self.head[1]
        else:
            found = re.fullmatch(r"(.+) \((.+)\)", phrase)
            name, series = found.groups() if found else (phrase, self.head[1])
        row = next(row for row in self.rows if row[0] == name)
        return float(row[self.head.index(series)])

    def name_of(self, value, series):
        (at,) = [at for at, other in enumerate(self.column(series)) if other == value]
        return self.rows[at][0]

    def height(self, series):
        column = self.column(series)
        return column[-1] if self.kind == "line" else sum(column) / len(column)


def lookup(sheet, text):
    found = re.fullmatch(r"What is (?:the value of|.+ where) (.+)\?", text)
    return sheet.at(found[1])


def comparison(sheet, text):
    if found := re.fullmatch(r"Which (?:ends higher|lies higher on average), (.+) or (.+)\?", text):
        return max(found.groups(), key=sheet.height)
    if found := re.fullmatch(r"Is .+ larger where (.+) or where (.+)\? Which .+\?", text):
        return float(max(found.groups(), key=sheet.at).rsplit(" = ", 1)[1])
    if found := re.fullmatch(r"Which is larger, (.+) or (.+)\?", text):
        return max(found.groups(), key=sheet.at)
    where, one, other = re.fullmatch(r"For (.+), which is larger, (.+) or (.+)\?", text).groups()
    if one in sheet.series:
        return max((one, other), key=lambda series: sheet.at(f"{where} ({series})"))
    return max((one, other), key=lambda name: sheet.at(f"{name} ({where})"))


def extreme(sheet, text):
    pick = max if "largest" in text or "highest" in text else min
    if text.startswith("Which line"):
        return pick(sheet.series, key=lambda series: pick(sheet.column(series)))
    if text.startswith("Which group"):
        return pick(sheet.series, key=sheet.height)
    found = re.search(r" value of (.+)\?", text)
    series = found[1] if found else sheet.head[1]
    value = pick(sheet.column(series))
    if text.startswith("What"):
        return value
    name = sheet.name_of(value, series)
    return float(name) if sheet.kind == "scatter" else name


def two(sheet, pattern, text):
    return [sheet.at(phrase) for phrase in re.fullmatch(pattern, text).groups()]


def difference(sheet, text):
    larger, smaller = two(
        sheet, r"By how much is (?:the value of|.+ where) (.+) larger than (?:that of|where) (.+)\?", text
    )
    return larger - smaller


def total(sheet, text):
    if found := re.fullmatch(r"What is the total of (.+)\?", text):
        return sum(sheet.at(f"{found[1]} ({series})") for series in sheet.series)
    if found := re.fullmatch(r"What is the sum of all values(?: of (.+))?\?", text):
        return sum(sheet.column(found[1] or sheet.head[1]))
    return sum(two(sheet, r"What is the sum of (?:the values of|.+? where) (.+) and (?:.+ where )?(.+)\?", text))


def ratio(sheet, text):
    pattern = (
        r"How many times (?:the value of|.+? where) (.+) is (?:the value of|.+ where) (.+)\? Round to two decimals\."
    )
    smaller, larger = two(sheet, pattern, text)
    return round(larger / smaller, 2)


def trend(sheet, text):
    if found := re.fullmatch(r"Does the line of (.+) end higher or lower than it starts\?", text):
        column = sheet.column(found[1])
        return "higher" if column[-1] > column[0] else "lower"
    if sheet.kind == "scatter":
        found = re.search(r" in group (.+) tend", text)
        rows = [row for row in sheet.rows if not found or row[2] == found[1]]
        x, y = ([float(row[at]) for row in rows] for at in range(2))
        mx, my = sum(x) / len(x), sum(y) / len(y)
        r = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / math.sqrt(
            sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y)
        )
        return "rising" if r > 0.5 else "falling" if r < -0.5 else "neither"
    found = re.match(r"Does the line of (.+) rise", text)
    column = sheet.column(found[1] if found else sheet.head[1])
    up = {after > before for before, after in itertools.pairwise(column)}
    return {frozenset({True}): "rising", frozenset({False}): "falling"}.get(frozenset(up), "neither")


def counting(sheet, text):
    if "does the chart show" in text:
        if sheet.dense:
            return len(sheet.series)
        return len(sheet.rows) * (1 if sheet.kind == "scatter" else len(sheet.series))
    if sheet.kind == "scatter":
        series, limit = re.fullmatch(r"How many points have (.+) above (.+)\?", text).groups()
    else:
        series, limit = re.fullmatch(r"How many .+s have a value(?: of (.+))? above (.+)\?", text).groups()
    column = sheet.column(series or sheet.head[1])
    # What lies upon the line could be counted either way.
    assert float(limit) not in column
    return sum(value > float(limit) for value in column)


def yes_no(sheet, text):
    if found := re.fullmatch(r"Does (.+) (?:end|lie) higher (?:on average )?than (.+)\?", text):
        one, other = map(sheet.height, found.groups())
    elif found := re.fullmatch(r"Is (?:the value of|.+ where) (.+) larger than (?:that of|where) (.+)\?", text):
        one, other = map(sheet.at, found.groups())
    else:
        found = re.fullmatch(r"Is (?:the value of|.+ where) (.+) larger than (.+)\?", text)
        one, other = sheet.at(found[1]), float(found[2])
    assert one != other
    return "yes" if one > other else "no"


SOLVERS = {
    "lookup": lookup,
    "comparison": comparison,
    "extreme": extreme,
    "difference": difference,
    "sum": total,
    "ratio": ratio,
    "trend": trend,
    "counting": counting,
    "yes_no": yes_no,
}


@settings(max_examples=60)
@given(
    st.integers(0, 10**9),
    st.sampled_from(["tiny", "easy", "middle", "hard"]),
    st.sampled_from(KINDS),
    st.sampled_from(["train", "test"]),
    st.sampled_from([True, True, False]),
)
def test_answers_follow_from_the_table(seed, level, kind, split, readable):
    chart = make_chart(seed, level, split, kind, readable=readable)
    records = questions(chart, seed, per_type=2)
    assert len({record["question"] for record in records}) == len(records)
    for record in records:
        text = HINT.sub("", record["question"])
        if record["type"] == "appearance":
            assert record["answer"] in chart.colours
            continue
        answer = SOLVERS[record["type"]](Sheet(record), text)
        if isinstance(answer, str):
            assert record["answer"] == answer
        else:
            assert record["answer"] == pytest.approx(answer, abs=1e-6)
        assert (record["tolerance"] == 0) or isinstance(record["answer"], int | float)


def test_worked_example():
    table = Table(("Letter", "Value"), (("D", 8), ("V", 7), ("W", 7), ("X", 5)))
    chart = Chart("bar", LEVELS["tiny"], "plain", 0, "train", "", table, ("blue",), printed=True)
    assert table.csv() == "Letter,Value\nD,8\nV,7\nW,7\nX,5\n"
    asked = {record["type"]: record for record in questions(chart, 0, per_type=30)}
    every = [record for record in questions(chart, 0, per_type=30) if record["type"] == "sum"]
    assert every[0]["question"].endswith(r"? Give a number in \boxed{}.")
    answers = {record["question"].partition("?")[0]: record["answer"] for record in every}
    assert answers["What is the sum of all values"] == 27
    assert {8 + 7, 7 + 7, 8 + 5, 7 + 5} < set(answers.values())
    # V and W are equal: nobody asks which of them is larger, or by how much.
    compared = " ".join(record["question"] for record in questions(chart, 0, ["comparison", "yes_no"], 30))
    assert "V or W" not in compared
    assert "W or V" not in compared
    assert "trend" not in asked


def test_tolerance_is_none_where_values_are_printed():
    chart = make_chart(0, "easy", kind="bar", printed=True, readable=True)
    assert chart.printed
    for record in questions(chart, 1, per_type=3):
        assert record["tolerance"] <= 0.005


def test_tolerance_adds_up_what_each_reading_costs():
    chart = make_chart(3, "easy", kind="stacked", printed=False, readable=True)
    for record in questions(chart, 1, ["lookup", "sum", "difference"], per_type=4):
        readings = record["tolerance"] / (0.02 * chart.top)
        assert readings == pytest.approx(round(readings), abs=1e-3)
        assert 1 <= round(readings) <= 4
        if record["question"].startswith("What is the total"):
            assert round(readings) == 1


def test_answers_are_balanced():
    sides, trends = Counter(), Counter()
    for seed in range(60):
        for record in questions(make_chart(seed, "easy", kind="bar"), seed, ["yes_no"]):
            sides[record["answer"]] += 1
        for record in questions(make_chart(seed, "easy", kind="line", readable=True), seed, ["trend"], per_type=2):
            trends[record["answer"]] += 1
    assert min(sides.values()) > 0.35 * sum(sides.values())
    assert len(trends) == 3
    assert min(trends.values()) > 0.15 * sum(trends.values())


def test_no_number_is_asked_of_a_chart_without_numbers():
    for kind in KINDS:
        chart = make_chart(5, "easy", kind=kind, readable=False)
        asked = {record["type"] for record in questions(chart, 0)}
        assert asked.isdisjoint({"lookup", "difference", "sum", "ratio"})
        assert asked >= {"comparison", "counting", "yes_no"}


def test_plain_and_boxed():
    chart = make_chart(1, "easy", kind="bar")
    assert all("boxed" in record["question"] for record in questions(chart, 0))
    assert not any("boxed" in record["question"] for record in questions(chart, 0, boxed=False))


def test_bad_arguments():
    chart = make_chart(0)
    with pytest.raises(MediaError, match="did you mean 'lookup'"):
        questions(chart, 0, ["lokup"])
    with pytest.raises(MediaError, match="per_type"):
        questions(chart, 0, TYPES, per_type=0)
