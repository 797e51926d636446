"""The run tab: what a run is, its curves, and what changed most between two of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from mmreason.errors import MMReasonError
from mmreason.inspector.browse import boxed, trouble
from mmreason.inspector.links import Place, to_link
from mmreason.inspector.model import SampleKey
from mmreason.inspector.room import Room
from mmreason.inspector.run_folder import RunFolder, seeds_together
from mmreason.inspector.tab_samples import ALL, listing, stages
from mmreason.inspector.views import Html, el, show_changes, show_curves, show_run

LIMIT = 40
"""Prompts whose change is shown."""


@dataclass
class RunTab:
    """The components that follow the run."""

    about: Any
    together: Any
    curves: Any
    stage: Any
    early: Any
    late: Any
    changes: Any

    @property
    def shown(self) -> list[Any]:
        """All that is filled in when a run is chosen."""
        return [self.about, self.together, self.curves, self.stage, self.early, self.late, self.changes]


def run_tab(room: Room, place: Any) -> RunTab:
    """Lay the tab out.

    Args:
        room: what is open.
        place: state that says where this visitor stands.
    """
    about = gr.HTML("", elem_id="mmr-run", apply_default_css=False, padding=False)
    together = gr.Checkbox(False, label="mean and spread over the opened runs of this recipe", visible=False)
    curves = gr.HTML("", elem_id="mmr-curves", apply_default_css=False, padding=False)
    gr.HTML(boxed(el("h3", "What changed most between two steps")), apply_default_css=False, padding=False)
    with gr.Row(elem_id="mmr-change"):
        stage = gr.Dropdown([ALL], value=ALL, label="stage", min_width=140)
        early = gr.Number(None, label="earlier step", precision=0, minimum=0, min_width=100)
        late = gr.Number(None, label="later step", precision=0, minimum=0, min_width=100)
    changes = listing("mmr-changes")
    tab = RunTab(about, together, curves, stage, early, late, changes)

    def again(now: Place, chosen: str, first: float | None, last: float | None) -> Html:
        return changed(room, now, chosen, first, last)

    together.input(lambda now, yes: curves_view(room, now, yes), [place, together], [curves], show_progress="hidden",
                   api_visibility="private")  # fmt: skip
    told = [stage.input, early.submit, late.submit, early.blur, late.blur]
    gr.on(told, again, [place, stage, early, late], [changes], show_progress="hidden", trigger_mode="always_last",
          api_visibility="private")  # fmt: skip
    return tab


def run_view(room: Room, place: Place) -> tuple[Any, ...]:
    """Fill the tab in for a run."""
    try:
        folder = room.runs[place.run]
        first, last = folder.index().steps()
        known = stages(room, place.run)
        return (
            boxed(show_run(folder.info())),
            gr.Checkbox(value=False, visible=len(siblings(room, place)) > 1),
            curves_view(room, place, together=False),
            gr.Dropdown(choices=[ALL, *known], value=ALL),
            first,
            last,
            changed(room, place, None, first, last),
        )
    except MMReasonError as error:
        return (trouble(error), gr.Checkbox(visible=False), "", gr.Dropdown(choices=[ALL], value=ALL), None, None, "")


def siblings(room: Room, place: Place) -> list[RunFolder]:
    """The opened runs of the same recipe, this one among them."""
    folders = [room.runs[name] for name in room.runs]
    recipe = room.runs[place.run].info().recipe
    return [folder for folder in folders if recipe and folder.info().recipe == recipe]


def curves_view(room: Room, place: Place, together: bool) -> Html:
    """The curves of one run, or of all seeds of its recipe as one."""
    found = seeds_together(siblings(room, place)) if together else room.runs[place.run].curves()
    return boxed(show_curves(found))


def changed(room: Room, place: Place, stage: str | None, first: float | None, last: float | None) -> Html:
    """The prompts that were asked at both steps, the largest change first."""
    if first is None or last is None:
        return boxed(el("p", "Give two steps.", class_="note"))
    try:
        found = room.runs.changed(place.run, None if stage in (ALL, None) else stage, int(first), int(last))
    except MMReasonError as error:
        return trouble(error)

    def to(key: SampleKey) -> str:
        return to_link(Place(place.run, sample=key))

    return boxed(show_changes(found[:LIMIT], to))
