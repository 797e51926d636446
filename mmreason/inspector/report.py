"""A run as one page that needs no server, no script and no other file: what it came to, its curves, telling samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from mmreason.inspector.album import Album
from mmreason.inspector.index import Index
from mmreason.inspector.model import FLAGS, Change, CompletionView, Query, Row, SampleKey, SampleView
from mmreason.inspector.run_folder import RunFolder
from mmreason.inspector.views import Html, el, page, show_changes, show_curves, show_pair, show_run, show_sample
from mmreason.inspector.views.html import number, short
from mmreason.inspector.views.sample import FLAG_WORDS, word

CARDS, BESIDE = 8, 4
"""Completions of a sample that are shown, and of one of two that stand side by side."""
LISTED = 20
"""Changes in the table."""
LOOKED = 400
"""Rows that are looked through for samples of different tasks."""


@dataclass(frozen=True)
class Chosen:
    """Samples that stand in a report for one thing.

    Attributes:
        title: of the part.
        text: what is shown, in a sentence.
        rows: of the samples, each of another task.
    """

    title: str
    text: str
    rows: tuple[Row, ...]


def report(folder: RunFolder, num: int = 3) -> str:
    """Write the page.

    Args:
        folder: of the run.
        num: samples of each kind: the best, the worst, wrong but rewarded, most changed.

    Returns:
        HTML, of bounded size.
    """
    index, album, info = folder.index(), Album(folder.path), folder.info()
    parts = [el("h2", "Curves"), show_curves(folder.curves())]
    parts += flag_counts(index)
    changes = changed(index)
    if changes:
        parts += [
            el("h2", "What changed most"),
            el("p", "The same prompt, answered early and late in the run: mean total of its group.", class_="lede"),
            show_changes(changes[:LISTED], to=in_page(index, changes[:num])),
        ]
        parts += [pair(index, album, change) for change in changes[:num]]
    for chosen in choose(index, num):
        parts += [el("h2", chosen.title), el("p", chosen.text, class_="lede")]
        parts += [
            show_sample(album.sized(few(index.sample(row.key), CARDS)), album.src, scope=chosen.title)
            for row in chosen.rows
        ]
    foot = [f"{index.count():,} samples in the traces"]
    if album.left_out:
        foot.append(f"{album.left_out} pictures were left out to keep this page small")
    last = f". Written by mmreason; `mmreason demo {short(folder.path.as_posix(), 120)}` shows all of them."
    end = el("footer", el("p", "; ".join(foot), last), class_="foot")
    return page(f"{folder.name}: report", album.defs(), show_run(replace(info, files={})), *parts, end)


def in_page(index: Index, shown: Iterable[Change]) -> Callable[[SampleKey], str]:
    """Lead from the table to the samples that are in the page."""
    places = {row.key: f"#{word(side, row.key)}" for c in shown for side, row in (("a", c.before), ("b", c.after))}
    return lambda key: places.get(key, "")


def pair(index: Index, album: Album, change: Change) -> Html:
    """One prompt early and late."""
    views = [album.sized(few(index.sample(row.key), BESIDE)) for row in (change.before, change.after)]
    titles = [f"step {row.key.step}: {number(row.mean_total)}" for row in (change.before, change.after)]
    return show_pair(views[0], views[1], album.src, album.src, (titles[0], titles[1]))


def changed(index: Index) -> list[Change]:
    """What changed between the first and the last step with samples, the largest first."""
    low, high = index.steps()
    return [c for c in index.changed(None, low, high, LISTED) if c.gain == c.gain and c.gain] if high > low else []


def choose(index: Index, num: int) -> list[Chosen]:
    """Choose the samples of each kind, from the later half of the run; what there is none of is left out."""
    low, high = index.steps()
    late = Query(steps=((low + high + 1) // 2, None))
    best = distinct(index, replace(late, sort="reward", descending=True), num)
    worst = distinct(index, replace(late, sort="reward"), num, without={row.key for row in best})
    fooled = distinct(index, replace(late, flags=("rewarded_wrong",)), num, without={r.key for r in (*best, *worst)})
    since = f"from step {late.steps[0] if late.steps else 0}"
    found = (
        Chosen("Best", f"Groups with the highest mean total, {since}.", best),
        Chosen("Worst", f"Groups with the lowest mean total, {since}.", worst),
        Chosen("Wrong but rewarded", f"{FLAGS['rewarded_wrong'].capitalize()}; {since}.", fooled),
    )
    return [chosen for chosen in found if chosen.rows]


def distinct(index: Index, query: Query, num: int, without: Iterable[SampleKey] = ()) -> tuple[Row, ...]:
    """The first rows of a query that are of different tasks."""
    found: dict[str, Row] = {}
    others = set(without)
    for row in index.page(query, 0, LOOKED) if num > 0 else ():
        if row.key not in others and row.mean_total == row.mean_total:
            found.setdefault(row.key.task, row)
        if len(found) == num:
            break
    return tuple(found.values())


def few(view: SampleView, most: int) -> SampleView:
    """Keep so many completions: the best and the worst of them, in their order; the view says so."""
    if len(view.completions) <= most:
        return view
    ranked = sorted(view.completions, key=rank)
    half = most // 2
    kept = {c.number for c in (*ranked[:half], *ranked[len(ranked) - (most - half) :])}
    told = f"{most} of {len(view.completions)} completions are shown: those with the lowest and the highest totals"
    chosen = tuple(c for c in view.completions if c.number in kept)
    return replace(view, completions=chosen, warnings=(*view.warnings, told))


def rank(c: CompletionView) -> tuple[float, int]:
    """By total; what was not measured first."""
    return (c.total if c.total == c.total else float("-inf"), c.number)


def flag_counts(index: Index) -> Sequence[Html]:
    """How many samples have each flag."""
    total = index.count()
    counts = {flag: index.count(Query(flags=(flag,))) for flag in FLAGS} if total else {}
    rows = [
        el("tr", el("th", FLAG_WORDS[flag], scope="row"), el("td", f"{num:,}", class_="num"),
           el("td", f"{100 * num / total:.1f} %", class_="num"), el("td", FLAGS[flag], class_="muted"))
        for flag, num in counts.items() if num
    ]  # fmt: skip
    if not rows:
        return []
    head = el(
        "tr",
        *(
            el("th", n, class_="num" if n in ("samples", "share") else None, scope="col")
            for n in ("flag", "samples", "share", "what it says")
        ),
    )
    table = el("table", el("thead", head), el("tbody", *rows), class_="grid")
    return [el("h2", "Flags"), el("div", table, class_="scroll", tabindex=0, role="region", aria_label="flags")]
