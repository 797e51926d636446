"""Completions as a policy writes them, right, wrong and malformed, for the timing of rewards."""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch

from mmreason.parsing.stations import clean_metro
from mmreason.types import Batch, Completion, Group, Task
from vision_data.generators.transit.network import TransitMap, make_map
from vision_data.generators.transit.questions import questions
from vision_data.generators.transit.traces import describe, explain
from vision_data.messages import system, user

Problem = tuple[str, list[str], list[str]]
"""Gold answer, other ways to write it, wrong answers."""

GROUP = 8
LEVELS = ("easy", "middle", "hard")


def completion(text: str) -> Completion:
    """A completion with this text; rewards that ask no model do not look at its tokens."""
    return Completion(text=text, tokens=torch.zeros(1).long(), logprobs=torch.zeros(1), wrote=torch.ones(1).bool())


def transit_batch(num: int, seed: int = 0) -> Batch:
    """Questions of every type on generated maps, in groups of 8: worked answers with slips, about 2,000 characters."""
    groups: list[Group] = []
    for number, (record, transit_map) in enumerate(transit_records(seed)):
        if len(groups) == -(-num // GROUP):
            break
        texts = [transit_text(record, transit_map, seed + i) for i in range(GROUP)]
        record["metro"] = clean_metro(transit_map.metro())
        prompt = (system("You are a helpful assistant."), user(record["question"]))
        task = Task(id=f"q{number}", prompt=prompt, answer=str(record["answer"]), record=record)
        groups.append(Group(task, tuple(map(completion, texts))))
    return Batch(tuple(groups))


def transit_records(seed: int) -> Iterator[tuple[dict[str, object], TransitMap]]:
    """Endless questions with their maps."""
    number = seed
    while True:
        transit_map = make_map(number, LEVELS[number % len(LEVELS)])
        for record in questions(transit_map, number):
            yield record, transit_map
        number += 1


def transit_text(record: dict[str, object], transit_map: TransitMap, seed: int) -> str:
    """Reasoning over the whole map, then an answer that may be wrong, cut, or without its form."""
    rng = random.Random(f"{record['question']}{seed}")
    thought = f"{describe(transit_map)[1]} Let me check this again, line by line. " * 4
    text = f"{thought}{explain(record, transit_map, seed, slip=0.15)}"
    kind = rng.random()
    if kind < 0.05:
        return text[: rng.randrange(len(text))]
    return text.replace("\\boxed", "").replace("Route Name: ", "By ") if kind < 0.1 else text


def math_batch(num: int, seed: int = 0) -> Batch:
    """Problems with answers of many kinds, in groups of 8: thoughts of about 1,500 characters, then a boxed answer."""
    groups = []
    for number in range(-(-num // GROUP)):
        rng = random.Random(f"math {seed} {number}")
        gold, same, others = rng.choice(PROBLEMS)(rng)
        task = Task(id=f"m{number}", prompt=(user("Solve it. Put the answer in \\boxed{}."),), answer=gold)
        texts = (math_text(rng, gold, same, others) for _ in range(GROUP))
        groups.append(Group(task, tuple(map(completion, texts))))
    return Batch(tuple(groups))


def math_text(rng: random.Random, gold: str, same: list[str], others: list[str]) -> str:
    """A thought, then the gold answer, another way to write it, or a wrong one; now and then cut or without a box."""
    steps = [
        f"Step {i}: we get $x_{{{i}}} = \\frac{{{rng.randrange(99)}}}{{{1 + i}}}$, so the sum grows." for i in range(25)
    ]
    kind = rng.random()
    answer = gold if kind < 0.3 else rng.choice(same) if kind < 0.5 else rng.choice(others)
    ending = f"The final answer is \\boxed{{{answer}}}." if rng.random() < 0.93 else f"That gives {answer} in the end."
    return f"<think>{' '.join(steps)} Perhaps \\boxed{{{rng.choice(others)}}}?</think>\n{ending}"


def whole_number(rng: random.Random) -> Problem:
    """A count, with and without separators and units."""
    n = rng.randrange(1, 200_000)
    return str(n), [f"{n:,}", f"{n}.0", f"{n}\\text{{ cm}}", f"x = {n}"], [str(n + 1), str(n * 10), f"{n}, {n + 1}"]


def fraction(rng: random.Random) -> Problem:
    """A quotient, as fraction and decimal."""
    a, b = rng.randrange(1, 40), rng.choice((2, 4, 5, 8, 20))
    same = [f"{a}/{b}", f"\\dfrac{{{a}}}{{{b}}}", str(a / b), f"\\frac{{{3 * a}}}{{{3 * b}}}"]
    return f"\\frac{{{a}}}{{{b}}}", same, [f"\\frac{{{b}}}{{{a + 1}}}", str(a / b + 0.1), f"{a}"]


def root(rng: random.Random) -> Problem:
    """A sum with a square root."""
    a, b = rng.randrange(1, 30), rng.choice((2, 3, 5, 7))
    same = [f"\\sqrt{{{b}}}+{a}", f"{a}+\\frac{{{b}}}{{\\sqrt{{{b}}}}}"]
    return f"{a}+\\sqrt{{{b}}}", same, [f"{a}-\\sqrt{{{b}}}", f"{a}+{b}", f"\\sqrt{{{a + b}}}"]


def polynomial(rng: random.Random) -> Problem:
    """A square, multiplied out or not."""
    a = rng.randrange(1, 20)
    return f"x^2+{2 * a}x+{a * a}", [f"(x+{a})^2", f"x(x+{2 * a})+{a * a}"], [f"(x-{a})^2", f"x^2+{a * a}", f"x+{a}"]


def interval(rng: random.Random) -> Problem:
    """An interval, open on one side."""
    a = rng.randrange(1, 20)
    return f"[{a},\\infty)", [f"[{a}, \\infty)"], [f"({a},\\infty)", f"[{a},{a + 5})", str(a)]


def roots(rng: random.Random) -> Problem:
    """Two solutions."""
    a, b = rng.sample(range(1, 30), 2)
    return f"{a},{b}", [f"{b}, {a}", f"\\{{{a},{b}\\}}"], [f"{a}", f"{a},{b},{b + 1}", f"x={a + b}"]


def inequality(rng: random.Random) -> Problem:
    """A relation, which only the algebra system can compare."""
    a = rng.randrange(1, 20)
    return f"x > {a}", [f"{a} < x"], [f"x < {a}", f"x \\ge {a}", str(a)]


PROBLEMS = (*[whole_number] * 5, *[fraction] * 3, *[root] * 2, *[polynomial] * 2, interval, roots, inequality)
"""About as often as in collections of contest problems."""
