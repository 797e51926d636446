"""The words of a geometry problem and its ground truth, in the form of GeoQA: figure, four options, number."""

from __future__ import annotations

from typing import Any

from vision_data.generators.geometry.options import LETTERS
from vision_data.generators.geometry.problem import Problem
from vision_data.generators.geometry.sketch import number, tidy

Record = dict[str, Any]


def questions(problem: Problem, choices: bool = False, boxed: bool = True) -> list[Record]:
    r"""The problem as a record, in a list of one.

    A record holds `question`, `answer` (a number; a letter when `choices` is on), `value` (the number), `tolerance`,
    `options` (four texts), `letter` (the right one), `unit` (a degree sign or empty), `type` (angle, length, area or
    perimeter), `family`, `template`, `num_steps`, `steps` (the solution), `facts`, and where everything is in pixels:
    `points`, `lines`, `circles` (centre, radius), `angles` and `lengths` (points, value, whether given), `asked`,
    `labels` (text and box), `scale` (pixels per unit of length), width and height; `image` is empty until a writer
    fills it.

    Args:
        problem: what the question is about.
        choices: list the options in the question and ask for a letter.
        boxed: whether the answer is asked for in `\boxed{}`.
    """
    sketch = problem.sketch
    texts = [f"{number(value)}{sketch.unit}" for value in problem.options]
    value = tidy(sketch.answer)
    record = {
        "image": "",
        "question": _question(problem, texts if choices else [], boxed),
        "answer": problem.letter if choices else value,
        "value": value,
        "tolerance": 0.0 if value == int(value) else 0.005,
        "options": texts,
        "letter": problem.letter,
        "unit": sketch.unit,
        "type": sketch.ask.kind,
        "family": problem.family,
        "template": sketch.template,
        "num_steps": problem.num_steps,
        "steps": list(sketch.steps),
        "facts": list(sketch.facts),
        "numbers": problem.numbers,
    }
    return [record | _ground_truth(problem)]


def _question(problem: Problem, texts: list[str], boxed: bool) -> str:
    sketch = problem.sketch
    given = [f"{angle.name} = {number(angle.value)}°" for angle in sketch.angles if angle.given]
    known = [*sketch.facts, *(given if problem.numbers != "figure" else [])]
    for length in sketch.lengths:
        if length.given and (length.spoken or problem.numbers != "figure"):
            known.append(f"{length.name} = {number(length.value)}")
    told = ", ".join(known[:-1]) + (" and " if len(known) > 1 else "") + known[-1] if known else ""
    text = f"In the figure, {told}. Find {sketch.words}." if told else f"Find {sketch.words} in the figure."
    form = "Give a number of degrees" if sketch.unit else "Give a number"
    if texts:
        lines = "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, texts, strict=True))
        return f"{text}\n{lines}\nGive the letter of the right option" + (" in \\boxed{}." if boxed else ".")
    return f"{text} {form}" + (" in \\boxed{}." if boxed else ".")


def _ground_truth(problem: Problem) -> Record:
    sketch, layout = problem.sketch, problem.layout()

    def pixels(place: tuple[float, float]) -> list[float]:
        return [round(place[0], 2), round(place[1], 2)]

    return {
        "points": {name: pixels(place) for name, place in layout.at.items()},
        "lines": [list(line) for line in sketch.lines],
        "circles": [{"centre": pixels(centre), "radius": round(radius, 2)} for centre, radius in layout.circles],
        "angles": [
            {"points": [angle.one, angle.vertex, angle.other], "value": tidy(angle.value), "given": angle.given}
            for angle in sketch.angles
        ],
        "lengths": [
            {"points": [length.one, length.other], "value": tidy(length.value), "given": length.given}
            for length in sketch.lengths
        ],
        "asked": list(sketch.ask.points),
        "labels": [{"text": label.text, "box": [round(edge, 1) for edge in label.box]} for label in layout.labels],
        "scale": round(layout.scale, 6),
        "width": problem.size,
        "height": problem.size,
    }
