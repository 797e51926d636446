"""Thoughts for known answers: what is asked, what is kept, and a stage that learns from it."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.asks import POLICY, Generate, Tokenise
from mmreason.data.kept_demonstrations import Demonstrated, DemonstrationStore, KeepDemonstrations
from mmreason.errors import DataError, RecipeError
from mmreason.rollouts.reverse_thinking import ReverseThinking
from mmreason.types import Batch
from tests.mmreason.fakes import Says, Tasks, comp, run_of, scene, task
from vision_data.messages import text_of


def thinker(*thoughts: str, finish: str = "stop") -> Says:
    """A policy that writes these thoughts, and tokenises as asked."""

    def reply(request: Any) -> Any:
        if isinstance(request, Tokenise):
            return comp([1, 2], text=request.text)
        assert isinstance(request, Generate)
        return [comp([1], text=text, finish=finish) for text in thoughts[: request.num]]

    return Says(reply)


def test_thought_and_gold_answer_are_put_together() -> None:
    policy = thinker(" Two left, one right. \n")
    [found] = ReverseThinking()([task("a", "How many?", answer="3")], scene(run_of({POLICY: policy})))
    assert [c.text for c in found.completions] == ["<think>Two left, one right.</think><answer>3</answer>"]
    assert found.task.prompt == task("a", "How many?").prompt  # trained under the question alone
    [acted] = ReverseThinking(tag="action")([task("a", answer="{}")], scene(run_of({POLICY: policy})))
    assert acted.completions[0].text.endswith("<action>{}</action>")


def test_the_answer_stands_in_the_prompt_that_is_sampled_under() -> None:
    asked: list[Generate] = []

    def reply(request: Any) -> Any:
        asked.extend([request] if isinstance(request, Generate) else [])
        return [comp([1], text="so")] if isinstance(request, Generate) else comp([1], text=request.text)

    rollout = ReverseThinking(num=2, limit=9, temperature=0.5, ask="It is {answer}. Why?", drop=" In tags.")
    rollout([task("a", "How many? In tags.", answer="3")], scene(run_of({POLICY: Says(reply)})))
    assert text_of(asked[0].prompt) == "How many?\nIt is 3. Why?"
    assert (asked[0].num, asked[0].limit, asked[0].sampling.temperature) == (2, 9, 0.5)


def test_thoughts_that_cannot_be_used_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    of = [task("a", answer="3"), task("b", answer="4")]
    for policy in (thinker(" \n"), thinker("cut", finish="length"), thinker("so <answer>3</answer>")):
        assert ReverseThinking()(of, scene(run_of({POLICY: policy}))) == []
    assert "2 of 2 tasks got no usable thought" in caplog.text
    groups = ReverseThinking(num=2)(of, scene(run_of({POLICY: thinker("", "good")})))
    assert [len(g) for g in groups] == [1, 1]


def test_settings_and_tasks_that_cannot_be_asked() -> None:
    for how, message in (
        ({"ask": "Why?"}, "no {answer} in it"),
        ({"num": 0}, "num >= 1"),
        ({"temperature": -1.0}, "temperature >= 0"),
    ):
        with pytest.raises(RecipeError, match=message):
            ReverseThinking(**how)
    with pytest.raises(DataError, match="task 'a': reverse thinking needs the gold answer"):
        ReverseThinking()([task("a")], scene(run_of({POLICY: thinker("x")})))


def test_what_is_kept_comes_back_as_demonstrations() -> None:
    store = DemonstrationStore().open(run_of({}))
    run = run_of({POLICY: thinker("so")})
    run.models[DemonstrationStore().role] = store
    of = [task("q0", answer="3"), task("q2", answer="5")]
    groups = ReverseThinking()(of, scene(run))
    store.write(KeepDemonstrations().records(Batch(tuple(groups))))
    assert store.texts["q0"] == ["<think>so</think><answer>3</answer>"]
    source = Demonstrated(Numbered()).open(run)
    first = source.next(3)
    assert {t.id for t in first} == {"q0", "q2"}  # q1 has no text
    assert first[0].record["demonstrations"] == store.texts[first[0].id]
    kept = (source.state_dict(), store.state_dict())
    after = [t.id for t in source.next(5)]
    again, empty = Demonstrated(Numbered()).open(run), DemonstrationStore().open(run)
    again.load_state_dict(kept[0])
    empty.load_state_dict(kept[1])
    assert [t.id for t in again.next(5)] == after
    assert empty.texts == store.texts
    assert source.upcoming(2) == []


def test_an_empty_store_says_so() -> None:
    run = run_of({})
    run.models[DemonstrationStore().role] = DemonstrationStore().open(run)
    with pytest.raises(DataError, match="holds no text for any of its 3 tasks"):
        Demonstrated(Numbered()).open(run).next(1)
    with pytest.raises(RecipeError, match="is a store and answers no Tokenise"):
        run.models[DemonstrationStore().role].answer([Tokenise(POLICY, "x")])


class Numbered(Tasks):
    """Three tasks as a spec that can be read."""

    def load_tasks(self, home: object) -> tuple[list[Any], list[Any]]:
        return [task(f"q{i}") for i in range(3)], []
