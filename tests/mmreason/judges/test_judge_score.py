from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mmreason.asks import JUDGE, Role
from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.judge_score import JudgeScore
from mmreason.judges.judge_vote import JudgeVote, voted
from mmreason.judges.judged import Judged
from mmreason.judges.rule import RuleJudge, RulePart
from mmreason.judges.templates import grade_answer, score_in, yes_or_no
from mmreason.rewards.exact_match import ExactMatch
from mmreason.run import Run
from mmreason.signals import check
from mmreason.types import Completion, Group, Task
from tests.mmreason.fakes import NAN, Says, close, comp, fixed, group, settled, task
from tests.mmreason.judges.vllm import playing
from vision_data.messages import Prompt, text_of, user


def asked(task: Task, completion: Completion) -> Prompt | None:
    return (user(completion.text),) if completion.text else None


def number_in(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def of(*texts: str, **fields: Any) -> Group:
    return group(*(comp([1], text=text) for text in texts), **fields)


def repeats(request: Judge) -> Verdict | None:
    """Says what it is shown; nobody is there for a completion that says so."""
    text = text_of(request.prompt)
    return None if text == "nobody" else Verdict(text)


def scored(reward: JudgeScore, *texts: str) -> Any:
    return settled([of(*texts)], reward, models={JUDGE: Says(repeats)}).groups[0][reward]


SCORE = JudgeScore(asked, number_in)


def test_missing_is_nan_and_everything_else_a_number() -> None:
    close(scored(SCORE, "0.25", "1", "nobody", "well...", ""), [0.25, 1, NAN, NAN, NAN])


def test_thresholds_keep_what_is_missing() -> None:
    """GRIT, arXiv:2505.15879: the judge's score as 0 or 1; the released code counts everything above 0."""
    texts = ("0", "0.1", "0.5", "1", "nobody")
    close(scored(replace(SCORE, threshold=0.5), *texts), [0, 0, 1, 1, NAN])
    close(scored(replace(SCORE, threshold=0.0, strict=True), *texts), [0, 1, 1, 1, NAN])


def test_what_is_not_asked_about_may_be_worth_a_number() -> None:
    close(scored(replace(SCORE, unasked=0.0), "", "nobody", "1"), [0, NAN, 1])


def test_a_completion_without_a_number_is_asked_about_again() -> None:
    replies: dict[str, list[str | None]] = {
        "a": ["?", "?", "0.5"],
        "b": ["1"],
        "c": ["?", "?", "?"],
        "d": [None, "0.25"],
    }
    seeds: list[tuple[str, int]] = []

    def moody(request: Judge) -> Verdict | None:
        text = text_of(request.prompt)
        seeds.append((text, request.seed))
        found = replies[text][request.seed]
        return None if found is None else Verdict(found)

    reward = replace(SCORE, tries=3)
    batch = settled([of("a", "b", "c", "d")], reward, models={JUDGE: Says(moody)})
    close(batch.groups[0][reward], [0.5, 1, NAN, 0.25])
    assert sorted(seeds) == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("c", 0), ("c", 1), ("c", 2), ("d", 0), ("d", 1)]


def test_one_call_for_all_groups() -> None:
    judge = Says(repeats)
    settled([of("1", "0"), of("1", id="q1")], SCORE, models={JUDGE: judge})
    assert (judge.asked, judge.calls) == (3, 1)


def test_equal_questions_share_one_signal() -> None:
    assert SCORE.judged == replace(SCORE, threshold=0.5).judged == Judged(asked, number_in)
    check(replace(SCORE, tries=3))
    assert "before" not in repr(Judged(asked, number_in, tries=3))


def text_alone(task: Task, completion: Completion) -> Any:
    return "Is it right?"


def test_a_template_that_gives_no_messages_is_told_so() -> None:
    with pytest.raises(RecipeError, match="text_alone gave a str, expected messages such as"):
        scored(replace(SCORE, template=text_alone), "1")


def test_a_number_that_is_not_finite_is_missing() -> None:
    close(scored(SCORE, "inf", "nan", "1"), [NAN, NAN, 1])


def test_replies_that_nobody_can_read_are_told_of_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    scored(SCORE, "well...\nno", "?", "nobody")
    [line] = [record.getMessage() for record in caplog.records]
    assert line == "judge: none of 2 replies could be read by number_in and all are missing; the first: 'well...\\nno'"
    caplog.clear()
    scored(SCORE, "?", "nobody", "1")
    scored(SCORE, "nobody")
    assert not caplog.records


def test_an_empty_group() -> None:
    assert len(scored(SCORE)) == 0


def test_bad_settings() -> None:
    with pytest.raises(RecipeError, match="is NaN"):
        JudgeScore(threshold=NAN)
    with pytest.raises(RecipeError, match="tries >= 1"):
        JudgeScore(tries=0)


