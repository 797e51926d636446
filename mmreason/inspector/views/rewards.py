"""Why a completion was praised or blamed: terms times weights, totals, advantages, and the group they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mmreason.inspector.model import CompletionView, SampleView
from mmreason.inspector.views.html import TIMES, Html, el, measured, number, short

NAMES = {
    "num": "completions",
    "mean": "mean total",
    "std": "spread (std)",
    "least": "lowest",
    "most": "highest",
    "right": "right",
    "answers": "different answers",
    "length_mean": "mean tokens",
    "length_max": "longest",
    "truncated": "cut off",
    "logprob": "mean log-prob",
}
WIDE = 420.0
"""Units of the dot plot's width."""


def breakdown(c: CompletionView) -> Html | None:
    """A card's table: weight, value and contribution of each term, then total and advantage."""
    if not c.rewards:
        return None
    worth = [term.weight * term.value for term in c.rewards]
    reach = max((abs(w) for w in worth if math.isfinite(w)), default=0.0)
    signed = any(w < 0 for w in worth)
    rows = [
        el(
            "tr",
            el("th", short(t.name, 60), scope="row"),
            num(t.value),
            num(t.weight),
            num(w),
            el("td", gauge(w, reach, signed)),
        )
        for t, w in zip(c.rewards, worth, strict=True)
    ]
    total = el("tr", el("th", "total", scope="row"), el("td"), el("td"), num(c.total), el("td"), class_="sum")
    head = el("tr", *(el("th", name, scope="col") for name in ("term", "value", f"{TIMES} weight", "= part")), el("td"))
    table = el("table", el("thead", head), el("tbody", *rows, total), class_="terms")
    return el("div", table, class_="scroll")


def num(value: float | None, digits: int = 3, sign: bool = False) -> Html:
    """A cell with a number."""
    return el("td", measured(value, digits, sign), class_="num")


def gauge(value: float, reach: float, signed: bool = True) -> Html | None:
    """A bar to the right for what is gained; where there are losses too, from the middle, and to the left for those."""
    if not math.isfinite(value) or not 0 < reach < math.inf:
        return None
    room, zero = (30, 30) if signed else (60, 0)
    wide = round(min(abs(value) / reach, 1.0) * room, 2)
    drawn = "up" if value >= 0 else "down"
    bar = el("rect", x=zero if value >= 0 else zero - wide, y=1, width=wide, height=8, rx=1.5, class_=drawn)
    rail = el("line", x1=zero, x2=zero, y1=0, y2=10)
    return el("svg", rail, bar, viewBox="0 0 60 10", class_="gauge", aria_hidden="true")


def credit(value: float) -> Html | None:
    """An advantage with its sign, an arrow and a colour; nothing where nothing was learned."""
    if math.isnan(value):
        return None
    kind, arrow = ("up", "▲") if value > 0 else ("down", "▼") if value < 0 else ("even", "■")
    return el(
        "span",
        el("i", arrow, aria_hidden="true"),
        f" {number(value, sign=True)}",
        class_=f"adv {kind}",
        title="advantage",
    )


def verdict(right: float) -> Html | None:
    """Right or wrong, as a sign and a word."""
    if math.isnan(right):
        return None
    good = right > 0.5
    partly = f" ({number(right)})" if 0 < right < 1 else ""
    return el("span", f"{'✓ right' if good else '✗ wrong'}{partly}", class_=f"verdict {'good' if good else 'bad'}")


def matrix(view: SampleView) -> Html | None:
    """The group's table: a row a completion, a column a term (weighted), total, advantage, length, log-prob."""
    names = list(dict.fromkeys(term.name for c in view.completions for term in c.rewards))
    if not names:
        return None
    weights = {term.name: term.weight for c in view.completions for term in c.rewards}
    learned = any(c.advantage == c.advantage for c in view.completions)
    heads = [el("th", "#", scope="col"), el("th", "", scope="col")]
    heads += [
        el("th", short(name, 40), el("small", f" {TIMES} {number(weights[name])}"), scope="col", class_="num")
        for name in names
    ]
    ends = ["total", "advantage", "tokens", "log-prob"] if learned else ["total", "tokens", "log-prob"]
    heads += [el("th", name, scope="col", class_="num") for name in ends]
    rows = [matrix_row(c, names, learned) for c in view.completions]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *rows), class_="matrix")
    return el("div", table, class_="scroll", tabindex=0, role="region", aria_label="rewards of the group")


def matrix_row(c: CompletionView, names: Sequence[str], learned: bool) -> Html:
    """One completion."""
    worth = {term.name: term.weight * term.value for term in c.rewards}
    mark = el("td", {True: "✓", False: "✗"}[c.right > 0.5] if c.right == c.right else "", class_="mark")
    cells = [num(worth.get(name)) for name in names]
    cells.append(el("td", el("b", measured(c.total)), class_="num"))
    cells += [num(c.advantage, sign=True)] if learned else []
    return el("tr", el("th", c.number + 1, scope="row"), mark, *cells, num(c.tokens), num(c.logprob))


def spread(view: SampleView) -> Html | None:
    """Totals of the group on one line: full dots are right, crosses wrong, rings unknown; equal ones are stacked."""
    seen = [c for c in view.completions if math.isfinite(c.total)]
    if len(seen) < 2:
        return None
    low, high = min(c.total for c in seen), max(c.total for c in seen)
    span = high - low
    if not math.isfinite(span):
        return None
    placed: list[tuple[CompletionView, float, int]] = []
    stacks: dict[int, int] = {}
    for c in sorted(seen, key=lambda c: c.total):
        x = 30 + (WIDE - 60) * ((c.total - low) / span if span else 0.5)
        stacks[round(x / 11)] = level = stacks.get(round(x / 11), 0) + 1
        placed.append((c, x, level))
    tallest = max(stacks.values())
    gap = min(11.0, 120 / tallest)
    floor = 8 + gap * tallest
    dots = [dot(c, x, floor - gap * (level - 0.5)) for c, x, level in placed]
    ends = [(30.0, low), (WIDE - 30, high)] if span else [(WIDE / 2, low)]
    texts = [el("text", number(value), x=x, y=floor + 22, text_anchor="middle", class_="axis") for x, value in ends]
    rail = el("line", x1=14, x2=WIDE - 14, y1=floor + 6, y2=floor + 6, class_="rail")
    told = f"totals of {len(seen)} completions from {number(low)} to {number(high)}"
    size = f"0 0 {WIDE:g} {floor + 28:g}"
    return el("svg", rail, *dots, *texts, viewBox=size, class_="spread", role="img", aria_label=told)


def dot(c: CompletionView, x: float, y: float) -> Html:
    """One completion's mark."""
    told = el("title", f"#{c.number + 1}: total {number(c.total)}, advantage {number(c.advantage, sign=True)}")
    if c.right != c.right or c.right > 0.5:
        return el("circle", told, cx=x, cy=y, r=4.5, class_="dot good" if c.right > 0.5 else "dot open")
    return el("path", told, d="M-4-4 4 4M4-4-4 4", transform=f"translate({x:g} {y:g})", class_="dot bad")


def statistics(numbers: Mapping[str, float]) -> Html | None:
    """Numbers of the group as a list of terms."""
    if not numbers:
        return None
    pairs = [
        el("div", el("dt", NAMES.get(name, short(name.replace("_", " "), 60))), el("dd", measured(value)))
        for name, value in list(numbers.items())[:40]
    ]
    return el("dl", *pairs, class_="stats")
