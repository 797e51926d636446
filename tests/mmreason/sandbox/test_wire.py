"""Plain data goes over and comes back; what is no plain data stays, and nothing that comes back can cheat."""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.sandbox.wire import pack, unpack

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers() | st.text())
        | st.frozensets(st.integers())
    ),
    max_leaves=20,
)


def over(value: Any) -> Any:
    held: list[Any] = []
    return unpack(json.loads(json.dumps(pack(value, lambda x: held.append(x) or 0))), lambda number, kind: (kind, held))


@given(PLAIN)
def test_plain_data_survives(value: Any) -> None:
    assert over(value) == value
    assert type(over(value)) is type(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), 1.0, -0.0, math.inf, -math.inf, {1: {2: (3,)}}, "\ud800"])
def test_edges(value: Any) -> None:
    assert repr(over(value)) == repr(value)


def test_a_number_too_long_for_decimal_text() -> None:
    assert over(10**5000) == 10**5000


def test_not_a_number_survives() -> None:
    assert math.isnan(over(math.nan))


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Both(OrderedDict[str, int], Counter[str]):  # type: ignore[misc]
    pass


def test_what_is_derived_from_plain_data_becomes_plain() -> None:
    assert over(Liar(3)) != 4
    assert type(over(Liar(3))) is int
    assert type(over(namedtuple("P", "x")(1))) is tuple
    assert over(Counter("aab")) == {"a": 2, "b": 1}
    assert over(Both(a=1)) == {"a": 1}


def test_anything_else_stays() -> None:
    kind, held = over([object()])[0]
    assert kind == "object"
    assert len(held) == 1


@pytest.mark.parametrize(
    "sent",
    [
        *({}, {"x": 1}, {"i": "x"}, {"i": 1}, {"f": "x"}, {"t": 1}, {"d": [1]}, {"d": [[1]]}, {"d": [[[1], 2]]}),
        *({"b": "x"}, {"s": [[1]]}, {"o": "x"}, {"o": 1}, {"c": ["1"]}, {"c": ["x", "y"]}),
    ],
)
def test_what_is_not_of_this_form_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unpack(sent, lambda number, kind: None)


def test_depth_is_an_error_and_not_a_crash() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        pack(deep, lambda x: 0)
