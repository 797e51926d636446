"""What a run is: facts, exams before and after, files; several runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmreason.inspector.model import Exam, RunInfo
from mmreason.inspector.views.html import DASH, Html, el, measured, number, short
from mmreason.inspector.views.sample import warnings

EXAMS, FILES = 400, 500
MAIN = ("accuracy", "reward", "length")
"""Metrics that stand above the others."""


def show_run(info: RunInfo) -> Html:
    """Show a run: what it is, what it came to, what it holds."""
    return el("section", run_head(info), *warnings(info.warnings), exam_table([info]), folded(info), class_="run")


def show_runs(infos: Sequence[RunInfo]) -> Html:
    """Show several runs side by side: facts in columns, then every exam that any of them took."""
    names = ["", *(info.name for info in infos)]
    head = el("tr", *(el("th", short(name, 60), scope="col") for name in names))
    facts = [facts_of(info) for info in infos]
    keys = list(dict.fromkeys(k for fact in facts for k in fact))
    rows = []
    for name in keys:
        cells = [fact.get(name, DASH) for fact in facts]
        differ = "differ" if len(set(cells)) > 1 else None
        rows.append(el("tr", el("th", name, scope="row"), *(el("td", cell) for cell in cells), class_=differ))
    table = el("table", el("thead", head), el("tbody", *rows), class_="grid facts-table")
    told = [text for info in infos for text in info.warnings]
    return el("section", scrolled(table, "facts"), *warnings(told), exam_table(infos), class_="run")


def run_head(info: RunInfo) -> Html:
    """Its name and the facts about it on one line."""
    facts = [el("span", el("small", name), f" {value}") for name, value in facts_of(info).items() if name != "status"]
    status = (
        el("span", info.status, class_=f"status {info.status if info.status.isalpha() else ''}")
        if info.status
        else None
    )
    return el("header", el("h1", short(info.name, 120), " ", status), el("p", *facts, class_="facts"), class_="runhead")


def facts_of(info: RunInfo) -> dict[str, str]:
    """What is worth knowing, as texts."""
    steps = f"{info.steps:,}" + (f" of {info.planned:,}" if info.planned and info.planned != info.steps else "")
    found = {
        "recipe": short(info.recipe, 80),
        "steps": steps,
        "seed": "" if info.seed is None else str(info.seed),
        "stages": short(" → ".join(short(s, 40) for s in info.stages[:12]), 200),
        "started": short(info.started.replace("T", " ").removesuffix("+00:00").removesuffix("Z"), 19),
        "status": short(info.status, 40),
    }
    return {name: value for name, value in found.items() if value}


def exam_table(infos: Sequence[RunInfo]) -> Html | None:
    """Every exam metric before and after training, a column pair a run; the main ones first."""
    found = {(e.name, e.metric): None for info in infos for e in info.exams if telling(e)}
    if not found:
        return None
    keys = sorted(found, key=lambda k: (rank(k[1]), list(found).index(k)))[:EXAMS]
    several = len(infos) > 1
    titles = [el("th", "exam", scope="col"), el("th", "metric", scope="col")]
    for info in infos:
        name = f"{short(info.name, 30)}: " if several else ""
        titles += [el("th", f"{name}{word}", scope="col", class_="num") for word in ("before", "after", "change")]
    rows = [(key, exam_row(key, infos)) for key in keys]
    main = [row for key, row in rows if rank(key[1]) < len(MAIN)]
    others = [row for key, row in rows if rank(key[1]) >= len(MAIN)]
    head = el("thead", el("tr", *titles))
    first = scrolled(el("table", head, el("tbody", *(main or others)), class_="grid exams"), "exams")
    if not main or not others:
        return first
    more = scrolled(el("table", head, el("tbody", *others), class_="grid exams"), "further exam metrics")
    return el("div", first, el("details", el("summary", f"{len(others)} further exam metrics"), more))


def telling(exam: Exam) -> bool:
    """Say whether a metric is worth a line: that no reward was missing is not."""
    return not exam.metric.startswith("missing/") or exam.before > 0 or exam.after > 0


def rank(metric: str) -> int:
    """Where a metric stands."""
    return MAIN.index(metric) if metric in MAIN else len(MAIN)


def exam_row(key: tuple[str, str], infos: Sequence[RunInfo]) -> Html:
    """One metric of one exam."""
    cells: list[Html] = []
    for info in infos:
        exam = next((e for e in info.exams if (e.name, e.metric) == key), None)
        before, after = (exam.before, exam.after) if exam else (None, None)
        gain = after - before if before is not None and after is not None else None
        cells += [el("td", measured(v), class_="num") for v in (before, after)]
        cells.append(el("td", measured(gain, sign=True), class_="num change"))
    return el("tr", el("th", short(key[0], 60), scope="row"), el("td", short(key[1], 60)), *cells)


def folded(info: RunInfo) -> list[Html]:
    """Versions and files, out of the way."""
    return [
        part
        for part in (
            pairs("versions", info.versions),
            pairs("files", {n: size(b) for n, b in list(info.files.items())[:FILES]}),
        )
        if part
    ]


def pairs(title: str, values: Mapping[str, str]) -> Html | None:
    """A folded table of names and values."""
    if not values:
        return None
    rows = [
        el("tr", el("th", short(name, 200), scope="row"), el("td", short(str(v))))
        for name, v in list(values.items())[:FILES]
    ]
    return el(
        "details",
        el("summary", f"{title} ({len(values)})"),
        scrolled(el("table", el("tbody", *rows), class_="grid"), title),
    )


def size(num: int) -> str:
    """Bytes for people.

    >>> size(999), size(2_500_000)
    ('999 B', '2.5 MB')
    """
    for unit, worth in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if num >= worth:
            return f"{number(num / worth, 2)} {unit}"
    return f"{num} B"


def scrolled(table: Html, name: str) -> Html:
    """A table that scrolls in its own box where the screen is narrow."""
    return el("div", table, class_="scroll", tabindex=0, role="region", aria_label=name)
