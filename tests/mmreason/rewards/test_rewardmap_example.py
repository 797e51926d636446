"""RewardMap's worked example: four rollouts on a hard map with one transfer, from text to advantages."""

from __future__ import annotations

import pytest
import torch

from mmreason.parsing.route import Section, write_route
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.route_detail import RouteDetail
from mmreason.types import Group


@pytest.fixture
def group(transit, say) -> Group:
    first = Section("Line A", "Elm", "Pine")
    seconds = (("Line B", "Pine", "Yew"), ("Line C", "Pine", "Yew"), ("Line B", "Pine", "Fir"))
    texts = [write_route([first, Section(*second)]) for second in seconds]
    return Group(transit(), tuple(map(say, (*texts, "I cannot see the map."))))


def rewards(group: Group, variant: str, weight: float) -> torch.Tensor:
    detail_G = RouteDetail(variant=variant).score(group)
    return weight * (10.0 * ReasonMapAccuracy().score(group) + 0.5 * detail_G)


def test_rewards(group: Group) -> None:
    weight = MapDifficulty()(group.task)
    assert weight == 2.0
    assert ReasonMapAccuracy().score(group).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert RouteDetail().score(group).tolist() == [9.0, 9.0, 0.0, 0.0]
    assert RouteDetail(variant="released").score(group).tolist() == [4.0, 4.0, 0.0, 0.0]
    assert rewards(group, "paper", weight).tolist() == [29.0, 9.0, 0.0, 0.0]
    assert rewards(group, "released", weight).tolist() == [24.0, 4.0, 0.0, 0.0]


def test_dividing_by_the_spread_of_the_group_cancels_the_weight(group: Group) -> None:
    expected = [1.479660, -0.261116, -0.609272, -0.609272]
    for weight in (2.0, 1.0):
        r_G = rewards(group, "released", weight)
        assert ((r_G - r_G.mean()) / (r_G.std() + 1e-6)).tolist() == pytest.approx(expected, abs=1e-6)


def test_centred_advantages_keep_the_weight(group: Group) -> None:
    for weight, expected in ((2.0, [17.0, -3.0, -7.0, -7.0]), (1.0, [8.5, -1.5, -3.5, -3.5])):
        r_G = rewards(group, "released", weight)
        assert (r_G - r_G.mean()).tolist() == expected


def test_direct_case(transit, say) -> None:
    task = transit(station_2="Ash", question_transfer_count=0)
    answer = say(write_route([Section("Line A", "Elm", "Ash")]))
    assert ReasonMapAccuracy().rate(task, answer) == 1.0
    assert RouteDetail().rate(task, answer) == 6.0
    assert RouteDetail(variant="released").rate(task, answer) == 1.0
    assert MapDifficulty()(task) == 1.5
