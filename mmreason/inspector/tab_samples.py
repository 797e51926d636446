"""The samples tab: search, list, one sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from mmreason.errors import MMReasonError
from mmreason.inspector.browse import browse, pick, step, turn
from mmreason.inspector.links import LONGEST, Place, to_link
from mmreason.inspector.model import FLAGS, SORTS, Query
from mmreason.inspector.room import Room
from mmreason.inspector.views.sample import FLAG_WORDS

ALL = "all stages"
PICKED = """
element.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-sample]');
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  trigger('pick', {sample: link.dataset.sample});
  setTimeout(() => window.mmrTop && window.mmrTop(), 300);
});
new MutationObserver(() => window.mmrFollow && window.mmrFollow()).observe(element, {childList: true, subtree: true});
"""
"""A click on a row opens its sample here; with a key held down the browser opens it elsewhere."""


def listing(name: str) -> Any:
    """Make an element whose links to samples are heard: its event is ``pick``."""
    return gr.HTML("", elem_id=name, js_on_load=PICKED, apply_default_css=False, padding=False)


@dataclass
class Samples:
    """The components, in the order in which ``values`` fills them."""

    text: Any
    stage: Any
    low: Any
    high: Any
    flags: Any
    sort: Any
    down: Any
    status: Any
    table: Any
    sample: Any
    ask: Any

    @property
    def fields(self) -> list[Any]:
        """What is looked for."""
        return [self.text, self.stage, self.low, self.high, self.flags, self.sort, self.down]

    @property
    def shown(self) -> list[Any]:
        """What is found."""
        return [self.status, self.table, self.sample]


def samples_tab(room: Room, place: Any, link: Any) -> Samples:
    """Lay the tab out and connect it.

    Args:
        room: what is open.
        place: state that says where this visitor stands.
        link: receives the permalink.
    """
    with gr.Row(elem_id="mmr-desk"):
        with gr.Column(elem_id="mmr-list", scale=2, min_width=320):
            tab = lay_out(room)
            with gr.Row(elem_id="mmr-pages"):
                page_back = gr.Button("previous page", elem_id="mmr-page-back", size="sm", min_width=60)
                page_on = gr.Button("next page", elem_id="mmr-page-on", size="sm", min_width=60)
        with gr.Column(elem_id="mmr-open", scale=5, min_width=320):
            with gr.Row(elem_id="mmr-steps"):
                tab.ask = gr.Button("ask a model", elem_id="mmr-again", size="sm", min_width=60)
                back = gr.Button("previous", elem_id="mmr-previous", size="sm", min_width=60)
                on = gr.Button("next", elem_id="mmr-next", size="sm", min_width=60)
            tab.sample = gr.HTML("", elem_id="mmr-sample", apply_default_css=False, padding=False)
    connect(room, tab, place, link, (back, on), (page_back, page_on))
    return tab


def lay_out(room: Room) -> Samples:
    """Search, filters, list."""
    text = gr.Textbox(placeholder="search questions, answers, completions", show_label=False, elem_id="mmr-search",
                      max_length=LONGEST, container=False)  # fmt: skip
    with gr.Accordion("filters and order", open=False, elem_id="mmr-filters"):
        stage = gr.Dropdown([ALL, *stages(room, room.start.run)], value=ALL, show_label=False, container=False)
        words = [(FLAG_WORDS.get(flag, flag), flag) for flag in FLAGS]
        flags = gr.CheckboxGroup(words, show_label=False, container=False, elem_id="mmr-flags")
        with gr.Row():
            low = gr.Number(None, label="from step", precision=0, minimum=0, min_width=80)
            high = gr.Number(None, label="to step", precision=0, minimum=0, min_width=80)
        with gr.Row():
            sort = gr.Dropdown(
                [(said, name) for name, said in SORTS.items()], value="step", label="order", min_width=120
            )
            down = gr.Checkbox(False, label="largest first", min_width=100)
    status = gr.HTML("", elem_id="mmr-status", apply_default_css=False, padding=False)
    table = listing("mmr-table")
    return Samples(text, stage, low, high, flags, sort, down, status, table, None, None)


def connect(room: Room, tab: Samples, place: Any, link: Any, samples: Iterable[Any], pages: Iterable[Any]) -> None:
    """Say what follows what; the buttons lead back and on."""
    out = [place, link, *tab.shown]
    quiet: dict[str, Any] = {"outputs": out, "show_progress": "hidden", "api_visibility": "private"}

    def shown(now: Place) -> tuple[Any, ...]:
        found = browse(room.runs, now)
        return found.place, to_link(found.place), found.status, found.table, found.sample

    def search(now: Place, *fields: Any) -> tuple[Any, ...]:
        try:
            return shown(replace(now, query=query_of(*fields), at=0, sample=None))
        except MMReasonError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def picked(now: Place, event: gr.EventData) -> tuple[Any, ...]:
        try:
            return shown(pick(now, str(event._data.get("sample", ""))))
        except MMReasonError as error:
            raise gr.Error(str(error), print_exception=False) from None

    gr.on([tab.text.submit, *(field.input for field in tab.fields)], search, [place, *tab.fields],
          trigger_mode="always_last", **quiet)  # fmt: skip
    tab.table.pick(picked, [place], **quiet)
    for button, by in zip(samples, (-1, 1), strict=True):
        button.click(lambda now, by=by: shown(step(room.runs, now, by)), [place], trigger_mode="multiple",
                     concurrency_id="place", **quiet)  # fmt: skip
    for button, by in zip(pages, (-1, 1), strict=True):
        button.click(lambda now, by=by: shown(turn(room.runs, now, by)), [place], trigger_mode="multiple",
                     concurrency_id="place", **quiet)  # fmt: skip


def query_of(
    text: str, stage: str, low: float | None, high: float | None, flags: list[str], sort: Any, down: bool
) -> Query:
    """From the fields to what is looked for."""
    first, last = (None if step is None else int(step) for step in (low, high))
    return Query(
        text=(text or "")[:LONGEST],
        stage=None if stage in (ALL, None, "") else stage,
        steps=None if first is None and last is None else (first, last),
        flags=tuple(flags or ()),
        sort=sort or "step",
        descending=bool(down),
    )


def fields_of(room: Room, place: Place) -> list[Any]:
    """From what is looked for to the fields."""
    query = place.query
    low, high = query.steps or (None, None)
    known = [ALL, *stages(room, place.run)]
    stage = gr.Dropdown(choices=known, value=query.stage if query.stage in known else ALL)
    return [query.text, stage, low, high, list(query.flags), query.sort, query.descending]


def stages(room: Room, run: str) -> list[str]:
    """Names of a run's stages that have samples."""
    try:
        return list(room.runs[run].index().stages()) if run else []
    except MMReasonError:
        return []
