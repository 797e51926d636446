from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.judges.asks import begun, looked_up, two_way
from mmreason.judges.key import Key, key_from
from tests.mmreason.fakes import NAN, close
from vision_data.messages import assistant, user


def test_the_cards_worked_numbers() -> None:
    """Listener, arXiv:2506.22832: logits of the right decision and the other one."""
    close([two_way(2, 0), two_way(0, 0), two_way(-1, 1.5)], [0.880797, 0.5, 0.075858])


def test_extremes() -> None:
    inf = math.inf
    close(
        [two_way(0, -inf), two_way(-inf, 0), two_way(-inf, -inf), two_way(NAN, 0), two_way(0, NAN)],
        [1, 0, NAN, NAN, NAN],
    )
    close([two_way(-5000, 0), two_way(0, -5000)], [0, 1])


@given(st.floats(-50, 0), st.floats(-50, 0))
def test_both_orders_add_to_one(a: float, b: float) -> None:
    close(two_way(a, b) + two_way(b, a), 1.0)


def test_tokens_that_differ_in_white_space_are_one_option() -> None:
    found = looked_up({"yes": math.log(0.3), " yes": math.log(0.2), "\nno": math.log(0.1), "Yes": -3.0}, ("yes", "no"))
    close([math.exp(x) for x in found], [0.5, 0.1])


def test_an_option_that_is_not_listed_has_at_most_what_is_left() -> None:
    close([math.exp(x) for x in looked_up({"1": math.log(0.9)}, ("1", "0"))], [0.9, 0.1])
    top = {"1": math.log(0.6), "a": math.log(0.02), "b": math.log(0.01)}
    close([math.exp(x) for x in looked_up(top, ("1", "0"))], [0.6, 0.01])
    close(looked_up(top, ("yes", "no")), [NAN, NAN])
    close(looked_up({}, ("yes", "no")), [NAN, NAN])
    assert looked_up({"1": 0.0}, ("1", "0")) == (0.0, -math.inf)


@given(st.dictionaries(st.sampled_from(["1", "0", "a", "b", "c"]), st.floats(-30, -2), min_size=1))
def test_the_share_of_a_listed_option_is_never_overstated(top: dict[str, float]) -> None:
    """Whatever the option that is not listed really has, the listed one's true share is at least the one told."""
    found = looked_up(top, ("1", "0"))
    if "1" in top and "0" not in top:
        assert found[1] <= min(top.values()) + 1e-9
    if not {"1", "0"} & set(top):
        assert all(math.isnan(x) for x in found)


def test_a_prompt_may_begin_the_reply() -> None:
    asked = (user("q"), assistant("I think"))
    assert begun(asked) == (asked[:1], "I think")
    assert begun(asked[:1]) == (asked[:1], "")
    assert begun(()) == ((), "")


def test_a_key_hides_itself() -> None:
    key = Key("sk-1")
    assert "sk-1" not in f"{key!r} {key}"
    assert key.hide("it is sk-1, sk-1.") == "it is [key], [key]."
    assert Key().hide("it is") == "it is"
    assert Key().headers() == {}
    assert key_from(None) == Key()
    with pytest.raises(TypeError, match="never pickled") as refused:
        pickle.dumps(key)
    assert "sk-1" not in str(refused.value)
