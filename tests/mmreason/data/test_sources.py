"""Task sources: every task once an epoch, the order a function of seed and epoch, exact resume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.data.records import BadRecord
from mmreason.data.sources import InOrder, Shuffled
from mmreason.data.transit import TransitMaps
from mmreason.errors import DataError
from mmreason.run import Run
from mmreason.types import Task
from vision_data.messages import user


@dataclass(frozen=True)
class Numbered:
    num: int
    same_id: bool = False

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        return [Task(id="x" if self.same_id else f"t{i}", prompt=(user(str(i)),)) for i in range(self.num)], []


def ids(tasks: list[Task]) -> list[str]:
    return [task.id for task in tasks]


def test_every_task_once_an_epoch_in_a_new_order() -> None:
    source = Shuffled(Numbered(10)).open(Run({}, seed=3))
    first, second = ids(source.next(10)), ids(source.next(10))
    assert sorted(first) == sorted(second) == sorted(f"t{i}" for i in range(10))
    assert first != second != sorted(second)


def test_the_order_depends_on_the_run_seed_alone() -> None:
    def draw(seed: int, sizes: tuple[int, ...]) -> list[str]:
        source = Shuffled(Numbered(12), drop_last=False).open(Run({}, seed=seed))
        return [i for size in sizes for i in ids(source.next(size))]

    assert draw(1, (12, 12)) == draw(1, (5, 7, 3, 9))
    assert draw(1, (12,)) != draw(2, (12,))


def test_an_incomplete_batch_starts_the_next_epoch() -> None:
    source = Shuffled(Numbered(5)).open(Run({}))
    source.next(4)
    assert len(set(ids(source.next(4)))) == 4
    assert source.epoch == 1


def test_asking_more_than_there_is_goes_round() -> None:
    source = InOrder(Numbered(3)).open(Run({}))
    assert ids(source.next(7)) == ["t0", "t1", "t2", "t0", "t1", "t2", "t0"]


def test_resume_goes_on_where_it_stopped() -> None:
    whole = Shuffled(Numbered(7), drop_last=False).open(Run({}, seed=5))
    expected = [ids(whole.next(3)) for _ in range(6)]
    one = Shuffled(Numbered(7), drop_last=False).open(Run({}, seed=5))
    got = [ids(one.next(3)) for _ in range(2)]
    two = Shuffled(Numbered(7), drop_last=False).open(Run({}, seed=5))
    two.load_state_dict(one.state_dict())
    assert got + [ids(two.next(3)) for _ in range(4)] == expected


@given(st.integers(1, 7), st.booleans(), st.booleans(), st.lists(st.integers(0, 16), max_size=12))
def test_what_is_upcoming_is_what_comes_and_asking_changes_nothing(
    num: int, shuffle: bool, drop_last: bool, sizes: list[int]
) -> None:
    spec = Shuffled(Numbered(num), drop_last) if shuffle else InOrder(Numbered(num))
    asked, plain = (spec.open(Run({}, seed=2)) for _ in range(2))
    for size in sizes:
        before = asked.state_dict()
        told = ids(asked.upcoming(size))
        assert asked.state_dict() == before
        assert told == ids(asked.next(size)) == ids(plain.next(size))


def test_bad_data_sets_are_refused() -> None:
    with pytest.raises(DataError, match="has no tasks"):
        InOrder(Numbered(0)).open(Run({}))
    with pytest.raises(DataError, match="two tasks have the id 'x'"):
        InOrder(Numbered(2, same_id=True)).open(Run({}))
    with pytest.raises(DataError, match="had 3 tasks when the run was saved and has 4 now"):
        InOrder(Numbered(4)).open(Run({})).load_state_dict(InOrder(Numbered(3)).open(Run({})).state_dict())


def test_stages_of_a_curriculum_share_the_drawn_maps(tmp_path: Path) -> None:
    run = Run({}, home=tmp_path)
    yes_no = run.source(Shuffled(TransitMaps(4, types=("TorF1", "TorF2"))))
    plans = run.source(Shuffled(TransitMaps(4, types=("planning",))))
    assert len(yes_no.tasks) == 8
    assert len(plans.tasks) == 4
    assert len(list((tmp_path / "data").iterdir())) == 1
    assert run.source(Shuffled(TransitMaps(4, types=("planning",)))) is plans
