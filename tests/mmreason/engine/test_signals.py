"""Keys are plain values; the walk over their fields; batches and what they remember."""

from __future__ import annotations

import functools
import pickle
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pytest
import torch
from torch import Tensor

from mmreason.asks import EMA, POLICY, REFERENCE, Role
from mmreason.errors import RecipeError, SignalError
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.base import GroupReward
from mmreason.rewards.kl_penalty import SequenceKLReward
from mmreason.signals import Signal, check, is_value, needs, parts, roles
from mmreason.types import Batch, Group
from tests.mmreason.engine.methods import RIGHT
from tests.mmreason.fakes import Tasks, close, comp, flat_group, group


class Bare(Signal[Any]):
    """Forgot the decorator."""

    def values(self, batch: Batch, replies: Any) -> Any:
        raise NotImplementedError


@dataclass
class Mutable:
    """Not frozen."""


@dataclass(frozen=True)
class Holds(GroupReward):
    """A reward with a field of any kind."""

    x: object = None

    def score(self, group: Group) -> Tensor:
        raise NotImplementedError


@pytest.mark.parametrize(
    "bad", [Bare(), Mutable(), float("nan"), lambda s: s, [1], {"a": 1}, torch.ones(2), functools.partial(max, 1)]
)
def test_a_field_that_breaks_a_key_is_refused_by_its_path(bad: object) -> None:
    with pytest.raises(RecipeError, match=r"^recipe\[0\]\.x\[1\] holds a \w+: use numbers, text, tuples"):
        check((Holds((1, bad)),))


def nothing() -> None: ...


PLAIN = (None, 1, 0.5, "a", b"a", POLICY, RIGHT, ("a", 1), frozenset({1}), PurePosixPath("a"), nothing, Group)


@pytest.mark.parametrize("good", PLAIN)
def test_plain_fields_pass(good: object) -> None:
    check(Holds(good))


def test_equal_fields_are_one_key_and_copies_are_found() -> None:
    a, b = SequenceKLReward(over="mean"), SequenceKLReward(over="mean")
    assert len({a, b, pickle.loads(pickle.dumps(a))}) == 1
    assert SequenceKLReward() != a
    assert is_value(a)
    assert not is_value(Bare())


def test_the_walk_gives_children_first_and_each_once() -> None:
    term = SequenceKLReward(reference=TokenLogprobs(under=EMA))
    assert needs(term, (term, Sampled())) == [Sampled(), TokenLogprobs(under=EMA), term]
    assert roles(term, Holds((Role("judge"), RIGHT))) == {EMA, Role("judge")}
    assert REFERENCE in roles(SequenceKLReward())
    assert next(parts(Holds(frozenset({3})))) == 3


# Batches


def test_a_completion_goes_on_after_what_it_did_not_write() -> None:
    c = comp([1, 2], [-0.5, -1.0]).then(torch.tensor([7, 8, 9]))
    assert c.tokens.tolist() == [1, 2, 7, 8, 9]
    assert c.wrote.tolist() == [True, True, False, False, False]
    close(c.logprobs, [-0.5, -1.0, 0, 0, 0])


def test_part_of_a_group_keeps_its_own_values() -> None:
    g = group(comp([1]), comp([2]), comp([3]))

    @dataclass(frozen=True)
    class OfGroup(Signal[str]):
        per_completion = False

        def values(self, batch: Batch, replies: Any) -> Any:
            raise NotImplementedError

    g.signals.update({RIGHT: torch.tensor([0.0, 1.0, 2.0]), Sampled(): ["a", "b", "c"], OfGroup(): "x"})
    some = g.only([2, 0])
    close(some[RIGHT], [2, 0])
    assert some[Sampled()] == ["c", "a"]  # type: ignore[comparison-overlap]
    assert some[OfGroup()] == "x"
    assert [int(c.tokens) for c in some.completions] == [3, 1]


def test_flat_values_fold_into_groups() -> None:
    batch = Batch((flat_group(2), flat_group(0, "q1"), flat_group(1, "q2")))
    assert batch.fold("abc") == [["a", "b"], [], ["c"]]
    assert [t.id for t, _ in batch.pairs()] == ["q0", "q0", "q2"]


def test_groups_that_join_are_known_by_what_all_of_them_know() -> None:
    first, second = Batch((flat_group(1),), known={RIGHT, Sampled()}), Batch((flat_group(1, "q1"),), known={RIGHT})
    for g in (*first.groups, *second.groups):
        g.signals[RIGHT] = torch.ones(1)
    joined = first.join(second)
    assert [g.task.id for g in joined.groups] == ["q0", "q1"]
    assert joined.known == {RIGHT}


def test_a_broken_pair_goes_as_a_whole() -> None:
    twins = [Group(t, (comp([1]),)) for t in Tasks(4, twins=True).open().tasks]
    batch = Batch(tuple(twins))
    assert [g.task.id for g in batch.select([True, True, False, True]).groups] == ["r0t0", "r0t1"]
    assert batch.peer_of(batch.groups[2]).task.id == "r0t3"
    with pytest.raises(SignalError, match=r"group 'r0t2' needs its peer 'r0t3' in the same batch"):
        Batch(tuple(twins[:3])).peer_of(twins[2])


def test_values_of_nobody_are_an_empty_column() -> None:
    assert Batch(()).everyone([]).tolist() == []
    close(Batch(()).everyone([torch.ones(2, 2), torch.zeros(1)]), [1, 1, 1, 1, 0])
