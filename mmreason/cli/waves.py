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


def passes(stage: Stage, models: Sequence[tuple[Role, Any]] = ()) -> list[str]:
    """List the calls to models in a step in their order, one text each; equal questions are asked once.

    Args:
        stage: whose step.
        models: who plays which role; with them each text says how the call is packed.
    """
    who = sorted(r.name for r in roles(stage.rollout))
    out = [f"{', '.join(who)}: rollout of {type(stage.rollout).__name__}{sampled(stage, models)}"]
    known: set[Signal[Any]] = set()
    phases: list[tuple[str, Sequence[object]]] = [(f"filter {type(f).__name__}", (f,)) for f in stage.filters]
    phases += [("rewards", (stage.rewards,)), ("losses and metrics", (stage.losses, stage.metrics, stage.keep))]
    for why, roots in phases:
        for wave in waves(roots, known):
            out += (text + packed(stage, models, by, 1) for by, text in calls(wave, why))
    for role in dict.fromkeys(loss.trains for loss in stage.losses):
        names = [type(loss).__name__ for loss in stage.losses if loss.trains == role]
        share = min(stage.minibatch or stage.groups, stage.groups) / max(stage.groups, 1)
        out.append(f"{role.name}: forward and backward for {' + '.join(names)}{packed(stage, models, role, share)}")
    return out


def sampled(stage: Stage, models: Sequence[tuple[Role, Any]]) -> str:
    """How a rollout is run: what is computed once and what per completion."""
    num = getattr(stage.rollout, "num", None)
    if num is None or not models:
        return ""
    return f"; {stage.groups} prompts prefilled once, {stage.groups * num} rows decoded together"


def packed(stage: Stage, models: Sequence[tuple[Role, Any]], role: Role, share: float) -> str:
    """How many rows of a step's completions, or of a ``share`` of them, go through how many forwards."""
    num, limit = (getattr(stage.rollout, name, None) for name in ("num", "limit"))
    budget = budget_of(role, models)
    if num is None or limit is None or budget is None:
        return ""
    groups = round(stage.groups * share)
    tokens = groups * num * limit
    return (
        f"; {groups * num} rows under {groups} prompts, each prompt and its media once: up to {tokens:,} tokens and "
        f"those of the prompts, {budget:,} in a forward"
    )


def budget_of(role: Role, models: Sequence[tuple[Role, Any]]) -> int | None:
    """Token budget of the model that plays a role, or that it is a copy of."""
    spec = dict(models).get(role)
    source = getattr(spec, "of", None)
    if isinstance(source, Role) and source != role:
        return budget_of(source, models)
    budget = getattr(spec, "budget", None)
    return int(budget) if budget is not None else None


def calls(wave: Sequence[Signal[Any]], why: str) -> Iterator[tuple[Role, str]]:
    """One text for each role that a wave asks.

    Equal rows of several probes are run once.
    """
    asking = [s for s in wave if asks_models(s)]
    for role in dict.fromkeys(r for s in asking for r in own_roles(s)):
        mine = [s for s in asking if role in own_roles(s)]
        merged = f", {len(mine)} probes in one call" if len(mine) > 1 else ""
        yield role, f"{role.name}: {' + '.join(map(question, mine))} for {why}{merged}"


def question(signal: Signal[Any]) -> str:
    """A probe and the kind of its requests."""
    hints = get_type_hints(type(signal).ask) if isinstance(signal, Probe) else {}
    kinds = [kind.__name__ for kind in get_args(hints.get("return")) if isinstance(kind, type)]
    return f"{type(signal).__name__}" + (f" ({kinds[0]})" if kinds else "")
