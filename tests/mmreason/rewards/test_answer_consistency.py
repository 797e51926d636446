"""ACRE: the second pass and its four outcomes, with a policy that answers by a script; the numbers of the card."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from mmreason.asks import JUDGE, POLICY, Generate, Request, Tokenise
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.metrics.option_consistency import OptionConsistency
from mmreason.probes.implied_option import ImpliedOption, JudgedOption
from mmreason.probes.shuffled_pass import (
    ForcedReasoning,
    OptionShuffle,
    ShuffledPass,
    options_named,
    question_of,
)
from mmreason.rewards.answer_consistency import (
    AnswerConsistency,
    CanShuffle,
    ImpliedAnswer,
    SameAfterShuffle,
    four_way,
)
from mmreason.rewards.base import Term
from mmreason.signals import check
from mmreason.types import Batch, Completion, Group, Progress, Task
from tests.mmreason.fakes import D, Plain, Says, close, comp, fixed, settled
from vision_data.messages import text_of, user
from vision_data.prompts import MultipleChoice, reorder

OPTIONS = ["cat", "dog", "fox", "owl"]
ORDER = (3, 2, 0, 1)
"""The card's: owl, fox, cat, dog; the gold fox is B now."""


NUMBERS = ("one", "two", "three", "four", "five")


def question(options: Sequence[str] = OPTIONS, answer: str | None = "C", id: str = "q0", **record: Any) -> Task:
    lines = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCDEF", options, strict=False))
    prompt = (user(f"Which animal?\n{lines}\nThink."),)
    return Task(id=id, prompt=prompt, answer=answer, record={"options": list(options), **record})


def asked_of() -> MultipleChoice:
    found = question_of(question())
    assert found is not None
    return found


def wrote(answer: str, thought: str = "It has a tail.") -> Completion:
    return comp([1], text=f"<think>{thought}</think><answer>{answer}</answer>")


class Scripted(Plain):
    """A policy that writes the text of a number of completions as token ids, and answers second passes by a rule."""

    def __init__(self, rule: Callable[[str, str], str]) -> None:
        self.rule, self.texts = rule, [""]
        self.asked: list[Generate] = []
        self.calls = 0

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        self.calls += 1
        return [self.one(request) for request in requests]

    def one(self, request: Any) -> Any:
        if isinstance(request, Tokenise):
            assert not request.end
            assert not request.wrote
            self.texts.append(request.text)
            return comp([len(self.texts) - 1], text=request.text)
        assert isinstance(request, Generate)
        self.asked.append(request)
        before = self.texts[int(request.after.tokens[0])]  # type: ignore[union-attr]
        return [comp([1], text=before + self.rule(text_of(request.prompt), before) + "</answer>")]


def measured(groups: Sequence[Group], *roots: object, rule: Callable[[str, str], str]) -> tuple[Batch, Scripted]:
    policy = Scripted(rule)
    return settled(groups, *roots, models={POLICY: policy}), policy


def letter_of(prompt: str, text: str) -> str:
    """The letter under which an option stands now."""
    return next(line[0] for line in prompt.splitlines() if line[1:] == f". {text}")


def content(prompt: str, before: str) -> str:
    """A reader that finds the option named in the reasoning."""
    return next((letter_of(prompt, text) for text in OPTIONS if text in before), "A")


def test_the_four_outcomes_of_the_card_by_letters_of_the_new_order() -> None:
    change = reorder(asked_of(), ORDER)
    assert change.question.options == ("owl", "fox", "cat", "dog")
    assert change.question.answer == "B"
    first, second = ["C", "C", "A", "D"], ["B", "C", "B", "A"]
    back = [change.old_answer(letter) for letter in second]
    assert back == ["C", "A", "C", "D"]  # fox, cat, fox, owl
    right = torch.tensor([a == "C" for a in first]), torch.tensor([b == "C" for b in back])
    close(four_way(*right), [1.0, 0.5, 0.25, 0.0])


def test_rewards_and_advantages_of_the_card() -> None:
    """With format 1 and accuracy added: R = [3, 2.5, 1.25, 1]."""
    group = Group(question(), tuple(map(wrote, ("C", "C", "A", "D"))))
    reward = AnswerConsistency()
    group.signals[reward.again.shuffle] = ORDER
    second = torch.zeros(4, 4, dtype=D)
    second[range(4), [2, 0, 2, 3]] = 1  # fox, cat, fox, owl
    group.signals[reward.again] = second
    batch = settled([group], reward.accuracy)
    close(reward.score(batch.groups[0]), [1, 0.5, 0.25, 0])
    close(SameAfterShuffle(reward.again).score(batch.groups[0]), [1, 0, 0, 1])
    totals = fixed([3, 2.5, 1.25, 1])
    by = GroupNorm(eps=1e-4)
    norm = settled([Group(question(), group.completions)], by, terms=(Term("r", totals),))
    close([a[0] for a in norm.groups[0][by]], [1.100292, 0.582508, -0.711954, -0.970846], 1e-5)


