"""What the samples tab shows for a place, without Gradio: the list, the open sample, the line above it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from mmreason.errors import MMReasonError
from mmreason.inspector.links import Place, to_link
from mmreason.inspector.model import Row, SampleKey
from mmreason.inspector.opened import PER_PAGE, Opened
from mmreason.inspector.views import Html, el, show_sample, show_table


@dataclass(frozen=True)
class Shown:
    """The samples tab at a place.

    Attributes:
        place: where it stands now: a place that is not there has been mended.
        status: how much was found, and what can be done with it.
        table: the list.
        sample: the open sample.
    """

    place: Place
    status: Html
    table: Html
    sample: Html


def boxed(*children: Html | str | None) -> Html:
    """Put views into the element that their styles are made for."""
    return el("div", *children, class_="mmr")


def trouble(error: Exception | str) -> Html:
    """One line that says what is wrong."""
    return boxed(el("p", " ".join(str(error).split()), class_="warning", role="alert"))


def browse(runs: Opened, place: Place) -> Shown:
    """Show a place: the page of the list that it is on, and its sample."""
    try:
        return found(runs, place)
    except MMReasonError as error:
        return Shown(place, boxed(), trouble(error), boxed())


def found(runs: Opened, place: Place) -> Shown:
    """Look it up.

    Raises:
        InspectorError: the run cannot be read.
    """
    total = runs.count(place.run, place.query)
    at = min(place.at, max(total - 1, 0))
    rows = runs.page(place.run, place.query, at // PER_PAGE)
    keys = [row.key for row in rows]
    sample = place.sample
    if sample is None and keys:
        sample = keys[min(at % PER_PAGE, len(keys) - 1)]
    elif sample in keys:
        at = at // PER_PAGE * PER_PAGE + keys.index(sample)
    elif sample is not None and (there := runs.place(place.run, place.query, sample)) is not None:
        at, rows = there, runs.page(place.run, place.query, there // PER_PAGE)
    place = replace(place, at=at, sample=sample, total=total)
    view = opened(runs, sample) if sample else boxed(el("p", "Nothing to show.", class_="note"))
    table = boxed(show_table(rows, sample, lambda key: row_link(place, rows, key)))
    return Shown(place, status(runs, place, total), table, view)


def row_link(place: Place, rows: list[Row], key: SampleKey) -> str:
    """The permalink of a row."""
    page = place.at // PER_PAGE * PER_PAGE
    number = next((i for i, row in enumerate(rows) if row.key == key), 0)
    return to_link(replace(place, at=page + number, sample=key, tab="samples"))


def opened(runs: Opened, key: SampleKey) -> Html:
    """One sample; what is wrong with it takes its place."""
    try:
        return boxed(show_sample(runs.sample(key), runs.src(key.run)))
    except MMReasonError as error:
        return trouble(error)


def status(runs: Opened, place: Place, total: int) -> Html:
    """How many there are, which is open, and the exports of the selection."""
    pages = max(-(-total // PER_PAGE), 1)
    many = f"{total:,} sample" + ("" if total == 1 else "s")
    where = f"{place.at + 1:,} of {many}" if total else "no samples"
    parts = [el("span", where), el("span", f"page {place.at // PER_PAGE + 1:,} of {pages:,}") if pages > 1 else None]
    if total:
        link = to_link(replace(place, at=0, sample=None, tab="samples"))
        name = quote(place.run, safe="")
        parts.append(el("span", "export ", el("a", "JSONL", href=f"/export/{name}.jsonl{link}", download=True),
                        " ", el("a", "HTML", href=f"/export/{name}.html{link}", download=True)))  # fmt: skip
    warnings = [el("p", text, class_="warning") for text in runs[place.run].index().warnings()[:5]]
    return boxed(el("p", *parts, class_="facts"), *warnings)


def step(runs: Opened, place: Place, by: int) -> Place:
    """Go to the sample so many further on, staying inside what is found."""
    total = runs.count(place.run, place.query)
    at = min(max(place.at + by, 0), max(total - 1, 0))
    return place if at == place.at else replace(place, at=at, sample=None)


def turn(runs: Opened, place: Place, by: int) -> Place:
    """Go to the first sample of the page so many further on."""
    total = runs.count(place.run, place.query)
    last = max(total - 1, 0) // PER_PAGE
    page = min(max(place.at // PER_PAGE + by, 0), last)
    return place if page == place.at // PER_PAGE else replace(place, at=page * PER_PAGE, sample=None)


def pick(place: Place, text: str) -> Place:
    """Open a sample that was clicked on.

    Raises:
        InspectorError: what came is no link.
    """
    key = SampleKey.parse(text)
    return replace(place, sample=key, run=key.run if key.run else place.run)
