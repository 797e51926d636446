"""Two checkpoints on the same questions, or one with and without a control: which differences are real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmreason.errors import CheckpointError
from mmreason.evaluation.intervals import Interval, bootstrap
from mmreason.evaluation.items import Item
from mmreason.evaluation.paired import Paired, compare, holm

LEVEL = 0.05


@dataclass(frozen=True)
class Comparison:
    """One reward in one exam."""

    exam: str
    reward: str
    found: Paired
    adjusted: float
    """p after Holm's correction for all rewards and exams that were compared together."""

    @property
    def is_real(self) -> bool:
        """Say whether the difference is significant at the level of 5 %."""
        return self.adjusted < LEVEL

    def as_json(self) -> dict[str, object]:
        """Plain values for a file; NaN is null."""
        plain = {k: None if v != v else v for k, v in self.found._asdict().items() if k not in ("gain", "test")}
        gain = as_json(self.found.gain)
        return {"exam": self.exam, "reward": self.reward} | plain | {
            "gain": gain, "test": self.found.test, "adjusted_p": self.adjusted, "significant": self.is_real
        }  # fmt: skip


def as_json(interval: Interval) -> dict[str, float | None]:
    """An interval as plain values; NaN is null."""
    return {name: None if value != value else value for name, value in interval._asdict().items()}


def compare_items(
    first: Sequence[Item], second: Sequence[Item], rewards: Sequence[str], seed: int = 0
) -> list[Comparison]:
    """Compare two evaluations, exam by exam and reward by reward, on the questions that both have.

    Raises:
        CheckpointError: they have no question in common.
    """
    found: list[tuple[str, str, Paired]] = []
    there = {(item.exam, item.task): item for item in second}
    for exam in dict.fromkeys(item.exam for item in first):
        pairs = [(a, there[exam, a.task]) for a in first if a.exam == exam and (exam, a.task) in there]
        found += [(exam, name, paired) for name in rewards if (paired := of_pairs(pairs, name, seed)) is not None]
    if not found:
        raise CheckpointError(
            "the two evaluations have no measured question in common; compare evaluations of the same suite and data"
        )
    adjusted = holm([paired.p for *_, paired in found])
    return [Comparison(exam, name, paired, p) for (exam, name, paired), p in zip(found, adjusted, strict=True)]


def of_pairs(pairs: Sequence[tuple[Item, Item]], reward: str, seed: int) -> Paired | None:
    """Compare one reward; None where no question has it on both sides."""
    before, after = [a.mean(reward) for a, _ in pairs], [b.mean(reward) for _, b in pairs]
    if not any(x == x and y == y for x, y in zip(before, after, strict=True)):
        return None
    return compare(before, after, [a.cluster for a, _ in pairs], seed=seed)


def controlled(items: Sequence[Item], exam: str, control: str, reward: str, seed: int = 0) -> Paired | None:
    """Compare an exam with the same one under a control, on the questions that the control has."""
    there = {item.task: item for item in items if item.exam == f"{exam}-{control}"}
    return of_pairs([(a, there[a.task]) for a in items if a.exam == exam and a.task in there], reward, seed)


def consistency(items: Sequence[Item], exam: str, control: str = "shuffle-options", seed: int = 0) -> Interval:
    """Share of questions of which the same options are named after the shuffle, put back in their places.

    An answer that cannot be read is not the same; NaN without questions.
    """
    there = {item.task: item for item in items if item.exam == f"{exam}-{control}"}
    pairs = [(a, there[a.task]) for a in items if a.exam == exam and a.task in there]
    same = [float(bool(a.chosen[0]) and a.chosen[0] == b.chosen[0]) for a, b in pairs]
    return bootstrap(same, [a.cluster for a, _ in pairs], seed=seed)


def written(value: float, share: bool = True, sign: bool = False) -> str:
    """Write a share in points of a hundred, any other number as it is.

    >>> written(0.0425, sign=True), written(0.5), written(12.25, share=False)
    ('+4.2', '50.0', '12.2')
    """
    value = 100 * value if share else value
    return f"{value:+.1f}" if sign else f"{value:.1f}"


def worded(found: Paired, first: str, second: str, what: str, p: float | None = None, main: bool = True) -> str:
    """Say in a sentence what came out, and whether it is more than chance.

    Args:
        found: the comparison.
        first: name of one side.
        second: of the other.
        what: the reward.
        p: after a correction; None takes the test's own.
        main: more of it is better; else it is only called higher or lower.
    """
    p, gain = found.p if p is None else p, found.gain
    share = abs(found.first) <= 1 and abs(found.second) <= 1
    chance = f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"
    low, high, mean = (written(x, share, sign=True) for x in (gain.low, gain.high, gain.value))
    unit = " points" if share else ""
    size = f"{gain.num} questions" + (f" in {gain.clusters} groups" if gain.clusters < gain.num else "")
    about = (
        f"{what} {written(found.first, share)} → {written(found.second, share)}, {mean}{unit}, "
        f"95 % interval {low} to {high} ({found.test}, {chance}, {size})"
    )
    if p < LEVEL and main:
        better, other = (second, first) if gain.value > 0 else (first, second)
        return f"{better} is better than {other}: {about}"
    if p < LEVEL:
        return f"{what} is {'higher' if gain.value > 0 else 'lower'} with {second}: {about}"
    least = f"; a difference below {written(found.seen, share)}{unit} would often be missed here"
    return f"no significant difference: {about}{least if found.seen == found.seen else ''}"


def rewards_of(items: Sequence[Item]) -> list[str]:
    """Names of the rewards that items have, in their order."""
    found: Mapping[str, None] = dict.fromkeys(name for item in items for name in item.values)
    return list(found)
