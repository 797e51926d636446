from __future__ import annotations

import pytest
import torch

from mmreason.metrics.reasonmap import SampleWeight
from mmreason.metrics.reasonmap_report import ReasonMapReport
from mmreason.parsing.route import Section, write_route
from mmreason.rewards.base import GroupReward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.signals import check
from mmreason.types import Batch, Completion, Group, Task
from vision_data.messages import user

METRO = {"A": ["Elm", "Oak", "Pine", "Ash"], "B": ["Pine", "Fir", "Yew"]}
RIGHT = write_route([Section("A", "Elm", "Pine"), Section("B", "Pine", "Yew")])
PLAN = [
    {"route_name": "A", "departure_stop": "Elm", "arrival_stop": "Pine"},
    {"route_name": "B", "departure_stop": "Pine", "arrival_stop": "Yew"},
]


def say(text: str) -> Completion:
    return Completion(text=text, tokens=torch.zeros(1), logprobs=torch.zeros(1), wrote=torch.ones(1) > 0)


def task(kind: str, city: str, **fields) -> Task:
    record = {"type": kind, "difficulty_city": city, "difficulty_question": "middle", "metro": METRO, **fields}
    return Task(id=f"{kind}-{city}", prompt=(user("?"),), record=record)


def judged(reward: GroupReward, *groups: tuple[Task, list[str]]) -> Batch:
    batch = Batch(tuple(Group(t, tuple(map(say, texts))) for t, texts in groups))
    batch.record(reward, reward(batch))
    return batch


def test_the_table_of_a_batch() -> None:
    planning = task("planning", "hard", station_1="Elm", station_2="Yew", routes={"1": PLAN})
    batch = judged(
        ReasonMapAccuracy(),
        (planning, [RIGHT, RIGHT.replace("Name: B", "Name: A"), "no idea"]),
        (task("TorF1", "hard", answer=1), ["\\boxed{yes}", "\\boxed{no}"]),
        (task("Counting2", "easy", answer=3), ["\\boxed{3}", "\\boxed{3}"]),
    )
    found = ReasonMapReport()(batch)
    assert found["planning_short/num"] == 3.0
    assert found["planning_short/accuracy"] == pytest.approx(1 / 3)
    # 19, then 1 + 4 + (arrival and departure of the second section) 2 without the bonus, then 0.
    assert found["planning_short/map_score"] == pytest.approx((19 + 7 + 0) / 3)
    assert found["plus/accuracy"] == 0.75
    assert found["plus/weighted_accuracy"] == pytest.approx((2 * 0.5 + 1.0) / 3)
    assert [SampleWeight()(g.task) for g in batch.groups] == [2.5, 2.0, 1.0]


def test_rows_of_other_ranks_count() -> None:
    class Twice:
        def gather(self, mine):
            return [*mine, *mine]

    batch = judged(ReasonMapAccuracy(), (task("TorF1", "hard", answer=1), ["\\boxed{yes}"]))
    doubled = Batch(batch.groups, across=Twice())
    assert ReasonMapReport()(doubled)["TorF1/num"] == 2.0


def test_nothing_judged_gives_no_numbers() -> None:
    assert ReasonMapReport()(Batch(())) == {}
    batch = judged(ReasonMapAccuracy(), (task("TorF1", "hard", answer=1), ["\\boxed{yes}"]))
    batch.groups[0].signals[ReasonMapAccuracy()] = torch.tensor([float("nan")])
    assert ReasonMapReport()(batch) == {}


def test_it_can_be_a_field_of_a_stage() -> None:
    check(ReasonMapReport())
    check(SampleWeight())
