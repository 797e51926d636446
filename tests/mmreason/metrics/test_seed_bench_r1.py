"""SEED-Bench-R1's scores, consistency and thought length: the card's numbers and the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from mmreason.asks import JUDGE
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.judged_support import JudgedSupport, ask_support, yes_or_no
from mmreason.metrics.consistency import ConsistencyRate
from mmreason.metrics.seed_bench_r1 import SeedBenchR1Scores, first_letter
from mmreason.metrics.thought_length import ThoughtLength, overlap
from mmreason.rewards.accuracy import Accuracy
from mmreason.types import Group
from tests.mmreason.fakes import NAN, Plain, close, comp, fixed, settled, task
from vision_data.messages import text_of

OPTIONS = ["take the egg", "cut the egg", "cook the egg", "serve the egg"]


def answered(id: str, said: str, level: str = "L3", domain: str = "work", gold: str = "A") -> Group:
    record = {"level": level, "domain": domain, "options": OPTIONS}
    return Group(task(id, answer=gold, record=record), (comp([1], text=f"<think>x</think><answer>{said}</answer>"),))


def scored(groups: Sequence[Group], metric: SeedBenchR1Scores | None = None) -> dict[str, float]:
    metric = metric or SeedBenchR1Scores()
    return metric(settled(groups, metric))


def test_worked_example() -> None:
    results = {"daily life": "AABB", "hobbies": "AB", "recreation": "A", "work": "BBB"}
    groups = [answered(f"{d}{i}", s, domain=d) for d, row in results.items() for i, s in enumerate(row)]
    found = scored(groups)
    close(found["L3"], 0.4)
    close(found["accuracy"], 0.4)
    by_domain = [found[f"L3/{domain}"] for domain in results]
    close(by_domain, [0.5, 0.5, 1.0, 0.0])
    close(sum(by_domain) / 4, 0.5)


def test_only_the_third_level_has_domains_and_others_have_none() -> None:
    found = scored([answered("a", "A", "L1"), answered("b", "B", "L2"), answered("c", "A", "", "hobbies")])
    assert found == {"accuracy": 2 / 3, "L1": 1.0, "L2": 0.0, "hobbies": 1.0}
    assert scored([answered("a", "A", "", "")]) == {"accuracy": 1.0}


def test_an_empty_answer_is_wrong_for_both_scorers() -> None:
    first = SeedBenchR1Scores(Accuracy(extract=first_letter))
    for said, exact, by_first in (("", 0, 0), ("A. take", 0, 1), ("A", 1, 1), ("B", 0, 0)):
        assert scored([answered("a", said)])["accuracy"] == exact
        assert scored([answered("a", said)], first)["accuracy"] == by_first


def test_nothing_measured_is_nan() -> None:
    assert math.isnan(scored([])["accuracy"])


# Consistency


def test_consistency_over_four_audited_answers() -> None:
    metric = ConsistencyRate(judge=fixed([1, 1, 0, 1]), accuracy=fixed([1, 0, 1, 1]))
    found = metric(settled([Group(task(), tuple(comp([1]) for _ in range(4)))], metric))
    close(found["consistency"], 0.75)
    close(found["consistency_right"], 2 / 3)


def test_consistency_apart_by_level_and_not_measured() -> None:
    metric = ConsistencyRate(judge=fixed([1, NAN], [0, 0]), accuracy=fixed([0, 0], [0, 0]), field="level")
    groups = [Group(task(f"q{i}", record={"level": f"L{i + 1}"}), (comp([1]), comp([1]))) for i in range(2)]
    found = metric(settled(groups, metric))
    close(found["consistency"], 1 / 3)
    assert (found["consistency/L1"], found["consistency/L2"]) == (1, 0)
    assert math.isnan(found["consistency_right"])


class Reader(Plain):
    """Finds that a thought supports an answer where it names it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, requests: Sequence[Judge]) -> list[Verdict | None]:
        prompts = [text_of(request.prompt) for request in requests]
        self.asked += prompts
        parts = [(p.split("Reasoning:\n")[1].split("\n")[0], p.split("Answer:\n")[1].split("\n")[0]) for p in prompts]
        return [Verdict("Yes." if answer in thought else "No.") for thought, answer in parts]


def test_a_judge_is_asked_about_what_can_be_judged() -> None:
    texts: tuple[str, ...] = ("<think>It is B.</think><answer>B</answer>", "<think>It is B.</think><answer>C</answer>")
    texts += ("<think></think><answer>B</answer>", "B")
    probe, judge = JudgedSupport(), Reader()
    g = Group(task(text="Which?", answer="B"), tuple(comp([1], text=text) for text in texts))
    batch = settled([g], probe, models={JUDGE: judge})
    assert batch.groups[0][probe].tolist() == [1, 0, 0, 0]
    assert len(judge.asked) == 2
    assert "Which?" in judge.asked[0]
    assert probe.read(Group(task(), g.completions[:1]), [None]).isnan().all()


@pytest.mark.parametrize(("said", "worth"), [("Yes", 1.0), (" no.", 0.0), ("", NAN), ("yes, no", NAN), ("maybe", NAN)])
def test_verdicts(said: str, worth: float) -> None:
    found = yes_or_no(said)
    close(NAN if found is None else found, worth)


def test_a_long_thought_keeps_its_end() -> None:
    asked = ask_support(task(), comp([1], text=f"<think>{'x' * 9000} end</think><answer>B</answer>"))
    assert asked is not None
    assert len(text_of(asked)) < 9000
    assert " end\n" in text_of(asked)


# Thoughts


def test_overlap() -> None:
    assert overlap("B", "B") == 1
    assert overlap("the cat sat", "the cat") == 0.5
    assert overlap("dog", "the cat") == 0
    assert math.isnan(overlap("", "B"))
    assert math.isnan(overlap("...", "B"))


def test_a_thought_that_repeats_the_option_is_all_overlap() -> None:
    texts: tuple[str, ...] = (
        "<think>cut the egg</think><answer>B</answer>",
        "<think>Held egg. Next: cut the egg</think><answer>B</answer>",
    )
    texts += ("<answer>B</answer>",)
    metric = ThoughtLength()
    g = Group(task(answer="B", record={"options": OPTIONS}), tuple(comp([1], text=text) for text in texts))
    found = metric(settled([g], metric))
    close(found["thought_words"], (3 + 6 + 0) / 3)
    close(found["thought_overlap"], (1.0 + 2 / 5) / 2)
    close(found["thoughtless"], 1 / 3)