def test_reasoning_that_carries_the_answer_survives_and_letters_do_not() -> None:
    said = (("C", "So the fox."), ("C", "So C."), ("A", "So the fox."), ("A", "So A."))
    g = Group(question(), tuple(wrote(*pair) for pair in said))

    def rule(prompt: str, before: str) -> str:
        named = [text for text in OPTIONS if text in before]
        return letter_of(prompt, named[0]) if named else before.split("So ")[1][0]

    reward = AnswerConsistency()
    batch, policy = measured([g], reward, SameAfterShuffle(), rule=rule)
    found = batch.groups[0]
    close(found[reward][[0, 2]], [1.0, 0.25])
    assert float(found[reward][1]) == 0.5  # C is another option now: the right letter always changes
    assert float(found[reward][3]) in (0.0, 0.25)
    close(found[SameAfterShuffle()][:3], [1, 0, 0])
    assert policy.calls == 2  # one call for the tokens, one for all second passes
    for ask in policy.asked:
        assert ask.limit == 9
        assert ask.sampling.temperature == 0
        assert "</answer>" in ask.sampling.stop
        assert not ask.after.wrote.any()  # type: ignore[union-attr]
        assert text_of(ask.prompt) != text_of(g.task.prompt)


def test_without_a_think_block_there_is_no_second_pass_and_the_second_answer_is_wrong() -> None:
    texts = ("<answer>C</answer>", "<think>A fox, and so on and", "", "fox</think><answer>C</answer>")
    g = Group(question(), tuple(comp([1], text=text) for text in texts))
    reward = AnswerConsistency()
    batch, policy = measured([g], reward, SameAfterShuffle(), rule=content)
    assert len(policy.asked) == 1  # the last one: some chat templates open the thought in the prompt
    close(batch.groups[0][reward], [0.5, 0, 0, 1])
    close(batch.groups[0][SameAfterShuffle()], [0, 0, 0, 1])


@pytest.mark.parametrize("reply", ["", "E", "A or B", "banana", "all of them", "A, B, C, D"])
def test_a_second_answer_that_names_no_option_or_too_many_is_wrong(reply: str) -> None:
    reward = AnswerConsistency()
    batch, _ = measured([Group(question(), (wrote("C"),))], reward, rule=lambda prompt, before: reply)
    close(batch.groups[0][reward], [0.5])


def test_the_right_letter_always_changes_and_the_order_is_drawn_by_task_and_step() -> None:
    seen = set()
    for step in range(40):
        view = OptionShuffle().shuffled(question(), Progress(step, 50, "train"))
        assert view is not None
        assert view.change.question.answer != "C"
        assert view == OptionShuffle().shuffled(question(), Progress(step, 50, "train"))
        seen.add(view.change.order)
    assert len(seen) > 10
    at = Progress(3, 50, "train")
    assert len({str(OptionShuffle(seed).shuffled(question(), at)) for seed in range(9)}) > 1
    assert len({str(OptionShuffle().shuffled(question(id=f"q{i}"), at)) for i in range(9)}) > 1


def test_two_options_change_places() -> None:
    view = OptionShuffle().shuffled(question(("yes", "no"), "A"), Progress())
    assert view is not None
    assert view.change.order == (1, 0)


def test_equal_texts_are_told_apart_by_position() -> None:
    """The gold option is the second of two that read the same."""
    task = question(("cat", "cat", "dog"), "B")
    view = OptionShuffle().shuffled(task, Progress())
    assert view is not None
    assert view.change.order.index(1) != 1
    where = "ABC"[view.change.order.index(1)]
    other = "ABC"[view.change.order.index(0)]
    reward = AnswerConsistency()
    for letter, worth in ((where, 1.0), (other, 0.5)):
        batch, _ = measured([Group(task, (wrote("B"),))], reward, rule=lambda p, b, said=letter: said)  # type: ignore[misc]
        close(batch.groups[0][reward], [worth])


@pytest.mark.parametrize(
    "task",
    [
        question([], "42"),
        question(answer=None),
        question(answer="blue"),
        question(("Both A and C", "a", "Option B", "d"), "B"),
        Task(id="q0", prompt=(user("How many?"),), answer="C", record={"options": OPTIONS}),
        question(("yes",), "A"),
    ],
    ids=["number", "no gold", "gold is no option", "letters in options", "options not shown", "one option"],
)
def test_a_question_that_cannot_be_shuffled_asks_nothing_and_earns_nothing(task: Task) -> None:
    g = Group(task, (wrote("C"), wrote("A")))
    reward, same, can = AnswerConsistency(), SameAfterShuffle(), CanShuffle()
    batch, policy = measured([g], reward, same, can, rule=content)
    assert policy.calls == 0
    known = ~batch.groups[0][reward.accuracy].isnan()
    close(batch.groups[0][reward][known], [0.0] * int(known.sum()))
    close(batch.groups[0][same], [math.nan, math.nan])
    close(batch.groups[0][can], [0, 0])


