"""Laws of all families: gold passes, decoys fail, nothing hangs, and a puzzle is the same wherever it is drawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmreason.checks import decoys
from mmreason.data.sources import LiveOrder
from mmreason.data.text import (
    FAMILIES,
    LOGIC,
    BooleanExpressions,
    Calcudoku,
    Calendar,
    Campsite,
    Cipher,
    Countdown,
    Cryptarithm,
    DyckErrors,
    DyckLanguage,
    Family,
    Futoshiki,
    GameOf24,
    GoodsExchange,
    Kakurasu,
    KnightsAndKnaves,
    MathPath,
    Minesweeper,
    Mixed,
    Numbrix,
    ObjectCounting,
    ObjectProperties,
    Operation,
    RandomCalculation,
    Skyscraper,
    SpaceReasoning,
    StringComposition,
    Sudoku,
    Survo,
    TimeSequence,
    WebOfLies,
    WordLadder,
    WordProblems,
    WordSorting,
    ZebraPuzzle,
)
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.logic import LogicAccuracy
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.output_json import OutputReward
from mmreason.rewards.random_calculation import CalculationReward
from mmreason.signals import check
from mmreason.types import Completion, Group, Task

HOME = Path()
TRICKS = (
    *("", " ", "None", "none of them", "nan", "inf", "-1", "-0", "1e999999", "A, B, C, D, E, F", "yes, no", "? = ?"),
    *("\x00\ud800\uffff", "\u0661", "9**9**9**9", "__import__('os').system('true')", "[[1], [2]]", '{"output": NaN}'),
)
FLOODS = (
    "9",
    "(",
    "[",
    "{",
    '{"a":',
    "<answer>",
    "1 ",
    "\n",
    "x",
    "(1, 1), ",
    "A=1, ",
    "\\boxed{",
    "```\n",
    "0 0 0 0\n",
    "-",
)


def said(text: str) -> Completion:
    none = torch.zeros(0)
    return Completion(text=text, tokens=none.long(), logprobs=none, wrote=none.bool())


def reward_of(family: type[Family]) -> CompletionReward:
    special: dict[type[Family], CompletionReward] = {
        RandomCalculation: CalculationReward(),
        StringComposition: OutputReward(),
        WordProblems: MathAccuracy(verify=False),
    }
    return special.get(family, LogicAccuracy(tags=False))


def drawn(spec: Family) -> list[Task]:
    return spec.load_tasks(HOME)[0]


named: Callable[[type], str] = lambda family: family.__name__  # noqa: E731


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_gold_passes_and_decoys_fail_at_every_level(family: type[Family]) -> None:
    reward = reward_of(family)
    for level in {1, 4, min(family.hardest, 7)}:
        for task in drawn(family(num=1, level=level)):
            answer = task.answer or ""
            for gold in (answer, f"<think>a</think><answer>{answer}</answer>", f"<answer>\n{answer}\n</answer>"):
                assert reward.rate(task, said(gold)) == 1.0, (level, gold)
            for text in decoys(Group(task, ())):
                assert reward.rate(task, said(text)) <= 0.0, (level, text)


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_hostile_answers_neither_pass_nor_hang(family: type[Family]) -> None:
    (task,) = drawn(family(num=1, level=2, seed=5))
    reward = reward_of(family)
    assert reward.rate(task, said(task.answer or "")) == 1.0
    for text in (*TRICKS, *(flood * (3900 // len(flood)) for flood in FLOODS)):
        for form in (text, f"\\boxed{{{text}}}", f"<think></think><answer>{text}</answer>"):
            assert reward.rate(task, said(form)) < 1.0, form[:80]


@pytest.mark.parametrize("family", [RandomCalculation, StringComposition, Sudoku, WordProblems], ids=named)
def test_a_megabyte_neither_passes_nor_hangs(family: type[Family]) -> None:
    (task,) = drawn(family(num=1))
    for flood in FLOODS:
        text = flood * (1_000_000 // len(flood))
        assert reward_of(family).rate(task, said(text)) < 1.0
        assert reward_of(family).rate(task, said(f"<think></think><answer>{text}</answer>")) < 1.0


@pytest.mark.parametrize("family", LOGIC, ids=named)
def test_the_format_is_part_of_the_reward(family: type[Family]) -> None:
    (task,) = drawn(family(num=1))
    gold = f"<answer>{task.answer}</answer>"
    assert LogicAccuracy().rate(task, said(f"<think>a</think>{gold}")) == 1.0
    assert LogicAccuracy().rate(task, said(f"<think></think>\n{gold}\n")) == 1.0
    assert LogicAccuracy(opened=True).rate(task, said(f"a</think>{gold}")) == 1.0
    for text in (gold, f"<think>a</think>{task.answer}", f"<think>a</think>{gold} Done.", task.answer or ""):
        assert LogicAccuracy().rate(task, said(text)) == 0.0


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_a_puzzle_is_the_same_however_many_are_drawn(family: type[Family]) -> None:
    few, more = drawn(family(num=3, seed=3)), drawn(family(num=5, seed=3))
    assert few == more[:3]
    assert [task.record for task in few] == [task.record for task in more[:3]]
    assert len({task.prompt for task in more}) == len({task.id for task in more}) == 5
    assert drawn(family(num=3, seed=4)) != few


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_train_and_test_share_nothing(family: type[Family]) -> None:
    train = {task.prompt for seed in (0, 1) for task in drawn(family(num=2, seed=seed))}
    test = {task.prompt for seed in (0, 1) for task in drawn(family(num=2, seed=seed, split="test"))}
    assert not train & test


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_records_survive_json_and_specs_are_keys(family: type[Family]) -> None:
    spec = family(num=2)
    check(spec)
    assert len({spec, replace(spec), replace(spec, seed=1)}) == 2
    for task in drawn(spec):
        assert json.loads(json.dumps(dict(task.record))) == task.record
        assert task.record["level"] == 1
        copy = replace(task, record=json.loads(json.dumps(dict(task.record))))
        assert reward_of(family).rate(copy, said(task.answer or "")) == 1.0


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_what_is_out_of_range_is_refused(family: type[Family]) -> None:
    for wrong in ({"num": 0}, {"level": 0}, {"level": family.hardest + 1}, {"split": "dev"}, {"layout": "xml"}):
        (name,) = wrong
        with pytest.raises(RecipeError, match=rf"{family.__name__}: {name} is .*expected"):
            family(**wrong)


def test_a_dial_that_is_out_of_range_is_refused() -> None:
    with pytest.raises(RecipeError, match="Sudoku: side is 5, expected 4, 6 or 9"):
        drawn(Sudoku(side=5))
    with pytest.raises(RecipeError, match="Sudoku: blanks is 99, expected 1 to 12"):
        drawn(Sudoku(side=4, blanks=99))


def test_more_puzzles_than_there_are() -> None:
    with pytest.raises(DataError, match=r"found only .* different puzzles in the split 'train'; lower num"):
        drawn(RandomCalculation(num=100, largest=2, derived=0.0, operators=("+",)))


def test_layouts() -> None:
    texts = {
        layout: drawn(Sudoku(num=1, layout=layout))[0].prompt[0].content[0] for layout in ("boxed", "tags", "bare")
    }
    assert texts["boxed"] == texts["bare"] + "\n\nPut your final answer in \\boxed{}."
    assert "<think>" in texts["tags"]
    assert texts["tags"].startswith(texts["bare"])


def test_mixed_takes_turns_and_is_a_source() -> None:
    spec = Mixed((Sudoku(num=1), RandomCalculation(num=3, level=2)))
    check(spec)
    tasks, bad = spec.load_tasks(HOME)
    assert ([task.record["type"] for task in tasks], bad) == (["sudoku"] + ["random_calculation"] * 3, [])
    order = LiveOrder(tasks, 0, True, False, repr(spec))
    assert {task.id for task in order.next(4)} == {task.id for task in tasks}
    with pytest.raises(RecipeError, match="expected at least one data set"):
        Mixed(())


@pytest.mark.parametrize("family", FAMILIES, ids=named)
def test_the_same_seed_draws_the_same_puzzles_for_ever(family: type[Family]) -> None:
    """A change here changes every data set that somebody has drawn: it needs a word in the changelog."""
    assert digest(family) == GOLDEN[family]


def digest(family: type[Family]) -> str:
    """Answers and records of three puzzles, whatever the wording."""
    tasks = drawn(family(num=3, seed=7, level=2))
    told = [[t.answer, {name: value for name, value in t.record.items() if name != "question"}] for t in tasks]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


GOLDEN: dict[type[Family], str] = {
    BooleanExpressions: "e5da348e82c7",
    Calcudoku: "140481568c90",
    Calendar: "c58de0d6b45d",
    Campsite: "b51538853af8",
    Cipher: "8ef5c6b8ff3a",
    Countdown: "3c42de2bd040",
    Cryptarithm: "dbba38256cab",
    DyckErrors: "601e2432401b",
    DyckLanguage: "a90933a82d45",
    Futoshiki: "a3136e31d7fb",
    GameOf24: "4b4769c87f90",
    GoodsExchange: "fb59f0fc3cb9",
    Kakurasu: "3734ffd5254f",
    KnightsAndKnaves: "0b0e3254706c",
    MathPath: "30f455b0cced",
    Minesweeper: "9b35471c88b7",
    Numbrix: "ccc456b4b439",
    ObjectCounting: "405c665feb41",
    ObjectProperties: "47b564cb2f01",
    Operation: "2b5933d4c090",
    RandomCalculation: "4b30b6e69883",
    Skyscraper: "df2b2bf59558",
    SpaceReasoning: "c2be11451afd",
    StringComposition: "ea78a131f146",
    Sudoku: "f7508ccb1d52",
    Survo: "32877defa5c7",
    TimeSequence: "94f8d855fd8a",
    WebOfLies: "cbf6dead3cc3",
    WordLadder: "1cfa852c7b00",
    WordProblems: "92d2d0488774",
    WordSorting: "4804231ae868",
    ZebraPuzzle: "9b8e7546004e",
}
