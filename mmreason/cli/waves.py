"""Which questions a stage asks its models, and which of them go together in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_type_hints

from mmreason.asks import Role
from mmreason.recipe import Stage
from mmreason.signals import Probe, Signal, needs, roles


def asks_models(signal: Signal[Any]) -> bool:
    """Say whether a signal asks anything itself; the others are arithmetic."""
    return type(signal).asks is not Signal.asks


def own_roles(signal: Signal[Any]) -> list[Role]:
    """Roles that a signal asks, without those of the signals that it holds."""
    theirs: set[Role] = set().union(*(roles(s) for s in needs(signal) if s != signal))
    mine = roles(signal)
    return sorted(mine - theirs or mine, key=lambda role: role.name)


def waves(roots: Sequence[object], known: set[Signal[Any]]) -> Iterator[list[Signal[Any]]]:
    """Group signals as the engine settles them: dependencies first, everything that is ready in one wave.

    Args:
        roots: what needs the signals.
        known: signals that are settled already; added to.
    """
    todo = [s for s in needs(*roots) if s not in known]
    while todo:
        wave = [s for s in todo if not any(d in todo for d in needs(s) if d != s)]
        yield wave
        known.update(wave)
        todo = [s for s in todo if s not in wave]


def passes(stage: Stage) -> list[str]:
    """List the calls to models in a step in their order, one text each; equal questions are asked once."""
    out = [f"{', '.join(sorted(r.name for r in roles(stage.rollout)))}: rollout of {type(stage.rollout).__name__}"]
    known: set[Signal[Any]] = set()
    phases: list[tuple[str, Sequence[object]]] = [(f"filter {type(f).__name__}", (f,)) for f in stage.filters]
    phases += [("rewards", (stage.rewards,)), ("losses and metrics", (stage.losses, stage.metrics, stage.keep))]
    for why, roots in phases:
        for wave in waves(roots, known):
            out += calls(wave, why)
    for role in dict.fromkeys(loss.trains for loss in stage.losses):
        names = [type(loss).__name__ for loss in stage.losses if loss.trains == role]
        out.append(f"{role.name}: forward and backward for {' + '.join(names)}")
    return out


def calls(wave: Sequence[Signal[Any]], why: str) -> Iterator[str]:
    """One text for each role that a wave asks."""
    asking = [s for s in wave if asks_models(s)]
    for role in dict.fromkeys(r for s in asking for r in own_roles(s)):
        mine = [s for s in asking if role in own_roles(s)]
        merged = f", {len(mine)} probes in one call" if len(mine) > 1 else ""
        yield f"{role.name}: {' + '.join(map(question, mine))} for {why}{merged}"


def question(signal: Signal[Any]) -> str:
    """A probe and the kind of its requests."""
    hints = get_type_hints(type(signal).ask) if isinstance(signal, Probe) else {}
    kinds = [kind.__name__ for kind in get_args(hints.get("return")) if isinstance(kind, type)]
    return f"{type(signal).__name__}" + (f" ({kinds[0]})" if kinds else "")
