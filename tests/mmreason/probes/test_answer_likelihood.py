"""How likely an answer is after its thought: which tokens, which mean, and rows that share forwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch

from mmreason.asks import EMA, POLICY, LogProb, Row, Score, Tokenise
from mmreason.engine import Live, settle
from mmreason.models.specs import Policy
from mmreason.parsing.spans import find_spans
from mmreason.probes.answer_likelihood import (
    AnswerLikelihood,
    ReferenceLikelihood,
    SplicedGold,
    answer_tokens,
    length_normalised,
)
from mmreason.probes.regenerated_answer import RegeneratedAnswer, until
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.run import Run
from mmreason.types import Batch, Completion, Group, Progress
from tests.mmreason.fakes import NAN, D, close, comp, prompt, run_of, settled, task
from tests.mmreason.tiny_lm import TinyLM

SAID = "<think>x</think><answer>B</answer>"


def spelled(text: str, pieces: Sequence[str] | None = None, ids: Sequence[int] | None = None) -> Completion:
    """A completion of one token a character, or of the pieces given."""
    pieces = list(text) if pieces is None else pieces
    assert "".join(pieces) == text
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    tokens = [1 + ord(p[0]) % 11 for p in pieces] if ids is None else ids
    return comp(tokens, text=text, offsets=tuple(offsets))


def inside(c: Completion, where: tuple[int, int] | None) -> str:
    assert where is not None
    return c.text[c.offsets[where[0]] : c.offsets[where[1]]]


def test_geometric_and_arithmetic() -> None:
    p_T = torch.tensor([0.9, 0.1], dtype=D).log()
    close(length_normalised(p_T), 0.3)
    close(length_normalised(p_T, "arithmetic"), 0.5)
    assert length_normalised(torch.zeros(0)) == 0


@pytest.mark.parametrize(
    ("pieces", "own", "released"),
    [
        (["<think>x</think>", "<", "answer", ">", "B", "</", "answer", ">"], "B", ">B"),
        (["<think>x</think><", "answer", ">B", "</answer>"], ">B", ">B"),
        (["<think>x</think><answer>", "B", "</answer>"], "B", "<think>x</think><answer>B"),
    ],
)
def test_the_tokens_of_an_answer(pieces: list[str], own: str, released: str) -> None:
    c = spelled(SAID, pieces)
    assert inside(c, answer_tokens(c)) == own
    assert inside(c, answer_tokens(c, bracket=True)) == released


def test_the_last_tag_counts_and_an_open_one_reaches_to_the_end() -> None:
    c = spelled("<answer>A</answer> or <answer>BC")
    assert inside(c, answer_tokens(c)) == "BC"
    assert answer_tokens(spelled("B")) is None
    noted = comp([1, 2, 3], text=SAID, spans=(("answer", 1, 2),))
    assert answer_tokens(noted) == (1, 2)


def measured(probe: AnswerLikelihood | ReferenceLikelihood, g: Group) -> tuple[torch.Tensor, TinyLM]:
    models = {POLICY: TinyLM(), EMA: TinyLM(3)}
    batch = settled([g], probe, models=models)
    return batch.groups[0][probe], models[EMA]


def test_no_tag_and_an_empty_answer_have_likelihood_0_and_cost_no_row() -> None:
    g = Group(task(answer="B"), (spelled("B"), spelled("<answer></answer>"), spelled(""), spelled(SAID)))
    found, model = measured(AnswerLikelihood(), g)
    assert found.tolist()[:3] == [0, 0, 0]
    assert 0 < found[3] < 1
    assert model.rows == 1
    found, model = measured(AnswerLikelihood(), Group(task(), (spelled("B"),)))
    assert found.tolist() == [0]
    assert model.rows == 0


def test_a_tag_whose_tokens_are_not_known_is_not_measured() -> None:
    found, _ = measured(AnswerLikelihood(), Group(task(answer="B"), (comp([1, 2], text=SAID),)))
    assert math.isnan(float(found[0]))


@pytest.mark.parametrize("kind", ["geometric", "arithmetic"])
def test_it_is_the_mean_over_the_tokens_of_the_whole_completions_row(kind: str) -> None:
    """Scoring the answer as the last piece gives what scoring the whole completion gives there."""
    cs = (spelled("<think>x</think><answer>BAC</answer>"), spelled("<think>longer</think>\n<answer>A</answer>!"))
    found, _ = measured(AnswerLikelihood(kind=kind), Group(task(answer="B"), cs))  # type: ignore[arg-type]
    run = run_of({EMA: TinyLM(3)})
    for value, c in zip(found, cs, strict=True):
        [reply] = run.answer([Score(EMA, (Row(prompt("x"), (c.tokens,)),), (LogProb(),))])
        start, end = find_spans(c.text, "answer")[-1]
        close(value, length_normalised(reply[LogProb()][0].detach()[start:end], kind))  # type: ignore[arg-type]


def test_only_right_answers_are_scored_where_only_they_matter() -> None:
    g = Group(task(answer="B"), (spelled(SAID), spelled(SAID.replace("B<", "A<")), spelled("B")))
    some, model = measured(AnswerLikelihood(where=VideoR1Accuracy()), g)
    every, _ = measured(AnswerLikelihood(), g)
    close(some, [float(every[0]), NAN, NAN], 1e-12)
    assert model.rows == 1


def test_rows_of_all_groups_go_in_one_call() -> None:
    probe = AnswerLikelihood()
    groups = [Group(task(f"q{i}", answer="B"), (spelled(SAID), spelled(SAID))) for i in range(3)]
    models = {EMA: TinyLM(3)}
    settled(groups, probe, models=models)
    assert models[EMA].calls == 1


# The gold answer in the place of the own one, on the embedded model


@pytest.fixture(scope="module")
def real() -> Run:
    run = Run(models={})
    run.models[POLICY] = Policy(model="mmreason-tiny", device="cpu").open(run)
    run.models[EMA] = run.models[POLICY]
    return run


def asked(run: Run, g: Group, *roots: object) -> Group:
    """The group with everything under the roots, measured by the run's models."""
    batch = Batch((g,))
    settle(batch, Live(run, Progress(), run.across, ()), *roots)
    return batch.groups[0]


