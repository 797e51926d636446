from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mmreason.asks import POLICY
from mmreason.engine import collect
from mmreason.errors import CheckpointError, DataError, SignalError
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.runs.media_codec import MediaReader, MediaWriter
from mmreason.runs.plain_file import read_plain, write_plain
from mmreason.runs.replay import batch_from_plain, batch_to_plain
from mmreason.signals import Signal
from mmreason.types import Alone, Batch, Completion, Group, Progress
from tests.mmreason.fakes import comp, group, task
from tests.mmreason.runs.world import PNG, HoldsOdd, SavedLM, recipe
from vision_data.frames import FrameSelector
from vision_data.media import Image, Video
from vision_data.messages import user


@dataclass(frozen=True)
class Any_(Signal["Any"]):
    """A signal whose value the test puts in."""

    per_completion = False

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Any]:
        raise AssertionError("never measured")


@dataclass(frozen=True)
class Holds:
    signal: Any_ = Any_()

    def __call__(self, batch: Batch) -> dict[str, float]:
        return {}


def same(a: Any, b: Any) -> bool:
    """Equal in type, shape and every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a.isnan(), b.isnan()) and bits(a, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, Completion):
        return all(same(getattr(a, name), getattr(b, name)) for name in Completion.__slots__)
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


def bits(a: Tensor, b: Tensor) -> bool:
    return torch.equal(a.contiguous().flatten().view(torch.uint8), b.contiguous().flatten().view(torch.uint8))


def stage_with(*metrics: Any) -> Stage:
    return replace(recipe().stages[0], metrics=metrics)


def through_a_file(batch: Batch, stage: Stage, path: Path) -> Batch:
    write_plain(path / "b.pt", batch_to_plain(batch, stage))
    return batch_from_plain(read_plain(path / "b.pt"), stage, batch.progress, batch.across)


def rolled_out() -> tuple[Stage, Batch]:
    stage = recipe().stages[0]
    run = Run({POLICY: SavedLM(0, 0.1)})
    return stage, collect(stage, run, Progress(0, 3, "first", run.history))


def with_value(value: Any) -> Batch:
    one = group(comp([1, 2]))
    one.signals[Any_()] = value
    return Batch((one,), known={Any_()})


def test_a_batch_comes_back_bit_for_bit(tmp_path: Path) -> None:
    stage, batch = rolled_out()
    found = through_a_file(batch, stage, tmp_path)
    assert found.known == batch.known
    assert found.terms == stage.rewards
    assert len(found.known) >= 4
    for old, new in zip(batch.groups, found.groups, strict=True):
        assert old.task == new.task
        assert old.task.record == new.task.record
        assert same(list(old.completions), list(new.completions))
        assert same({repr(k): v for k, v in old.signals.items()}, {repr(k): v for k, v in new.signals.items()})


def test_an_empty_batch_and_an_empty_completion_come_back(tmp_path: Path) -> None:
    stage = stage_with()
    assert through_a_file(Batch(()), stage, tmp_path).groups == ()
    found = through_a_file(Batch((group(comp([]), comp([3])), Group(task("q9"), ()))), stage, tmp_path)
    assert [len(c.tokens) for c in found.groups[0].completions] == [0, 1]
    assert found.groups[1].completions == ()


numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
tensors = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool]).flatmap(
    lambda dtype: st.lists(st.integers(0, 100), max_size=4).map(lambda xs: torch.tensor(xs).to(dtype))
)
values = st.recursive(
    numbers | tensors,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner)
    ),
    max_leaves=8,
)


@given(values)
def test_any_plain_value_of_a_signal_comes_back(value: Any) -> None:
    stage, batch = stage_with(Holds()), with_value(value)
    found = batch_from_plain(batch_to_plain(batch, stage), stage, Progress(), Alone())
    assert same(found.groups[0][Any_()], value)


def test_special_numbers_and_completions_in_signals_survive_a_file(tmp_path: Path) -> None:
    value = [torch.tensor([math.nan, -0.0, math.inf]), comp([1, 2], [-0.5, -1.5], text="two"), torch.tensor(1.5)]
    found = through_a_file(with_value(value), stage_with(Holds()), tmp_path)
    assert same(found.groups[0][Any_()], value)


def test_a_window_of_a_large_tensor_is_stored_alone() -> None:
    large = torch.zeros(100_000)
    data = batch_to_plain(with_value(large[:3]), stage_with(Holds()))
    (stored,) = data["groups"][0]["signals"].values()
    assert stored.untyped_storage().nbytes() == 12


@pytest.mark.parametrize("value", [{1, 2}, object(), torch.float32, b"x", [comp, 1]])
def test_a_value_that_is_not_plain_names_its_signal(value: Any) -> None:
    with pytest.raises(SignalError, match=r"value of Any_\(\) cannot be written to a buffer"):
        batch_to_plain(with_value(value), stage_with(Holds()))


def test_a_record_that_is_not_plain_names_its_task() -> None:
    batch = Batch((Group(task("q7", record={"when": object()}), ()),))
    with pytest.raises(DataError, match="task 'q7' cannot be written to a buffer"):
        batch_to_plain(batch, stage_with())


def test_a_signal_that_the_stage_does_not_hold_is_refused() -> None:
    data = batch_to_plain(with_value([1]), stage_with(Holds()))
    with pytest.raises(CheckpointError, match=r"1 signal\(s\) that stage 'first' does not know, e\.g\. Any_\(\)"):
        batch_from_plain(data, stage_with(), Progress(), Alone())
    assert batch_from_plain(data, stage_with(), Progress(), Alone(), strict=False).known == set()


def test_a_signal_that_nobody_in_the_stage_can_read_is_left_out() -> None:
    data = batch_to_plain(with_value({1, 2}), stage_with())
    assert data["groups"][0]["signals"] == {}


def test_two_signals_of_one_name_are_refused() -> None:
    def twin() -> Any:
        @dataclass(frozen=True)
        class Twin(Any_):
            pass

        return Twin()

    with pytest.raises(SignalError, match="two different signals named"):
        batch_to_plain(Batch(()), stage_with(Holds(twin()), Holds(twin())))


@pytest.mark.parametrize("data", [{}, {"format": 99}, {"format": 1, "groups": [{}], "known": []}])
def test_other_data_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises((CheckpointError, KeyError)) as error:
        batch_from_plain(data, stage_with(), Progress(), Alone(), strict=False)
    assert isinstance(error.value, CheckpointError)


def test_the_bytes_of_a_picture_are_stored_once() -> None:
    other = PNG + b"\x00"
    prompts = [
        (user(Image(PNG), "a"), user(Image(PNG))),
        (user(Image(PNG, max_pixels=784), Image(other), "b"),),
    ]  # fmt: skip
    writer = MediaWriter()
    plain = [writer.prompt(prompt) for prompt in prompts]
    tables = writer.tables()
    assert [len(blob) for blob in tables["blobs"]] == [len(PNG), len(other)]
    assert len(tables["media"]) == 3
    reader = MediaReader(tables)
    assert [reader.prompt(p) for p in plain] == prompts


def test_a_frame_selector_that_nobody_imported_is_refused() -> None:
    writer = MediaWriter()
    writer.prompt((user(Video("a.mp4")),))
    tables = writer.tables()
    tables["media"][0]["frames"] = {"selector": "Clever", "fields": {}}
    with pytest.raises(CheckpointError, match=r"chosen by 'Clever'; known are .*Uniform"):
        MediaReader(tables)


@dataclass(frozen=True)
class Spaced(FrameSelector):
    """Not plain: holds a set."""

    at: frozenset[int] = frozenset((0, 1))

    def pick(self, num_frames: int, fps: float) -> list[int]:
        return sorted(self.at)


def test_a_frame_selector_that_is_not_plain_is_refused() -> None:
    writer = MediaWriter()
    writer.prompt((user(Video("a.mp4", Spaced())),))
    with pytest.raises(DataError, match="at cannot be written to a buffer: it is a frozenset"):
        writer.tables()


def test_the_odd_metric_reads_what_came_back(tmp_path: Path) -> None:
    stage, batch = rolled_out()
    assert HoldsOdd()(through_a_file(batch, stage, tmp_path)) == HoldsOdd()(batch)
