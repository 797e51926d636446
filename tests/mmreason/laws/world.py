"""The batch that all members are tried on: every question type, and answers from right to hostile."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mmreason.asks import EMA, POLICY, REFERENCE
from mmreason.types import Batch, Completion, Group, Progress, Task
from tests.mmreason.fakes import prompt, settled
from tests.mmreason.tiny_lm import TinyLM

METRO = {"Line A": ["Elm", "Oak", "Pine", "Ash"], "Line B": ["Pine", "Fir", "Yew"]}
SECTIONS = [
    {"route_name": "Line A", "departure_stop": "Elm", "arrival_stop": "Pine"},
    {"route_name": "Line B", "departure_stop": "Pine", "arrival_stop": "Yew"},
]
ROUTE = "\n--\n".join(
    f"Route Name: {s['route_name']}\nDeparture Stop: {s['departure_stop']}\nArrival Stop: {s['arrival_stop']}"
    for s in SECTIONS
)
KINDS = {"TorF1": 1, "Counting1": 1, "Counting2": 2, "planning": None}
TEXTS = (
    "\\boxed{yes}",
    ROUTE,
    "\\boxed{2}",
    "<think>two lines meet</think><answer>\\boxed{B}</answer>",
    "",
    "A B C D yes no \\boxed{",
    ROUTE.replace("Pine", "Fir"),
    "\x00 --\n-- \\boxed{٢}",
)


def tasks() -> list[Task]:
    out = []
    for kind, answer in KINDS.items():
        record = {
            "type": kind,
            "station_1": "Elm",
            "station_2": "Yew" if kind == "planning" else "Ash",
            "metro": METRO,
            "difficulty_city": "hard",
            "difficulty_question": "middle",
            "question_transfer_count": int(kind == "planning"),
            "routes": {"0": SECTIONS},
            "answer": answer,
        }
        gold = {"TorF1": "yes", "Counting1": "B", "Counting2": "2", "planning": ROUTE}[kind]
        out.append(Task(id=kind, prompt=prompt(f"a question of type {kind}"), answer=gold, record=record))
    return out


def completions(seed: int) -> tuple[Completion, ...]:
    """One of each text; lengths 0 to 6, some tokens forced, one cut by the limit."""
    rng = torch.Generator().manual_seed(seed)
    out = []
    for i, text in enumerate(TEXTS):
        num = 0 if not text else 1 + (i * 5 + seed) % 6
        wrote = torch.rand(num, generator=rng) > 0.2
        logprobs = -2 * torch.rand(num, generator=rng, dtype=torch.float64) * wrote
        tokens = torch.randint(1, 12, (num,), generator=rng)
        finish = "length" if i == 5 else "stop"
        spans = (("think", 0, num // 2),)
        out.append(
            Completion(text=text, tokens=tokens, logprobs=logprobs, wrote=wrote, finish=finish, spans=spans)  # type: ignore[arg-type]
        )
    return tuple(out)


def groups() -> list[Group]:
    return [Group(task, completions(k)) for k, task in enumerate(tasks())]


def measured(groups: Sequence[Group], *roots: object, terms: Sequence[object] = ()) -> Batch:
    """Everything under the roots, asked of a small model in each role."""
    models = {POLICY: TinyLM(), REFERENCE: TinyLM(1), EMA: TinyLM(2)}
    return settled(groups, *roots, terms=terms, models=models, progress=Progress(1, 4))


def permuted(group: Group, order: Sequence[int]) -> Group:
    """The same group in another order, with nothing measured yet."""
    return Group(group.task, tuple(group.completions[i] for i in order))


ORDER = (3, 7, 0, 5, 1, 6, 2, 4)
