"""Laws of filters, metrics, probes, rollouts and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mmreason.asks import POLICY, REFERENCE
from mmreason.engine import settle
from mmreason.metrics.keep_tracks import KeepTracks
from mmreason.rewards.base import Term
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Group, Progress, Schedule, Task
from tests.mmreason.fakes import NAN, Fixed, Tasks, close, run_of, scene
from tests.mmreason.laws.members import TABLE, classes, examples, members, named
from tests.mmreason.laws.test_credit import ROWS
from tests.mmreason.laws.test_rewards import frozen, same
from tests.mmreason.laws.world import ORDER, groups, measured, permuted
from tests.mmreason.tiny_lm import TinyLM

FILTERS = members("filters")
SAMPLED = ("Lengths", "ThoughtLength", "SamplerGap", "EngineMismatch")
"""Metrics of the completions themselves, whatever their rewards."""


def of_a_task(member: Any) -> bool:
    """A number of a task, such as a weight: no metric of a batch."""
    return "batch" not in member.__call__.__annotations__


METRICS = [m for m in members("metrics") if not of_a_task(m)]
SIGNALS: list[Signal[Any]] = members("probes", Signal)  # type: ignore[type-abstract]
SCHEDULES: list[Schedule] = members("schedules", Schedule)  # type: ignore[type-abstract]


def batch(rows: Sequence[Sequence[float]], some: Sequence[Group] | None = None, *roots: object) -> Batch:
    """These rewards under ``TABLE``, which the examples hold."""
    some = groups() if some is None else some
    for g, row in zip(some, rows, strict=True):
        g.signals[TABLE] = Fixed(((g.task.id, tuple(map(float, row))),)).score(g)
    made = Batch(tuple(some), terms=(Term("table", TABLE),), known={TABLE})
    return made


def verdict(member: Any, made: Batch) -> Any:
    """What a member says, after the signals that it holds were settled."""
    settle(made, scene(run_of({POLICY: TinyLM(), REFERENCE: TinyLM(1)})), member)
    return member(made)


@pytest.mark.parametrize("member", FILTERS, ids=named)
def test_a_filter_gives_one_verdict_per_group_in_any_order(member: Any) -> None:
    found = verdict(member, batch(ROWS))
    assert len(found) == 4
    assert all(isinstance(x, bool) for x in found)
    crossed = batch([[row[i] for i in ORDER] for row in ROWS][::-1], [permuted(g, ORDER) for g in groups()][::-1])
    assert verdict(member, crossed) == found[::-1]
    assert verdict(member, Batch(())) == []


def without(rows: Sequence[Sequence[float]], gone: int) -> Batch:
    kept = [i for i in range(8) if i != gone]
    return batch([[row[i] for i in kept] for row in rows], [permuted(g, kept) for g in groups()])


@pytest.mark.parametrize("member", [*FILTERS, *(m for m in METRICS if type(m).__name__ not in SAMPLED)], ids=named)
def test_what_was_not_measured_moves_no_verdict_and_no_number(member: Any) -> None:
    holes = [[NAN if i == 3 else r for i, r in enumerate(row)] for row in ROWS]
    found, expected = verdict(member, batch(holes)), verdict(member, without(ROWS, 3))
    if isinstance(found, dict):
        assert found.keys() == expected.keys()
        told = [name for name in found if not name.startswith("missing/")]  # the one number that says so
        found, expected = [found[name] for name in told], [expected[name] for name in told]
    close(found, expected, 1e-9)


@pytest.mark.parametrize("member", METRICS, ids=named)
def test_a_metric_gives_numbers_that_do_not_depend_on_order(member: Any) -> None:
    found = verdict(member, batch(ROWS))
    assert found or isinstance(member, KeepTracks)
    assert all(isinstance(name, str) and isinstance(value, float) for name, value in found.items())
    crossed = batch([[row[i] for i in ORDER] for row in ROWS][::-1], [permuted(g, ORDER) for g in groups()][::-1])
    again = verdict(member, crossed)
    close([again[name] for name in found], list(found.values()), 1e-9)


@pytest.mark.parametrize("member", METRICS, ids=named)
def test_a_metric_of_nothing_is_missing_and_not_an_error(member: Any) -> None:
    assert all(value != value for value in member(Batch(())).values())


@pytest.mark.parametrize("member", [*FILTERS, *METRICS], ids=named)
def test_the_batch_is_left_as_it_was(member: Any) -> None:
    made = batch(ROWS)
    verdict(member, made)
    before = frozen(made)
    member(made)
    assert same(before, frozen(made))


@pytest.mark.parametrize("signal", SIGNALS, ids=named)
def test_a_probe_follows_its_completions(signal: Signal[Any]) -> None:
    straight = measured(groups(), signal)
    crossed = measured([permuted(g, ORDER) for g in groups()], signal)
    for a, b in zip(straight.groups, crossed.groups, strict=True):
        for place, i in enumerate(ORDER if signal.per_completion else ()):
            close(b[signal][place], a[signal][i].tolist(), 1e-12)


@pytest.mark.parametrize("probe", [s for s in SIGNALS if isinstance(s, Probe)], ids=named)
def test_a_probe_asks_nothing_about_nobody(probe: Probe[Any, Any]) -> None:
    nobody = Group(groups()[0].task, ())
    assert len(probe.read(nobody, [])) == len(list(probe.ask(nobody, Batch((nobody,))))) == 0


def demonstrated(tasks: Sequence[Task]) -> list[Task]:
    pair = {"chosen": "3 4", "rejected": "4"}
    return [Task(id=t.id, prompt=t.prompt, answer="3 4", record={**t.record, **pair}) for t in tasks]


@pytest.mark.parametrize("cls", classes("rollouts"), ids=lambda cls: cls.__name__)
def test_a_rollout_gives_one_group_per_task_in_order_and_again_the_same(cls: type) -> None:
    for rollout in examples(cls):
        tasks = demonstrated(Tasks().open().next(3))
        seen = []
        for _ in range(2):
            found = rollout(tasks, scene(run_of({POLICY: TinyLM()})))
            assert [g.task.id for g in found] == [t.id for t in tasks]
            seen.append([c.tokens.tolist() for g in found for c in g.completions])
            for g in found:
                assert all(c.tokens.shape == c.logprobs.shape == c.wrote.shape for c in g.completions)
        assert seen[0] == seen[1]
        assert rollout([], scene(run_of({POLICY: TinyLM()}))) == []


@pytest.mark.parametrize("schedule", SCHEDULES, ids=named)
def test_a_schedule_is_a_finite_number_at_every_point(schedule: Schedule) -> None:
    for steps in (0, 1, 7):
        found = [Progress(step, steps).at(schedule) for step in range(steps + 1)]
        assert all(isinstance(x, float) and abs(x) < 1e9 for x in found)
        assert found == [Progress(step, steps).at(schedule) for step in range(steps + 1)]
