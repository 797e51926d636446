from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mmreason.asks import POLICY
from mmreason.credit.branches import Scaled
from mmreason.credit.group_norm import GroupNorm
from mmreason.naming import by_name, name_of
from mmreason.types import Task
from vision_data.frames import Uniform
from vision_data.media import Image, Video


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Holder:
    value: object
    seen: object = field(default=None, compare=False)


def weight(task: Task) -> float:
    return 1.0


def test_a_plain_value_is_named_as_python_writes_it() -> None:
    for value in (GroupNorm(eps=1e-6), POLICY, (1, "a'b", None, 2.5), (1,), (), [True], Uniform(8)):
        assert name_of(value) == repr(value)


def test_a_function_is_named_without_its_address() -> None:
    assert (
        name_of(Scaled(GroupNorm(), weight))
        == "Scaled(of=GroupNorm(eps=0.0001, ddof=1, scale=True, lone=False), by=weight)"
    )


def test_types_and_enums_are_named_by_what_they_are() -> None:
    assert name_of((int, Colour.RED)) == "(int, Colour.RED)"


def test_pictures_that_differ_in_a_byte_have_different_names() -> None:
    assert repr(Image(b"a" * 100)) == repr(Image(b"b" * 100))
    assert name_of(Image(b"a" * 100)) != name_of(Image(b"b" * 100))
    assert name_of(Video(("a.png", "b.png"))) != name_of(Video(("a.png", "c.png")))


def test_a_set_is_named_in_one_order() -> None:
    words = [f"w{i}" for i in range(50)]
    assert name_of(frozenset(words)) == name_of(frozenset(reversed(words)))


def test_what_plays_no_part_in_equality_plays_none_in_the_name() -> None:
    assert Holder(1, seen=2) == Holder(1, seen=3)
    assert name_of(Holder(1, seen=2)) == name_of(Holder(1, seen=3)) == "Holder(value=1)"


def test_values_are_found_by_name() -> None:
    assert by_name([GroupNorm(), GroupNorm()]) == {name_of(GroupNorm()): GroupNorm()}
