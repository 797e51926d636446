"""Two drawings for one chain: what the judge sees, what it must not see, and what its replies come to."""

from __future__ import annotations

from typing import Any

import pytest

from mmreason.asks import JUDGE
from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.cross_modal import CrossModalCorrelation, TwoDrawings, one_or_two
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.signals import check
from mmreason.types import Completion, Group, Task
from tests.mmreason.fakes import NAN, Says, close, comp, settled, task
from vision_data.image import load_image
from vision_data.media import Image
from vision_data.messages import media_of, text_of, user
from vision_data.transforms import DrawBoxes

CHAIN = "<think>I see [10,20,30,40] and [50,5,90,45]</think><rethink>So 2.</rethink><answer>2"


def asked(size: tuple[int, int] = (100, 50)) -> Task:
    from PIL import Image as Pictures

    picture = Image.of(Pictures.new("RGB", size, "white"))
    return Task(
        id="q0", prompt=(user(picture, "\nHow many?"),), answer="2", record={"width": size[0], "height": size[1]}
    )


def drawings(template: TwoDrawings, c: Completion) -> list[DrawBoxes]:
    prompt = template(asked(), c)
    assert prompt is not None
    shown = [medium for medium in media_of(prompt) if isinstance(medium, Image)]
    return [medium.transforms[-1] for medium in shown if isinstance(medium.transforms[-1], DrawBoxes)]


def test_one_drawing_is_the_chains_and_the_other_has_boxes_of_the_same_sizes() -> None:
    places = set()
    for turn in range(12):
        template, c = TwoDrawings(turn=turn), comp([1], text=CHAIN)
        one, two = drawings(template, c)
        own, other = (one, two) if template.right(asked(), c) == 1 else (two, one)
        assert [box.numbers for box in own.regions] == [(10, 20, 30, 40), (50, 5, 90, 45)]
        for mine, theirs in zip(own.regions, other.regions, strict=True):
            assert (theirs.width, theirs.height) == pytest.approx((mine.width, mine.height))
            assert mine.numbers != theirs.numbers
        places.add(template.right(asked(), c))
    assert places == {1, 2}


def test_coordinates_and_answer_are_hidden_and_pictures_can_be_drawn() -> None:
    prompt = TwoDrawings()(asked(), comp([1], text=CHAIN))
    assert prompt is not None
    text = text_of(prompt)
    assert "I see [?, ?, ?, ?] and [?, ?, ?, ?]" in text
    assert "So 2." in text
    assert "<answer>" not in text
    assert not any(number in text for number in ("10,20", "50,5"))
    for medium in media_of(prompt):
        assert isinstance(medium, Image)
        assert load_image(medium).size == (100, 50)


def test_nothing_is_asked_without_box_or_picture() -> None:
    template = TwoDrawings()
    assert template(asked(), comp([1], text="<think>none</think>")) is None
    assert template(task(record={"width": 9, "height": 9}), comp([1], text=CHAIN)) is None


def right(request: Judge) -> Verdict | None:
    """Finds the chain's own boxes; nobody is there for a chain that says so, and one is read as neither."""
    assert request.completion is not None
    if "nobody" in request.completion.text:
        return None
    if "unread" in request.completion.text:
        return Verdict("both")
    shown: list[Any] = list(media_of(request.prompt))
    own = [medium.transforms[-1].regions[0].numbers == (10, 20, 30, 40) for medium in shown]
    return Verdict(f"Picture {1 + own.index(True)}")


def wrong(request: Judge) -> Verdict | None:
    found = right(request)
    return None if found is None else Verdict("2" if "1" in found.text else "1")


@pytest.mark.parametrize(("judge", "share"), [(right, 1.0), (wrong, 0.0)])
def test_the_share_of_draws_in_which_the_judge_finds_the_chain(judge: Any, share: float) -> None:
    reward = CrossModalCorrelation()
    texts = (CHAIN, f"nobody {CHAIN}", f"unread {CHAIN}", "<think>none</think>")
    group = Group(asked(), tuple(comp([1], text=text) for text in texts))
    unread = NAN if share else 0.0  # the wrong judge turns "both" into a number
    close(settled([group], reward, models={JUDGE: Says(judge)}).groups[0][reward], [share, NAN, unread, NAN])


def test_a_judge_who_always_says_one_is_right_by_chance_alone() -> None:
    reward = CrossModalCorrelation(draws=40)
    group = Group(asked(), (comp([1], text=CHAIN),))
    found = settled([group], reward, models={JUDGE: Says(lambda request: Verdict("1"))}).groups[0][reward]
    assert 0.2 < float(found) < 0.8


def test_it_is_a_value() -> None:
    check(CrossModalCorrelation())
    assert CrossModalCorrelation(draws=2) == CrossModalCorrelation(draws=2) != CrossModalCorrelation(draws=3)
    assert CrossModalCorrelation(ChainBoxes(said="thousand")) != CrossModalCorrelation()
    with pytest.raises(RecipeError, match="draws is 0"):
        CrossModalCorrelation(draws=0)


def test_replies() -> None:
    assert one_or_two("2") == 2.0
    assert one_or_two("") is None
    assert one_or_two("12") is None
