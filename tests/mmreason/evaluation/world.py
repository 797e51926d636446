"""A small suite, a policy that answers by rule, and items made by hand."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mmreason.asks import POLICY, Generate
from mmreason.data.records import BadRecord
from mmreason.evaluation.items import Item
from mmreason.evaluation.scoring import Job, Way, evaluate
from mmreason.evaluation.suite import By, Suite
from mmreason.parsing.answer_block import answer_block
from mmreason.rewards.base import Term
from mmreason.rewards.soft_multi_answer import SoftMultiAnswer
from mmreason.slots import Opened
from mmreason.types import Completion, Task
from tests.mmreason.fakes import Plain
from vision_data.media import Image
from vision_data.messages import text_of, user

OPTIONS = ("red", "green", "blue")
STRICT = SoftMultiAnswer(strict=True)


@dataclass(frozen=True)
class Colours:
    """Questions with three options, two on each picture, and one without options."""

    num: int
    words: str = "Which colour is it?"

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        home.mkdir(parents=True, exist_ok=True)
        return [self.task(i, home) for i in range(self.num)], []

    def task(self, i: int, home: Path) -> Task:
        lines = "\n".join(f"{letter}. {text}" for letter, text in zip("ABC", OPTIONS, strict=True))
        words = f"\n{self.words} {i}\n{lines}" if i % 5 else f"\nHow many? {i}"
        record: dict[str, Any] = {"type": "colour" if i % 5 else "count"}
        record |= {"options": list(OPTIONS), "question": f"{self.words} {i}"} if i % 5 else {}
        picture = Image(b"\x89PNG not read " + bytes([i // 2]))
        return Task(id=f"q{i}", prompt=(user(picture, words),), answer="ABC"[i % 3] if i % 5 else "2", record=record)


@dataclass(frozen=True)
class Guesser:
    """Plays a policy: answers by the words of the question and the seed; may die or count its answers in a file."""

    log: Path
    dies_at: int = 10**9
    lora: None = None
    """As a policy in this process has it."""

    def open(self, run: Opened) -> GuesserPart:
        return GuesserPart(self)


class GuesserPart(Plain):
    def __init__(self, spec: Guesser) -> None:
        self.spec = spec

    def answer(self, requests: Sequence[Any]) -> list[Any]:
        return [self.said(request) for request in requests]

    def said(self, request: Generate) -> list[Completion]:
        with open(self.spec.log, "a", encoding="utf-8") as file:
            file.write(text_of(request.prompt).split("\n")[1] + "\n")
        if len(self.spec.log.read_text(encoding="utf-8").splitlines()) >= self.spec.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return [self.one(request, i) for i in range(request.num)]

    def one(self, request: Generate, i: int) -> Completion:
        seed = f"{text_of(request.prompt)} {request.seed} {i}" if request.sampling.temperature else "greedy"
        letter = random.Random(seed).choice("ABC")
        text = f"<think>Hm.</think><answer>{letter}</answer>"
        tokens = torch.arange(3 + i)
        return Completion(text=text, tokens=tokens, logprobs=-tokens.double(), wrote=tokens >= 0)


def nothing_drawn(num: int, seed: int) -> Colours:
    return Colours(num)


def no_reader(path: str, bad: str) -> Colours:
    return Colours(10)


SUITE = Suite(
    about="colours",
    read=no_reader,
    drawn=nothing_drawn,
    rewards=(Term("strict", STRICT), Term("partial", SoftMultiAnswer(), 0.0)),
    extract=answer_block,
    apart=(By("type"),),
)


def job(log: Path, num: int = 12, dies_at: int = 10**9, **fields: Any) -> Job:
    way = fields.pop("way", Way(num=3, limit=8, batch=4))
    return Job(suite=SUITE, tasks=Colours(num), models=((POLICY, Guesser(log, dies_at)),), way=way, **fields)


def answer(log: str, home: str, dies_at: int) -> None:
    """An evaluation in a process of its own."""
    evaluate(job(Path(log), dies_at=dies_at), Path(home))


def item(task: str, *right: float, exam: str = "greedy", cluster: str = "", **fields: Any) -> Item:
    """Answers whose vote is how right they are."""
    given: dict[str, Any] = {
        "values": {"accuracy": tuple(right)},
        "votes": tuple(str(x) for x in right),
        "chosen": (None,) * len(right),
        "tokens": (5.0,) * len(right),
        "cut": (0.0,) * len(right),
    }
    return Item(exam=exam, task=task, cluster=cluster or task, **(given | fields))
