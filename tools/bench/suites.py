"""The cases of docs/performance.md."""

from __future__ import annotations

from dataclasses import replace

from tools.bench.cases import ARMS, Case

IMAGE = Case()
LEARN = (
    *(replace(IMAGE, arm=arm) for arm in ARMS),
    replace(IMAGE, kl=0.04),
    Case(images=8, size=224),
    Case(size=224, tokens=256),
)
STEP = (
    IMAGE,
    replace(IMAGE, groups=2),
    Case(images=0, words=512, tokens=128),
    Case(images=0, words=32, tokens=256),
)
MEMORY = (Case(num=16),)
