"""The walker over the rooms."""

from __future__ import annotations

from mmreason.catalogue import ROOMS, first_sentence, methods, modules, papers_in


def test_rooms_keep_their_order_and_methods_are_sorted_within() -> None:
    found = methods(["mmreason.losses", "mmreason.credit"])
    assert [m.room for m in found] == sorted((m.room for m in found), reverse=True)
    names = [m.name for m in found if m.room == "mmreason.credit"]
    assert names == sorted(names)
    assert "GroupNorm" in names


def test_a_method_stands_in_the_room_that_defines_it_only() -> None:
    found = [(m.room, m.name) for m in methods()]
    assert len(found) == len(set(found))


def test_a_room_that_does_not_exist_is_empty_but_a_broken_one_is_an_error() -> None:
    assert list(modules("mmreason.no_such_room")) == []
    assert set(ROOMS) >= {m.room for m in methods()}


def test_citations() -> None:
    assert papers_in("A (arXiv:2402.03300v3; arXiv:2402.03300, arXiv:2503.20783).") == ("2402.03300", "2503.20783")
    assert first_sentence("Evenly spaced (arXiv:2402.03300). Not from a paper.\n\nMore.") == "Evenly spaced."
    assert first_sentence("") == ""