# A vote


def vote(how: Any, **fields: Any) -> list[float]:
    rows = ([1.0, 1.0, NAN, 0.6, NAN], [0.0, 1.0, NAN, 0.0, 0.2], [0.0, 1.0, NAN, NAN, NAN])
    # one group of five, three judges with known votes
    judges = tuple(replace(fixed(row), rows=(("q0", tuple(row)),)) for row in rows)
    judges = tuple(dict.fromkeys(judges))
    reward = JudgeVote(judges, how, **fields)
    found: list[float] = settled([of("a", "b", "c", "d", "e")], reward).groups[0][reward].tolist()
    return found


def test_votes_are_over_those_who_measured() -> None:
    close(vote("mean"), [1 / 3, 1, NAN, 0.3, 0.2])
    close(vote("median"), [0, 1, NAN, 0.3, 0.2])
    close(vote("majority"), [0, 1, NAN, 0.5, 0])
    close(vote("mean", least=2), [1 / 3, 1, NAN, 0.3, NAN])
    close(vote("majority", threshold=0.7, least=2), [0, 1, NAN, 0, NAN])


def test_a_vote_of_judges_that_are_asked() -> None:
    other = Role("other")
    reward = JudgeVote((SCORE, replace(SCORE, by=other)))
    models = {JUDGE: Says(repeats), other: Says(lambda request: None)}
    close(settled([of("1", "0.5")], reward, models=models).groups[0][reward], [1, 0.5])


def test_a_vote_without_voters_is_refused() -> None:
    for fields in ({"of": ()}, {"of": (SCORE,), "least": 2}, {"of": (SCORE,), "how": "best"}, {"of": [SCORE]}):
        with pytest.raises(RecipeError, match="JudgeVote needs"):
            JudgeVote(**fields)


def test_an_empty_vote() -> None:
    import torch

    assert voted(torch.zeros(2, 0), "mean").shape == (0,)


# Rules


def part(judge: RuleJudge) -> RulePart:
    return playing(judge.open(Run({})))


def test_a_reward_as_a_judge_goes_through_the_same_template_and_parser() -> None:
    """The generated world knows the truth: the rule judge's scores are the reward's own."""
    reward, texts = JudgeScore(), ("<answer>7</answer>", "<answer>8</answer>", "")
    batch = settled([of(*texts, answer="7")], reward, models={JUDGE: part(RuleJudge(ExactMatch()))})
    close(batch.groups[0][reward], [1, 0, 0])
    batch = settled([of(*texts)], reward, models={JUDGE: part(RuleJudge(ExactMatch()))})
    close(batch.groups[0][reward], [NAN] * 3)


def names_itself(request: Judge) -> str | None:
    return None if request.completion is None else request.completion.text


def test_a_function_as_a_judge() -> None:
    batch = settled([of("0.5", "?")], SCORE, models={JUDGE: part(RuleJudge(names_itself))})
    close(batch.groups[0][SCORE], [0.5, NAN])


def test_a_rule_says_what_it_cannot_do() -> None:
    with pytest.raises(RecipeError, match="does not say which completion"):
        part(RuleJudge()).answer([Judge(JUDGE, (user("x"),))])
    from mmreason.asks import Generate

    with pytest.raises(RecipeError, match="cannot answer a Generate"):
        part(RuleJudge()).answer([Generate(JUDGE, (user("x"),))])
    check(RuleJudge())
    check(RuleJudge(names_itself))


# Templates


def test_the_template_shows_the_answer_alone() -> None:
    question = grade_answer(
        task(text="How many?", answer="two"), comp([1], text="<think>3?</think><answer>2 </answer>")
    )
    assert question is not None
    text = text_of(question)
    assert "How many?" in text
    assert "\ntwo\n" in text
    assert "\n2\n" in text
    assert "3?" not in text
    assert grade_answer(task(), comp([1], text="2")) is None


def test_scores() -> None:
    told = {
        "{score: 1}": 1.0, "score=0.75": 0.75, 'I say {"score": 0}': 0.0, "**Score:** 0.5": 0.5, "score: 1.": 1.0,
        "score: 0.2 ... score: 0.4": 0.4, "score: 0.5, I think": 0.5,
        "score: 2": None, "score: -1": None, "score: -0.5": None, "score: 80%": None, "score: 1 %": None,
        "score: 1e9": None, "score: 7/10": None, "score: 1/10": None, "score: 1 out of 5": None, "score: 0,5": None,
        "score: nan": None, "": None, "0.5": None,
    }  # fmt: skip
    assert {text: score_in(text) for text in told} == told
    assert score_in("score " * 50_000) is None


def test_yes_or_no() -> None:
    assert [yes_or_no(text) for text in ("Yes.", "NO", "yes and no", "maybe", "")] == [1.0, 0.0, None, None, None]
