"""Options of the watch: what they become, and what is refused before a model loads."""

from __future__ import annotations

import pytest

from mmreason.cli.suggest import CommandError
from mmreason.cli.watching import WatchOptions
from mmreason.runs.sinks import TensorBoardSink
from mmreason.watch.watch import Watch
from mmreason.watch.watchdog import WatchDog


def test_without_options_everything_is_watched() -> None:
    assert WatchOptions().watch() == Watch()
    assert WatchOptions().sinks() == []


def test_options_become_guards_and_a_dog() -> None:
    watch = WatchOptions(guard=("all=off", "kl=stop"), watchdog=0).watch()
    assert [(guard.name(), guard.action) for guard in watch.guards] == [("kl", "stop")]
    assert watch.dog is None
    assert WatchOptions(watchdog=5000).watch().dog == WatchDog(least=5000, first=5000)


def test_trackers_are_named_once() -> None:
    options = WatchOptions(track=" tensorboard, tensorboard,")
    assert options.trackers() == ["tensorboard"]
    assert [type(sink) for sink in options.sinks()] == [TensorBoardSink]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--guard", "lk=stop"], "--guard: there is no guard 'lk'; there are not_finite, kl, "),
        (["--guard", "kl"], "--guard: expected NAME=off, warn, stop or raise, got 'kl'"),
        (["--watchdog", "-1"], "--watchdog: expected seconds, or 0 for none, got -1"),
        (["--track", "wanddb"], "--track: unknown tracker 'wanddb'; did you mean 'wandb'?"),
        (["--plan", "--gpus", "0"], "--gpus: expected at least 1, got 0"),
        (["--plan", "--memory", "0"], "--memory: expected GiB of one GPU, got 0"),
        (["--plan", "--model", "gone"], "expected a folder with config.json, found no such folder"),
    ],
)
def test_bad_input_is_one_line_and_code_2(words: list[str], said: str, say) -> None:
    told = say("train", "grpo", *words)
    assert told.code == 2
    assert told.err.startswith("error: ")
    assert said in told.err
    assert told.err.count("\n") == 1


def test_a_plan_that_fits_ends_with_0_and_one_that_cannot_with_2_and_remedies(say) -> None:
    fits = say("train", "grpo", "--plan", "--memory", "16")
    assert fits.code == 0
    for text in ("parameters of mmreason-tiny", "ZeRO-3", "QLoRA", "completion tokens", "fits: "):
        assert text in fits.out
    small = say("train", "grpo", "--plan", "--memory", "0.5")
    assert small.code == 2
    first, *rest = small.err.splitlines()
    assert first.startswith("error: does not fit: ")
    assert rest
    assert all(line.startswith("remedy: ") for line in rest)


def test_nobody_else_is_told_an_unknown_tracker() -> None:
    with pytest.raises(CommandError, match="there are tensorboard, wandb, trackio"):
        WatchOptions(track="mlflow").trackers()
