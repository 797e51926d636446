"""The inspector's page: tabs over opened runs, and the server that shows it."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from mmreason.errors import MMReasonError
from mmreason.inspector.browse import browse, pick, trouble
from mmreason.inspector.export import add_exports
from mmreason.inspector.links import TABS, Place, from_link, to_link
from mmreason.inspector.model import Query
from mmreason.inspector.room import Room
from mmreason.inspector.serve import App, Gate, add_files, hosts_for
from mmreason.inspector.tab_compare import CompareTab, compare_tab, compare_view
from mmreason.inspector.tab_live import LiveTab, borrow, live_tab, recipe_names
from mmreason.inspector.tab_run import RunTab, run_tab, run_view
from mmreason.inspector.tab_samples import Samples, fields_of, samples_tab
from mmreason.inspector.theme import theme
from mmreason.inspector.views import css

TITLE = "mmreason trace inspector"
TICK = 4.0
"""Seconds between two looks at a run that may be going on."""
TOP = """<span class="mmr-name">mmreason<small>trace inspector</small></span>"""
SIDE = """<div class="mmr-side"><span class="mmr-keys"><kbd>j</kbd> <kbd>k</kbd> samples &nbsp; <kbd>[</kbd>
<kbd>]</kbd> pages &nbsp; <kbd>/</kbd> search</span>
<button id="mmr-scheme" type="button" title="light or dark">light / dark</button></div>"""
ADDRESS = "(link) => { if (link) history.replaceState(null, '', link); }"


def make_server(room: Room, host: str, uploads: Path, framed: str = "'none'") -> App:
    """Make the whole server.

    Args:
        room: what is open.
        host: address that it will listen on.
        uploads: folder of uploaded files.
        framed: who may show the page in a frame.
    """
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_files(server, room.runs.file)
    add_exports(server, room.runs)
    gr.mount_gradio_app(
        server,
        build(room),
        "/",
        allowed_paths=[],
        blocked_paths=[],
        show_error=False,
        max_file_size=room.most_bytes,
        ssr_mode=False,
        mcp_server=False,
        run_history=False,
        footer_links=[],
        theme=theme(),
        # Not as css: Gradio takes selectors apart at every comma, those within :is() too.
        head=f"<style>{css()}{file_text('app.css')}</style><script>{file_text('app.js')}</script>",
    )
    return Gate(server, hosts_for(host), uploads, framed)


def file_text(name: str) -> str:
    """A file beside this one."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def build(room: Room) -> gr.Blocks:
    """Lay the page out and connect its tabs."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as page:
        place, link = gr.State(room.start), gr.Textbox(visible="hidden", elem_id="mmr-link")
        with gr.Row(elem_id="mmr-top"):
            gr.HTML(TOP, apply_default_css=False, padding=False)
            names = list(room.runs)
            run = gr.Dropdown(names, value=names[0] if names else None, show_label=False, container=False,
                              min_width=160, visible=len(names) > 1, elem_id="mmr-runs")  # fmt: skip
            gr.HTML(SIDE, apply_default_css=False, padding=False)
        note = gr.HTML("", elem_id="mmr-note", apply_default_css=False, padding=False)
        with gr.Tabs(selected=room.start.tab) as tabs:
            with gr.Tab("Samples", id="samples", visible=bool(names)) as samples_page:
                samples = samples_tab(room, place, link)
            with gr.Tab("Run", id="run", visible=bool(names)) as run_page:
                about = run_tab(room, place)
            with gr.Tab("Compare", id="compare", visible=len(names) > 1) as compare_page:
                compare = compare_tab(room)
            with gr.Tab("Live", id="live") as live_page:
                live = live_tab(room)
        parts = Parts(room, place, link, run, note, tabs, samples, about, compare, live)
        parts.connect(page, [samples_page, run_page, compare_page, live_page])
    return page


class Parts:
    """The page's components, and what happens between them."""

    def __init__(
        self, room: Room, place: Any, link: Any, run: Any, note: Any, tabs: Any, samples: Samples, about: RunTab,
        compare: CompareTab, live: LiveTab,
    ) -> None:  # fmt: skip
        self.room, self.place, self.link, self.run, self.note, self.tabs = room, place, link, run, note, tabs
        self.samples, self.about, self.compare, self.live = samples, about, compare, live

    def connect(self, page: Any, pages: list[Any]) -> None:
        """Say what follows what."""
        s, quiet = self.samples, {"show_progress": "hidden", "api_visibility": "private"}
        everything = [self.place, self.run, self.note, self.tabs, *s.fields, *s.shown, *self.about.shown]
        everything += [*self.compare.shown, self.live.recipe]
        page.load(self.restore, None, everything, **quiet)
        self.link.change(None, [self.link], None, js=ADDRESS, api_visibility="private")
        chosen = [self.place, self.link, *s.fields, *s.shown, *self.about.shown]
        self.run.input(self.choose, [self.place, self.run], chosen, **quiet)
        for tab, name in zip(pages, TABS, strict=True):
            tab.select(lambda now, name=name: self.turned(now, name), [self.place], [self.place, self.link], **quiet)
        _, run_page, compare_page, live_page = pages
        live_page.select(lambda: recipe_names(self.room), None, [self.live.recipe], **quiet)
        run_page.select(lambda now: run_view(self.room, now), [self.place], self.about.shown, **quiet)
        self.about.changes.pick(self.to_sample, [self.place], [self.place, self.link, *s.shown, self.tabs], **quiet)
        both = [self.compare.first, self.compare.second]
        compare_page.select(lambda a, b: compare_view(self.room, a, b), both, self.compare.shown, **quiet)
        s.ask.click(self.ask_again, [self.place], [*self.live.filled, self.tabs], **quiet)
        gr.Timer(TICK).tick(self.look_again, [self.place], [self.place, *s.shown[:2]], **quiet)
        page.unload(self.left)

    def restore(self, request: gr.Request) -> tuple[Any, ...]:
        """Show what the permalink says."""
        room = self.room
        place, note = from_link(dict(request.query_params), list(room.runs))
        if not len(room.runs):
            place = room.start
        shown = browse(room.runs, place) if place.run else None
        found = (shown.status, shown.table, shown.sample) if shown else ("", "", "")
        now = shown.place if shown else place
        about = run_view(room, now) if now.run and now.tab == "run" else [gr.skip()] * len(self.about.shown)
        said = trouble(note) if note else ""
        names = list(room.runs)
        both = compare_view(room, *names[:2]) if now.tab == "compare" and len(names) > 1 else [gr.skip()] * 5
        recipes = recipe_names(room) if now.tab == "live" else gr.skip()
        head = (now, now.run or None, said, gr.Tabs(selected=now.tab))
        return *head, *fields_of(room, now), *found, *about, *both, recipes

    def choose(self, now: Place, name: str) -> tuple[Any, ...]:
        """Open another of the runs."""
        shown = browse(self.room.runs, Place(name, Query(), tab=now.tab))
        place = shown.place
        about = run_view(self.room, place) if place.tab == "run" else [gr.skip()] * len(self.about.shown)
        return place, to_link(place), *fields_of(self.room, place), shown.status, shown.table, shown.sample, *about

    def turned(self, now: Place, tab: str) -> tuple[Any, Any]:
        """Remember the tab; the first turn comes while the page is built, before the link is read."""
        if now.run and now.sample is None and not now.total:
            return gr.skip(), gr.skip()
        place = replace(now, tab=tab)
        return place, to_link(place)

    def to_sample(self, now: Place, event: gr.EventData) -> tuple[Any, ...]:
        """Open a sample that was clicked on in another tab."""
        try:
            place = pick(replace(now, query=Query(), at=0, tab="samples"), str(event._data.get("sample", "")))
        except MMReasonError:
            return (gr.skip(),) * 6
        shown = browse(self.room.runs, place)
        return shown.place, to_link(shown.place), shown.status, shown.table, shown.sample, gr.Tabs(selected="samples")

    def ask_again(self, now: Place, request: gr.Request) -> tuple[Any, ...]:
        """Take the open sample to the live tab."""
        return *borrow(self.room, now, str(request.session_hash)), gr.Tabs(selected="live")

    def look_again(self, now: Place) -> tuple[Any, ...]:
        """Show what a run that goes on has written since; leave everything as it is where nothing was."""
        if not now.run:
            return gr.skip(), gr.skip(), gr.skip()
        self.room.runs[now.run].index().refresh()
        shown = browse(self.room.runs, now)
        if shown.place.total == now.total:
            return gr.skip(), gr.skip(), gr.skip()
        return shown.place, shown.status, shown.table

    def left(self, request: gr.Request) -> None:
        """Forget a visitor who closed the page."""
        self.room.leave(str(request.session_hash))
