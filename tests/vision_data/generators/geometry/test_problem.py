"""Every answer is measured again in the pixels of the ground truth, and every step is calculated again."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.generators.geometry import FAMILIES, make_problem, questions
from vision_data.generators.geometry.problem import TEMPLATES, world_split
from vision_data.generators.seeds import rng_for


def angle_at(points, one, vertex, other):
    (ax, ay), (bx, by), (cx, cy) = (points[name] for name in (one, vertex, other))
    turn = math.degrees(math.atan2(ay - by, ax - bx) - math.atan2(cy - by, cx - bx)) % 360
    return min(turn, 360 - turn)


def outline(points, names):
    return [points[name] for name in names]


def area(corners):
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


def measured(record):
    points, scale, asked = record["points"], record["scale"], record["asked"]
    if record["type"] == "angle":
        return angle_at(points, *asked)
    if record["type"] == "length":
        return math.dist(*outline(points, asked)) / scale
    corners = outline(points, asked)
    if record["type"] == "area":
        return area(corners) / scale**2
    return sum(math.dist(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)) / scale


@settings(max_examples=150)
@given(st.integers(0, 10**9), st.sampled_from(FAMILIES), st.integers(1, 3), st.sampled_from(["train", "test"]))
def test_answers_and_givens_are_true_in_the_figure(seed, family, steps, split):
    problem = make_problem(seed, split, family, (steps, steps), size=448)
    (record,) = questions(problem)
    assert record["num_steps"] == steps == len(record["steps"])
    assert measured(record) == pytest.approx(record["value"], rel=2e-3, abs=0.01)
    for angle in record["angles"]:
        assert angle_at(record["points"], *angle["points"]) == pytest.approx(angle["value"], abs=0.1)
        assert 10 < angle["value"] < 175
    for length in record["lengths"]:
        pixels = math.dist(*(record["points"][name] for name in length["points"]))
        assert pixels / record["scale"] == pytest.approx(length["value"], rel=2e-3, abs=0.01)
    for place in record["points"].values():
        assert all(0 < edge < 448 for edge in place)


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def calculate(node):
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](calculate(node.left), calculate(node.right))
    if isinstance(node, ast.Call):
        return math.sqrt(calculate(node.args[0]))
    return node.value


def numbers_in(step):
    """The parts of a step between equals signs that are arithmetic, calculated."""
    parts = re.sub(r" \([^()]*[a-zA-Z][^()]*\)$", "", step).split(" = ")
    sums = [part for part in parts if re.fullmatch(r"(?:sqrt|[\d.+*/^() -])+", part)]
    return [calculate(ast.parse(part.replace("^", "**"), mode="eval").body) for part in sums]


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.sampled_from(FAMILIES))
def test_steps_calculate_to_the_answer(seed, family):
    sketch = make_problem(seed, family=family).sketch
    for step in sketch.steps:
        found = numbers_in(step)
        assert all(value == pytest.approx(found[0], abs=0.0051) for value in found)
    assert numbers_in(sketch.steps[-1])[-1] == pytest.approx(sketch.answer)


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.sampled_from(FAMILIES), st.booleans())
def test_one_option_of_four_is_right(seed, family, choices):
    (record,) = questions(make_problem(seed, "test", family), choices)
    options = [float(option.rstrip("°")) for option in record["options"]]
    assert len(set(options)) == 4
    assert min(options) > 0
    assert options["ABCD".index(record["letter"])] == pytest.approx(record["value"])
    assert record["answer"] == (record["letter"] if choices else record["value"])
    assert all(option.endswith("°") == (record["type"] == "angle") for option in record["options"])
    if record["type"] == "angle":
        assert max(options) < 180
    listed = all(
        f"{letter}. {option}\n" in record["question"] for letter, option in zip("ABCD", record["options"], strict=True)
    )
    assert listed == choices


def test_right_options_are_spread_evenly():
    letters = Counter(make_problem(seed).letter for seed in range(200))
    assert min(letters.values()) > 30


def test_every_template_has_worlds_in_both_splits_and_none_in_both():
    for family, by_steps in TEMPLATES.items():
        for steps, makers in by_steps.items():
            for maker in makers:
                made = [maker(rng_for(maker.__name__, at)) for at in range(60)]
                assert {len(sketch.steps) for sketch in made} == {steps}, (family, maker.__name__)
                for template in {sketch.template for sketch in made}:
                    alike = [sketch for sketch in made if sketch.template == template]
                    assert {world_split(sketch) for sketch in alike} == {0, 1}, template

    def worlds(split):
        found = [make_problem(seed, split).sketch for seed in range(150)]
        return {(s.template, tuple(x.value for x in (*s.angles, *s.lengths)), s.answer) for s in found}

    assert worlds("train").isdisjoint(worlds("test"))


def test_numbers_stand_where_they_are_asked_for():
    for seed in range(30):
        by_place = {
            place: questions(make_problem(seed, family="triangles", numbers=place))[0]
            for place in ("figure", "text", "both")
        }
        for place, record in by_place.items():
            givens = [f"{angle['value']}°" for angle in record["angles"] if angle["given"]]
            texts = [label["text"] for label in record["labels"]]
            assert all((given in texts) == (place != "text") for given in givens)
            assert all((given in record["question"]) == (place != "figure") for given in givens)
            assert "?" in texts


def test_worked_example():
    sketch = TEMPLATES["right_triangles"][1][0](rng_for("any"))
    a, b, c = (int(length.value) for length in sketch.lengths)
    assert a * a + b * b == c * c
    assert sketch.steps == (f"AB = sqrt({a}^2 + {b}^2) = {c} (Pythagoras)",)
    (record,) = questions(make_problem(1, family="right_triangles", steps=(1, 1), numbers="both"))
    assert record["question"].startswith("In the figure, ∠ACB = 90°, ")
    assert record["question"].endswith(r"Give a number in \boxed{}.")


def test_same_seed_same_problem():
    assert make_problem(5, "test", size=224) == make_problem(5, "test", size=224)
    assert make_problem(5) != make_problem(6)


@pytest.mark.parametrize(
    "arguments",
    [{"split": "dev"}, {"family": "circle"}, {"steps": (0, 2)}, {"steps": (3, 2)}, {"size": 100}, {"numbers": "none"}],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(MediaError, match="geometry"):
        make_problem(0, **arguments)


def test_a_near_word_is_proposed():
    with pytest.raises(MediaError, match="did you mean 'circles'"):
        make_problem(0, family="circle")
