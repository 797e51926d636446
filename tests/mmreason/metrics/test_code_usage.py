"""Code usage, and where the code is used."""

from __future__ import annotations

import math
from typing import Any

from mmreason.metrics.code_usage import CodeUsage
from mmreason.types import Group
from tests.mmreason.fakes import close, comp, settled, task

RIGHT, WRONG = r"\boxed{7}", r"\boxed{1}"


def of(id: str, texts: list[str], **record: Any) -> Group:
    return Group(task(id, answer="7", record=record), tuple(comp([1], text=text) for text in texts))


def test_shares() -> None:
    metric = CodeUsage(field="source")
    groups = [
        of("a", [f"<CODE> {RIGHT}", f"<CODE> {WRONG}", f"<DIRECT> {RIGHT}"], programmable=True, source="x"),
        of("b", [f"<DIRECT> {RIGHT}", f"<CODE> {WRONG}", RIGHT], programmable=False, source="y"),
        of("c", [f"<CODE> {RIGHT}"], source="y"),
    ]
    found = metric(settled(groups, metric))
    wanted = {
        "code_usage": 4 / 7,
        "code_usage/programmable": 2 / 3,
        "code_usage/other": 1 / 3,
        "no_strategy": 1 / 7,
        "follows_label": 3 / 6,
        "code_accuracy": 2 / 4,
        "direct_accuracy": 2 / 2,
        "code_usage/x": 2 / 3,
        "code_usage/y": 2 / 4,
    }
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        close(found[name], value)


def test_what_is_not_there_is_not_measured() -> None:
    metric = CodeUsage()
    found = metric(settled([of("a", [f"<DIRECT> {RIGHT}"])], metric))
    assert found["code_usage"] == 0
    for name in ("code_usage/programmable", "code_usage/other", "follows_label", "code_accuracy"):
        assert math.isnan(found[name])
