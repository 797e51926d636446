"""Skip ratio and the length of thoughts."""

from __future__ import annotations

from mmreason.metrics.skip_ratio import SkipRatio, per_episode, skips, thought_tokens
from mmreason.types import Completion
from tests.mmreason.fakes import NAN, close, comp, fixed, group, settled

THOUGHTS = (
    "<think>\n\n</think><answer>4</answer>",
    "<think>a</think><answer>4</answer>",
    "<think></think>",
    "<answer>4",
)


def written(text: str, length: int = 2) -> Completion:
    """A completion of tokens of ``length`` characters."""
    offsets = (*range(0, len(text), length), len(text))
    return comp([1] * (len(offsets) - 1), text=text, offsets=offsets)


def test_the_worked_example() -> None:
    batch = settled([group(*map(written, THOUGHTS))])
    found = SkipRatio()(batch)
    assert found["skip_ratio"] == 0.5  # without a think block nothing is skipped


def test_what_is_skipped() -> None:
    assert skips("so <think> \n</think><think>a</think>")
    assert not skips("<think>")  # cut off
    assert not skips("<think>a</think><think></think>")
    assert not skips("</think><answer>4</answer>")
    assert not skips("")


def test_tokens_of_thoughts() -> None:
    assert thought_tokens(written("<think>abcdef</think><answer>4</answer>", 1)) == 6
    assert thought_tokens(written("<think>abcdef", 1)) == 6
    assert thought_tokens(written("<think>\n\n</think>", 1)) == 0
    assert thought_tokens(written("<answer>4</answer>", 1)) == 0
    close(thought_tokens(comp([1], text="<think>a</think>")), NAN)


def test_the_length_of_those_that_think_stays_apart() -> None:
    texts = ["<think>\n\n</think><answer>1</answer>", "<think>abcd</think><answer>1</answer>"]
    found = SkipRatio()(settled([group(*(written(text, 1) for text in texts))]))
    assert (found["thought_tokens"], found["thinking_tokens"]) == (2.0, 4.0)
    none = SkipRatio()(settled([group(written(texts[0], 1))]))
    assert none["thought_tokens"] == 0
    close(none["thinking_tokens"], NAN)


def test_apart_by_field_reward_and_episode() -> None:
    skip, think = "<think>\n\n</think>", "<think>abc</think>"
    easy = group(written(skip, 1), written(skip, 1), id="q0", record={"count": 1, "episode_id": "a"})
    hard = group(written(think, 1), written(skip, 1), id="q1", record={"count": 5, "episode_id": "a"})
    other = group(written(think, 1), written(think, 1), id="q2", record={"count": 5, "episode_id": "b"})
    table = fixed([1, 0], [1, 1], [0, 0])
    metric = SkipRatio("count", table, "episode_id")
    found = metric(settled([easy, hard, other], metric))
    assert (found["skip_ratio/1"], found["skip_ratio/5"]) == (1.0, 0.25)
    assert (found["accuracy_skipped"], found["accuracy_thought"]) == (2 / 3, 1 / 3)
    assert found["episode_thought_tokens"] == (0 + 1.5 + 3) / 2


def test_nothing_is_not_measured() -> None:
    metric = SkipRatio("count", fixed(), "episode_id")
    assert all(value != value for value in metric(settled([], metric)).values())
    close(per_episode([]), NAN)
