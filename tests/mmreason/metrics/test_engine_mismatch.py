"""The gap between engine and trainer, by what the prompts show."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mmreason.errors import RecipeError
from mmreason.metrics.engine_mismatch import EngineMismatch
from mmreason.types import Group
from tests.mmreason.fakes import comp, constant, group, settled
from vision_data.media import Image, Video
from vision_data.messages import user

NAN = float("nan")


def shown(of: Group, *media: Image | Video) -> Group:
    return Group(replace(of.task, prompt=(user(*media, "?"),)), of.completions)


def test_each_kind_stands_apart() -> None:
    picture, film = Image(b"a"), Video(("f.png", "g.png"))
    text = group(comp([1, 2, 3], [-1.2, -1.2, 0.0], wrote=[True, True, False]), comp([1], [NAN]), id="q0")
    image = shown(group(comp([1], [-3.0]), comp([1, 2], [-1.0, -1.0]), id="q1"), picture)
    video = shown(group(comp([1], [-1.0]), id="q2"), picture, film)
    rows = [[(-1.0, -1.5, -9.0), (-2.0,)], [(-2.0,), (-1.0, -2.0)], [(-1.0,)]]
    metric = EngineMismatch(trainer=constant(*rows))
    found = metric(settled([text, image, video], metric))
    assert found["engine_gap/text"] == pytest.approx(0.25)
    assert found["engine_kl/text"] == pytest.approx((math.exp(0.2) - 1.2 + math.exp(-0.3) - 0.7) / 2)
    assert found["engine_clipped/text"] == 0
    assert found["engine_gap/image"] == pytest.approx(2 / 3)
    assert found["engine_ratio_max/image"] == pytest.approx(math.e)
    assert found["engine_clipped/image"] == pytest.approx(2 / 3)  # e is above 2, 1 / e below a half
    assert (found["engine_gap/video"], found["engine_ratio_max/video"]) == (0, 1)


def test_the_prompt_that_was_sampled_under_counts() -> None:
    c = replace(comp([1], [-1.0]), asked=(user("no picture"),))
    g = shown(group(c), Image(b"a"))
    metric = EngineMismatch(trainer=constant([(-1.0,)]))
    found = metric(settled([g], metric))
    assert found["engine_gap/text"] == 0
    assert math.isnan(found["engine_gap/image"])


def test_without_anything_it_is_no_number() -> None:
    metric = EngineMismatch(trainer=constant())
    assert all(math.isnan(value) for value in metric(settled([], metric)).values())
    with pytest.raises(RecipeError, match="low <= 1 <= high"):
        EngineMismatch(low=2.0, high=3.0)
