from __future__ import annotations

import math
import pickle

import pytest
import torch

from mmreason.errors import RecipeError
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import GroupReward, Term, stream
from mmreason.rewards.box_iou import BoxIoU
from mmreason.rewards.exact_match import ExactMatch
from mmreason.rewards.in_workers import InWorkers
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.rewards.only import Only
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.times import Times
from mmreason.signals import check, needs
from mmreason.types import Group, Task
from tests.mmreason.fakes import comp, fixed, group, settled, task

RIGHT = comp([1], text=r"\boxed{1}")


def double(task: Task) -> float:
    return 2.0


def of_type(kind: str | None, id: str = "q0") -> Group:
    return group(RIGHT, id=id, answer="1", record={} if kind is None else {"type": kind})


def values(reward: GroupReward | Only, *groups: Group) -> list[float]:
    batch = settled(groups, reward)
    return [g[reward].item() for g in batch.groups]


def test_only_its_own_tasks_are_measured() -> None:
    found = values(Only(MathAccuracy(), on=("math",)), of_type("math"), of_type("box", "q1"), of_type(None, "q2"))
    assert found[0] == 1.0
    assert all(map(math.isnan, found[1:]))


def test_any_type_and_a_value_elsewhere() -> None:
    assert values(Only(ExactMatch(), elsewhere=-1.0), of_type("x"), of_type(None, "q1")) == [1.0, -1.0]


def test_records_of_other_types_need_no_fields() -> None:
    """ReasonMapAccuracy refuses a record of an unknown type: it must not see any."""
    found = values(Only(ReasonMapAccuracy(), on=("Counting2",)), of_type("math"))
    assert math.isnan(found[0])


def test_each_task_has_its_own_verifier() -> None:
    terms = (
        Term("math", Only(MathAccuracy(), on=("math",))),
        Term("box", Only(BoxIoU(), on=("box",)), weight=2.0),
    )
    box = group(
        comp([1], text="[1, 2, 3, 4]"), id="q1", record={"type": "box", "boxes": [1, 2, 3, 4], "box_space": "thousand"}
    )
    batch = settled([of_type("math"), box, of_type("other", "q2")], terms=terms)
    assert [stream(terms, g, batch).item() for g in batch.groups[:2]] == [1.0, 2.0]
    assert math.isnan(stream(terms, batch.groups[2], batch).item())


def test_rewards_that_hold_signals_are_measured_everywhere() -> None:
    inner = Times(fixed([1.0], [0.5]), double)
    reward = Only(inner, on=("a",))
    assert inner in needs(reward)
    found = values(reward, of_type("a"), of_type("b", "q1"))
    assert found[0] == 2.0
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    "of", [Accuracy(), InWorkers(Accuracy(), seconds=2.0), Only(Accuracy(), on=("a",)), Times(fixed([1.0]), double)]
)
def test_it_is_a_key_and_gives_its_reward_back(of) -> None:
    reward = Only(of, on=("a",))
    check(reward)
    assert reward.reward() == of
    assert pickle.loads(pickle.dumps(reward)) == reward == Only(of, on=("a",))
    assert reward != Only(of, on=("b",))


def test_no_groups_of_its_own() -> None:
    reward = Only(ExactMatch(), on=("a",))
    empty = Group(task(answer="1", record={"type": "a"}), ())
    assert settled([empty], reward).groups[0][reward].shape == (0,)
    assert settled([], reward).groups == ()
    assert torch.isnan(settled([of_type("b")], reward).groups[0][reward]).all()


def test_bad_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="expected a tuple of texts"):
        Only(Accuracy(), on="math")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="expected a reward that is a frozen dataclass"):
        Only("accuracy")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="elsewhere is NaN"):
        Only(Accuracy(), elsewhere=math.nan)
