"""Thoughts that are dropped: which, and what is left of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.asks import POLICY
from mmreason.errors import DataError, RecipeError
from mmreason.models.loading import TINY, where
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rollouts.thought_dropout import ThoughtDropout, dropped, without_thought
from tests.mmreason.fakes import Says, comp, run_of, scene, task

TEXT = "<think>In row 1: 2.</think><answer>2</answer>"
EMPTY = "<think>\n\n</think><answer>2</answer>"


def test_the_worked_example() -> None:
    assert [dropped(u, 0.5) for u in (0.12, 0.73, 0.5, 0.49, 0.91)] == [True, False, False, True, False]
    assert not any(dropped(u, 0.0) for u in (0.0, 0.99))
    assert all(dropped(u, 1.0) for u in (0.0, 0.99))


def test_the_target_is_exact() -> None:
    assert without_thought(TEXT) == EMPTY
    assert without_thought(EMPTY) == EMPTY
    assert without_thought("<think>a\nb</think>\n<answer>1</answer><think>c</think>") == (
        "<think>\n\n</think>\n<answer>1</answer><think>c</think>"
    )
    assert without_thought("<answer>2</answer>") is None


@given(st.text(alphabet="ab\\1\n </>", max_size=30))
def test_whatever_is_thought_goes_and_the_answer_stays(thought: str) -> None:
    emptied = without_thought(f"<think>{thought}</think><answer>\\1 2</answer>")
    assert emptied is not None
    parts = parse_think_answer(emptied)
    assert (parts.think, parts.answer) == ("\n\n", "\\1 2")


def test_about_a_share_is_dropped_once_and_for_all() -> None:
    rollout = ThoughtDropout(field="cot", p=0.2)
    tasks = [task(f"t{i}", record={"cot": [TEXT, TEXT]}) for i in range(400)]
    texts = {t.id: rollout.texts(t) for t in tasks}
    share = sum(text == EMPTY for two in texts.values() for text in two) / 800
    assert 0.16 < share < 0.24
    assert {t.id: rollout.texts(t) for t in reversed(tasks)} == texts
    assert any(one != other for one, other in texts.values())  # each text has a draw of its own
    other = ThoughtDropout(field="cot", p=0.2, seed=1)
    assert [other.texts(t) for t in tasks] != list(texts.values())
    more = ThoughtDropout(field="cot", p=0.5)
    assert all(b == EMPTY for t in tasks for a, b in zip(rollout.texts(t), more.texts(t), strict=True) if a == EMPTY)


def test_groups_are_demonstrations() -> None:
    policy = Says(lambda request: comp([1, 2], text=request.text))
    [found] = ThoughtDropout(field="cot", p=1.0)([task("a", record={"cot": TEXT})], scene(run_of({POLICY: policy})))
    assert [c.text for c in found.completions] == [EMPTY]


def test_the_empty_thought_is_the_same_tokens_in_every_target() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(where(TINY))
    first, other = (tokenizer(f"<think>\n\n</think><answer>{x}</answer>")["input_ids"] for x in ("2", "3"))
    assert len(first) == len(other)
    assert sum(a != b for a, b in zip(first, other, strict=True)) == 1
    assert tokenizer.decode(first) == EMPTY


def test_what_has_no_thought_is_refused() -> None:
    with pytest.raises(DataError, match=r"task 'a': text 0 has no <think>\.\.\.</think> to drop, it begins with '2'"):
        ThoughtDropout(field="cot").texts(task("a", record={"cot": "2"}))
    assert ThoughtDropout(field="cot", p=0.0).texts(task("a", record={"cot": "2"})) == ["2"]
    with pytest.raises(DataError, match="record field 'cot' holds no text"):
        ThoughtDropout(field="cot").texts(task("a"))
    with pytest.raises(RecipeError, match=r"p is 1\.5"):
        ThoughtDropout(p=1.5)
