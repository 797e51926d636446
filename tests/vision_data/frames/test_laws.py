"""Laws that every frame selector keeps, walked over the whole package."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, fields
from inspect import isabstract

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vision_data.frames as room
from vision_data import MediaError, Video
from vision_data.frames import (
    Budget,
    Chain,
    Clusters,
    EntropyRelevance,
    Every,
    FarthestPoint,
    Fps,
    FrameSelector,
    KeyFrames,
    LookingSelector,
    MotionEnergy,
    NFrames,
    QueryRelevance,
    SceneChange,
    SeedBenchR1,
    Sharpest,
    Thumbnail,
    TimeFocus,
    TimeRange,
    Uniform,
    Union,
    VideoR1,
    select,
)
from vision_data.frames.shrink import look_in


@dataclass(frozen=True)
class MeanColour:
    """Frames by their mean colour, a text by its first three letters."""

    def __call__(self, inputs):
        if isinstance(inputs, list):
            return np.array([[ord(letter) - 96.0 for letter in text[:3]] for text in inputs])
        return inputs.reshape(len(inputs), -1, 3).mean(axis=1)


nums = st.integers(1, 12)
plain = st.one_of(
    st.just(Every()),
    st.builds(Uniform, nums),
    st.builds(NFrames, st.integers(2, 12), st.integers(1, 3)),
    st.builds(Fps, st.floats(0.1, 30), st.integers(1, 4), st.integers(6, 12), st.integers(1, 3)),
    st.just(VideoR1()),
    st.just(SeedBenchR1()),
    st.builds(KeyFrames, nums),
    st.builds(lambda at, long: TimeRange(at, at + long), st.just(0.0) | st.floats(0, 0.025), st.floats(0, 9)),
    st.builds(lambda at, long, *rest: TimeFocus(at, at + long, *rest), st.floats(0, 0.025), st.floats(0, 9), nums,
              st.floats(0, 1)),
)  # fmt: skip
dials = {"proxy_fps": st.floats(0.5, 30), "max_proxies": st.integers(1, 40), "proxy_pixels": st.sampled_from([6, 40])}
query = {"query": st.sampled_from(["abc", "zzz"]), "embed": st.just(MeanColour())}
looking = st.one_of(
    st.builds(SceneChange, nums, threshold=st.floats(0.01, 0.5), at=st.sampled_from(["start", "middle"]), **dials),
    st.builds(MotionEnergy, nums, by=st.sampled_from(["share", "peaks"]), power=st.floats(0, 2), **dials),
    st.builds(Sharpest, nums, looks=st.integers(1, 4), **dials),
    st.builds(FarthestPoint, nums, embed=st.sampled_from([Thumbnail(2), MeanColour()]), **dials),
    st.builds(Clusters, nums, **dials),
    st.builds(QueryRelevance, nums, gap=st.sampled_from([0.0, 0.2]), **query, **dials),
    st.builds(EntropyRelevance, nums, min_frames=st.integers(1, 6), max_iter=st.integers(0, 5), **query, **dials),
    st.builds(EntropyRelevance, nums, base=st.floats(0, 0.3), variant=st.just("paper"), **query, **dials),
)
single = plain | looking
members = st.recursive(
    single,
    lambda inner: st.one_of(
        st.builds(Chain, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Union, st.lists(inner, min_size=1, max_size=3).map(tuple), st.none() | nums,
                  st.sampled_from(["turns", "order"]), st.sampled_from([0.0, 0.3])),
        st.builds(lambda part, multiple, more: Budget(part, multiple + more, multiple), inner, st.integers(1, 3),
                  nums),
    ),
    max_leaves=4,
)  # fmt: skip


def most(selector):
    """The budget of a selector, or None where it has none."""
    if isinstance(selector, Fps):
        return selector.max_frames
    if isinstance(selector, NFrames):
        return selector.num + selector.multiple
    if isinstance(selector, Chain):
        budgets = [b for b in map(most, selector.selectors) if b is not None]
        return min(budgets, default=None)
    return getattr(selector, "num", None)


@st.composite
def videos(draw):
    """Small videos: noise, a still picture, or a few scenes."""
    count = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 5)))
    kind = draw(st.sampled_from(["noise", "still", "scenes"]))
    if kind == "still":
        return np.full((count, 6, 9, 3), draw(st.integers(0, 255)), np.uint8)
    if kind == "noise":
        return rng.integers(0, 256, (count, 6, 9, 3), dtype=np.uint8)
    scene = np.sort(rng.integers(0, 4, count))
    return np.broadcast_to((scene * 80)[:, None, None, None], (count, 6, 9, 3)).astype(np.uint8)


def kinds(base=FrameSelector):
    for kind in base.__subclasses__():
        if kind.__module__.startswith("vision_data.frames."):
            yield kind
            yield from kinds(kind)


# Not a selector by itself: what query selectors share.
ABSTRACT = {"QuerySelector", "EmbeddingSelector", "LookingSelector"}


def test_every_selector_of_the_room_is_exported_and_drawn_here():
    concrete = {kind.__name__ for kind in kinds()} - ABSTRACT
    assert concrete <= set(room.__all__)
    assert concrete <= {name for name in globals() if name in room.__all__}
    assert {kind.__name__ for kind in kinds() if isabstract(kind)} == ABSTRACT


@settings(max_examples=250)
@given(members, videos(), st.floats(1, 40))
def test_a_choice_is_ascending_distinct_there_within_budget_and_explained(selector, video, fps):
    chosen = select(selector, len(video), fps, look_in(video))
    assert chosen.indices
    assert list(chosen.indices) == sorted(set(chosen.indices))
    assert all(type(i) is int and 0 <= i < len(video) for i in chosen.indices)
    budget = most(selector)
    assert budget is None or len(chosen) <= budget
    assert all(reason and "\n" not in reason for reason in chosen.reasons)
    assert all(score is None or (type(score) is float and np.isfinite(score)) for score in chosen.scores)
    assert chosen.timestamps == tuple(i / fps for i in chosen.indices)
    assert set(chosen.looked) <= set(range(len(video)))
    assert len(chosen.rows()) == len(chosen.reasons) == len(chosen.scores) == len(chosen)


@settings(max_examples=50)
@given(members, videos(), st.floats(1, 40))
def test_a_choice_is_repeatable_and_leaves_the_frames_alone(selector, video, fps):
    before = video.copy()
    assert select(selector, len(video), fps, look_in(video)) == select(selector, len(video), fps, look_in(video))
    assert (video == before).all()


@settings(max_examples=50)
@given(members, st.floats(1, 40))
def test_a_video_of_one_frame_is_shown(selector, fps):
    assert select(selector, 1, fps, look_in(np.zeros((1, 6, 9, 3), np.uint8))).indices == (0,)


@settings(max_examples=50)
@given(members, st.integers(1, 40), st.floats(1, 40))
def test_pick_alone_chooses_the_same_or_says_that_it_has_to_look(selector, num_frames, fps):
    video = np.zeros((num_frames, 4, 4, 3), np.uint8)
    chosen = select(selector, num_frames, fps, look_in(video))
    if chosen.looked:
        with pytest.raises(MediaError, match="has to look at"):
            selector.pick(num_frames, fps)
        with pytest.raises(MediaError, match="has to look at"):
            select(selector, num_frames, fps)
    else:
        assert selector.pick(num_frames, fps) == list(chosen.indices)


@settings(max_examples=40)
@given(members)
def test_a_selector_is_a_value(selector):
    twin = pickle.loads(pickle.dumps(selector))
    assert twin == selector
    assert hash(twin) == hash(selector)
    assert repr(twin) == repr(selector)
    names = {name: getattr(room, name) for name in room.__all__} | {"MeanColour": MeanColour, "inf": float("inf")}
    assert eval(repr(selector), names) == selector
    assert Video("a.mp4", selector) == Video("a.mp4", twin)
    if fields(selector):
        with pytest.raises(FrozenInstanceError):
            setattr(selector, fields(selector)[0].name, 3)


@pytest.mark.parametrize("kind", sorted(kinds(LookingSelector), key=lambda kind: kind.__name__))
def test_looking_selectors_say_where_they_come_from(kind):
    assert "arXiv:" in kind.__doc__ or "Not from a paper." in kind.__doc__ or kind.__name__ in ABSTRACT


@settings(max_examples=50)
@given(looking, st.integers(1, 3000), st.floats(1, 60))
def test_proxies_are_ascending_distinct_and_there(selector, num_frames, fps):
    proxies = selector.proxies(num_frames, fps)
    assert proxies
    assert proxies == sorted(set(proxies))
    assert 0 <= proxies[0] <= proxies[-1] < num_frames