def test_elsewhere_the_accuracy_may_stand_in() -> None:
    task = Task(id="q0", prompt=(user("How many?"),), answer="42", record={})
    reward = AnswerConsistency(elsewhere="accuracy")
    batch, _ = measured([Group(task, (wrote("42"), wrote("41")))], reward, rule=content)
    close(batch.groups[0][reward], [1, 0])


def test_several_right_options_are_compared_as_sets() -> None:
    task = question(answer="A,C")
    reward = AnswerConsistency()

    def rule(prompt: str, before: str) -> str:
        return f"{letter_of(prompt, 'fox')}, {letter_of(prompt, 'cat')}"

    batch, _ = measured([Group(task, (wrote("A, C"), wrote("A")))], reward, rule=rule)
    close(batch.groups[0][reward], [1, 0.25])


def test_letters_are_taken_out_of_the_reasoning_before_it_is_read_again() -> None:
    thought = "(A) has no tail, so the answer is C, a fox."
    c = wrote("C", thought)
    assert ForcedReasoning().text(c) == f"<think>{thought}</think><answer>"
    assert ForcedReasoning(redact=True).text(c) == (
        "<think>[option] has no tail, so the answer is [option], a fox.</think><answer>"
    )
    assert ForcedReasoning().text(wrote("C", "")) == "<think></think><answer>"


def test_coefficients_that_would_pay_for_inconsistency_are_refused() -> None:
    for wrong in ((0.5, 0.5, 0.0), (1.0, 0.2, 0.5), (1.0, 0.5, -0.1)):
        with pytest.raises(RecipeError, match="both > first >= second >= 0, got"):
            AnswerConsistency(*wrong)
    assert AnswerConsistency(1.0, 0.5, 0.0).second == 0
    with pytest.raises(RecipeError, match="elsewhere is 'nan'"):
        AnswerConsistency(elsewhere="nan")  # type: ignore[arg-type]
    check(AnswerConsistency())
    check(OptionConsistency())


def test_a_task_without_a_gold_answer_is_not_measured() -> None:
    batch, _ = measured([Group(question(answer=None), (wrote("C"),))], AnswerConsistency(), rule=content)
    assert bool(batch.groups[0][AnswerConsistency()].isnan().all())


def test_consistency_rates_and_failure_types() -> None:
    """Consistent and right; right reasoning, wrong answer; wrong reasoning, right answer; no reasoning."""
    cs = (wrote("C", "A fox."), wrote("A", "A fox."), wrote("C", "A cat."), wrote("C", "Hm."))
    batch, _ = measured([Group(question(), cs)], OptionConsistency(), rule=content)
    found = OptionConsistency()(batch)
    assert found["cacr"] == 1 / 4
    assert found["cr_wa"] == 1 / 4
    assert found["wr_ca"] == 2 / 4
    assert found["oscr"] in (1 / 4, 2 / 4)  # "Hm." is answered with A, whatever stands there


def test_a_judge_reads_the_option_and_never_sees_the_answer() -> None:
    replies = iter(["B", "none", "It could be anything", "(C)"])
    seen: list[str] = []

    def reply(request: Any) -> list[Completion]:
        seen.append(text_of(request.prompt))
        return [comp([1], text=next(replies))]

    judge = Says(reply)
    cs = tuple(comp([1], text="<answer>D</answer>") if t == "four" else wrote("D", t) for t in NUMBERS)
    implied = JudgedOption()
    same = ImpliedAnswer("gold", implied)
    batch = settled([Group(question(question="Which animal?"), cs)], implied, same, models={JUDGE: judge})
    close(batch.groups[0][implied], [1, -1, math.nan, -1, 2])
    close(batch.groups[0][same], [0, 0, math.nan, 0, 1])
    assert judge.asked == 4
    assert all("Which animal?" in text and "A. cat" in text and "D</answer>" not in text for text in seen)


def test_the_rule_reads_what_the_reasoning_names_last() -> None:
    cs = (wrote("C", "A cat? No, a fox."), wrote("C", "Hm."), comp([1], text="C"))
    batch = settled([Group(question(), cs), Group(question(id="q1", options=[]), cs)], ImpliedOption())
    close(batch.groups[0][ImpliedOption()], [2, -1, -1])
    assert bool(batch.groups[1][ImpliedOption()].isnan().all())


def test_answers_are_read_by_letter_or_text() -> None:
    for text, found in (("B", (1,)), ("(b) dog", (1,)), ("dog", (1,)), ("A,C", (0, 2)), ("B. cat", ()), ("", ())):
        assert options_named(f"<think>x</think><answer> {text} </answer>", OPTIONS) == found
    assert ShuffledPass().read(Group(question(), ()), []).shape == (0, 0)