def told(run: Run, text: str) -> Completion:
    return run.models[POLICY].tokenise(Tokenise(POLICY, text))  # type: ignore[no-any-return]


def test_the_gold_answer_after_the_thought_is_the_own_one_where_that_is_right(real: Run) -> None:
    cs = (told(real, SAID), told(real, SAID.replace(">B<", ">A<")), told(real, "B"))
    own, gold = AnswerLikelihood(), ReferenceLikelihood()
    g = asked(real, Group(task(answer="B"), cs), own, gold)
    spliced = g[SplicedGold()]
    tokenizer = real.models[POLICY].runner.encoder.tokenizer
    where = answer_tokens(cs[1])
    assert where is not None
    assert tokenizer.decode([*cs[1].tokens[: where[0]], *spliced[1]]) == "<think>x</think><answer>B"
    close(g[gold][0], g[own][0].item(), 1e-5)
    assert g[gold][1] > 0
    assert g[gold][2] == 0
    assert len(spliced[2]) == 0


def test_without_a_gold_answer_its_likelihood_is_not_measured(real: Run) -> None:
    probe = ReferenceLikelihood()
    g = asked(real, Group(task(), (told(real, SAID), told(real, "B"))), probe)
    assert g[probe].isnan().all()


def test_an_answer_is_written_anew_from_the_same_thought(real: Run) -> None:
    probe, c = RegeneratedAnswer(limit=6), told(real, SAID)
    g = Group(task(answer="B"), (c, told(real, "B")))
    [ask] = probe.ask(g, Batch((g,)))
    where = answer_tokens(c)
    assert where is not None
    [again] = real.models[POLICY].answer([ask])[0]
    assert again.text.startswith("<think>x</think><answer")
    assert again.tokens[: where[0]].tolist() == c.tokens[: where[0]].tolist()
    assert 0 < len(again.tokens) - where[0] <= 6
    assert asked(real, g, probe)[probe].tolist()[1] == 0
    right = comp([1], text=SAID)
    assert probe.read(g, [[right]]).tolist() == [1, 0]
    assert probe.read(Group(task(answer="A"), g.completions), [[right]]).tolist() == [0, 0]


def test_the_beginning_of_a_completion() -> None:
    c = spelled("abc", ids=[4, 5, 6])
    start = until(c, 2)
    assert (start.text, start.tokens.tolist(), start.offsets, start.finish) == ("ab", [4, 5], (0, 1, 2), "length")
    assert until(c, 0).text == ""
