"""The list of methods."""

from __future__ import annotations


def test_every_method_has_a_line_with_its_paper(say) -> None:
    told = say("methods", "leave")
    assert told.code == 0
    line = next(line for line in told.out.splitlines() if "LeaveOneOut" in line)
    assert "credit" in line
    assert "arXiv:2402.14740" in line
    assert "RLOO" in line


def test_the_filter_looks_at_name_room_and_text_in_any_case(say) -> None:
    for word in ("leaveoneout", "rloo", "2402.14740"):
        assert "LeaveOneOut" in say("methods", word).out
    assert "LeaveOneOut" not in say("methods", "2402.03300").out


def test_a_room_is_listed_alone(say) -> None:
    told = say("methods", "--room", "credit")
    assert told.code == 0
    assert "GroupNorm" in told.out
    assert "ClippedSurrogate" not in told.out


def test_nothing_found_is_one_line(say) -> None:
    assert say("methods", "GroupNrm") == (2, "", "error: unknown method 'GroupNrm'; did you mean 'GroupNorm'?\n")
    assert "no name or text contains it" in say("methods", "qqqqqq").err
    assert "unknown room 'credits'; did you mean 'credit'?" in say("methods", "--room", "credits").err
