from __future__ import annotations

import copy
import math
import pickle

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.naming import name_of
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.in_workers import InWorkers
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.times import Times
from mmreason.signals import check, needs
from mmreason.types import Batch, Group
from tests.mmreason.rewards.slow import Fragile


def rated(reward: InWorkers, *groups: Group) -> list[list[float]]:
    return [column.tolist() for column in reward(Batch(groups))]


def test_the_same_values_as_without_workers(transit, say) -> None:
    texts = ["\\boxed{yes}", "\\boxed{no}", "", "yes"]
    groups = [Group(transit(kind), tuple(map(say, texts))) for kind in ("TorF1", "Counting2")]
    inner = ReasonMapAccuracy()
    assert rated(InWorkers(inner), *groups) == [inner.score(g).tolist() for g in groups]
    assert rated(InWorkers(inner)) == []
    assert rated(InWorkers(inner), Group(transit(), ())) == [[]]


def test_what_hangs_or_dies_is_missing_and_costs_itself_only(transit, say) -> None:
    texts = ["a", "loop", "bb", "die", "raise", "ccc"]
    (found,) = rated(InWorkers(Fragile(2.0), seconds=2.0), Group(transit(), tuple(map(say, texts))))
    assert [x for x in found if not math.isnan(x)] == [2.0, 4.0, 6.0]
    assert [math.isnan(x) for x in found] == [False, True, False, True, True, False]


def test_a_record_that_cannot_be_used_stops_as_without_workers(transit, say) -> None:
    with pytest.raises(DataError, match="line 7: no metro"):
        InWorkers(Fragile())(Batch((Group(transit(), (say("bad"),)),)))


def test_it_is_a_key_and_the_inner_reward_is_measured_nowhere_else() -> None:
    reward = InWorkers(Accuracy(), seconds=2.0)
    check(reward)
    assert needs(reward) == [reward]
    assert reward.local()
    twins = {reward, InWorkers(Accuracy(), seconds=2.0), copy.deepcopy(reward), pickle.loads(pickle.dumps(reward))}
    assert len(twins) == 1
    assert len({InWorkers(Fragile(1.0)), InWorkers(Fragile(2.0)), InWorkers(Accuracy())}) == 3
    assert "Accuracy" in name_of(reward)


def test_what_it_cannot_hold_is_refused() -> None:
    with pytest.raises(RecipeError, match="CompletionReward"):
        InWorkers(Times(ReasonMapAccuracy(), MapDifficulty()))  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="seconds"):
        InWorkers(Accuracy(), seconds=0.0)
    with pytest.raises(RecipeError, match="memory_bytes"):
        InWorkers(Accuracy(), memory_bytes=0)
