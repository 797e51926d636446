"""How runs went: a panel a metric, several runs and seeds in it, reward terms stacked."""

from __future__ import annotations

from collections.abc import Sequence

from mmreason.inspector.model import Curve
from mmreason.inspector.views.html import Html, el, number, short
from mmreason.inspector.views.plot import Area, Points, area, band, finite, line, svg, thinned
from mmreason.runs.curves import smoothed

STACKED, SHARED = "Reward terms", "Accuracy"
FOLDED = ("Costs", "Other")
LINES, PANELS = 8, 200
"""Lines of a panel, and panels of a page, that are drawn."""


def show_curves(curves: Sequence[Curve]) -> Html:
    """Show curves by group, as small multiples.

    Curves of one name share a panel, so runs and seeds can be compared; so do the kinds of accuracy of a single run,
    and its reward terms are stacked.
    """
    groups: dict[str, list[Curve]] = {}
    for curve in curves:
        if curve.points:
            groups.setdefault(curve.group, []).append(curve)
    if not groups:
        return el("p", "Nothing was measured yet.", class_="note")
    several = len({curve.run for curve in curves}) > 1
    drawn = {
        name: [panel(title, found, several, name) for title, found in panels(name, members, several)]
        for name, members in groups.items()
    }
    main = [figure for name, figures in drawn.items() if name not in FOLDED for figure in figures]
    folded = [
        el("details", el("summary", short(name, 60)), el("div", *figures[:PANELS], class_="panels"))
        for name, figures in drawn.items()
        if name in FOLDED
    ]
    return el("div", el("div", *main[:PANELS], class_="panels"), *folded, class_="curves")


def panels(group: str, curves: Sequence[Curve], several: bool) -> list[tuple[str, list[Curve]]]:
    """Which curves are drawn together, by title."""
    out: dict[str, list[Curve]] = {}
    for curve in curves:
        together = {} if several else {STACKED: "", SHARED: curve.name.partition("/")[0]}
        out.setdefault(together.get(group, curve.name), []).append(curve)
    return list(out.items())


def panel(title: str, curves: Sequence[Curve], several: bool, group: str = "") -> Html:
    """One plot with its legend."""
    curves = curves[:LINES]
    if group == STACKED and not several and stackable(curves):
        return stack(title or "weight times value, stacked", curves, group)
    names = [label(curve, several, curves) for curve in curves]
    lines = [finite(curve.points) for curve in curves]
    edges = [finite([(x, y) for x, low, high in curve.spread for y in (low, high)]) for curve in curves]
    shown = area([*lines, *edges])
    drawn: list[Html | None] = []
    for i, curve in enumerate(curves):
        drawn += [*one_band(curve, shown, i), *one_line(lines[i], shown, i, len(curves))]
    told = f"{title or group}: " + "; ".join(f"{n} {ends(p)}" for n, p in zip(names, lines, strict=True))
    keys = [key(i, "" if n == title else n, ends(p)) for i, (n, p) in enumerate(zip(names, lines, strict=True))]
    return figure(title or group, group, svg(shown, *drawn, told=short(told, 1000)), keys)


def one_band(curve: Curve, shown: Area, i: int) -> list[Html | None]:
    """The spread over seeds."""
    low, high = finite([(x, a) for x, a, _ in curve.spread]), finite([(x, b) for x, _, b in curve.spread])
    return [band(low, high, shown, f"band l{i}")]


def one_line(points: Points, shown: Area, i: int, num: int) -> list[Html | None]:
    """The values, pale, and their running mean; many lines in one panel are drawn smooth only."""
    reach = len(points) // 40
    if reach < 1:
        return [line(points, shown, f"ln l{i}")]
    few = thinned(points, 600)
    smooth = smoothed([y for _, y in few], max(len(few) // 40, 1))
    raw = line(points, shown, f"raw l{i}") if num <= 3 else None
    return [raw, line([(x, y) for (x, _), y in zip(few, smooth, strict=True)], shown, f"ln l{i}")]


def stackable(curves: Sequence[Curve]) -> bool:
    """Say whether parts add up to a whole: two or more, none of them negative."""
    return len(curves) > 1 and all(y >= 0 for curve in curves for _, y in curve.points)


def stack(title: str, curves: Sequence[Curve], group: str) -> Html:
    """Reward terms on top of each other; a term that a step lacks gives nothing there."""
    steps = sorted({x for curve in curves for x, _ in curve.points})
    floor, layers = [0.0] * len(steps), []
    for curve in curves:
        values = dict(curve.points)
        worth = smoothed([values.get(x, 0.0) for x in steps], len(steps) // 40)
        roof = [f + w for f, w in zip(floor, worth, strict=True)]
        layers.append(tuple(finite(list(zip(steps, edge, strict=True))) for edge in (floor, roof)))
        floor = roof
    shown = area([layers[-1][1]], zero=True)
    drawn: list[Html | None] = []
    for i, (low, high) in enumerate(layers):
        drawn += [band(low, high, shown, f"layer l{i}"), line(high, shown, f"ln edge l{i}")]
    keys = [key(i, curve.name, ends(finite(curve.points)), solid=True) for i, curve in enumerate(curves)]
    told = f"{title}: " + "; ".join(f"{c.name} {ends(finite(c.points))}" for c in curves)
    return figure(title, group, svg(shown, *drawn, told=short(told, 1000)), keys)


def figure(title: str, group: str, drawn: Html, keys: Sequence[Html]) -> Html:
    """A plot under its title, its legend below."""
    above = el("small", short(group, 60)) if group and group.lower() != title.lower() else None
    return el(
        "figure", el("figcaption", above, short(title, 80)), drawn, el("ul", *keys, class_="keys"), class_="panel"
    )


def key(i: int, name: str, told: str, solid: bool = False) -> Html:
    """A line of the legend: how it is drawn, what it is, from where to where it went."""
    mark = (
        el("rect", width=18, height=10, rx=2, class_=f"layer l{i}")
        if solid
        else el("line", x2=18, y1=5, y2=5, class_=f"ln l{i}")
    )
    return el(
        "li",
        el("svg", mark, viewBox="0 0 18 10", class_="mini", aria_hidden="true"),
        el("span", short(name, 80)),
        el("span", told, class_="muted"),
    )


def label(curve: Curve, several: bool, curves: Sequence[Curve]) -> str:
    """What tells a curve from the others of its panel."""
    parts = [curve.run] if several else [curve.name]
    alike = sum(other.run == curve.run and other.name == curve.name for other in curves) > 1
    return " ".join(parts) + (f" (seed {curve.seed})" if alike and curve.seed is not None else "")


def ends(points: Points) -> str:
    """First and last value, each a mean over a tenth of the points."""
    if not points:
        return ""
    few = max(len(points) // 10, 1)
    first, last = (sum(y for _, y in part) / few for part in (points[:few], points[-few:]))
    return number(first) if len(points) == 1 else f"{number(first)} → {number(last)}"
