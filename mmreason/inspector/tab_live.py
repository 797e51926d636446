"""The live tab: ask a checkpoint about a picture or a video, watch it write, score it with a recipe's rewards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from mmreason.errors import MMReasonError
from mmreason.inspector.browse import boxed, trouble
from mmreason.inspector.links import Place
from mmreason.inspector.live import MOST_FRAMES, MOST_NUM, MOST_TOKENS, SELECTORS
from mmreason.inspector.live_session import Session, Wanted
from mmreason.inspector.room import Room
from mmreason.inspector.views import el
from vision_data.errors import MediaError

NO_SCORES = "no scores"
HINT = "Upload a picture or a video, or draw a question of a recipe; then ask."


@dataclass
class LiveTab:
    """The components that others fill in."""

    question: Any
    answer: Any
    upload: Any
    view: Any
    given: Any
    recipe: Any

    @property
    def filled(self) -> list[Any]:
        """What a question that comes from elsewhere fills in."""
        return [self.given, self.upload, self.question, self.answer, self.view]


def live_tab(room: Room) -> LiveTab:
    """Lay the tab out and connect it."""
    with gr.Row(elem_id="mmr-live"):
        with gr.Column(elem_id="mmr-ask", scale=2, min_width=320):
            checkpoint = gr.Dropdown(list(room.checkpoints), value=room.checkpoints[0], label="checkpoint",
                                     allow_custom_value=room.any_checkpoint)  # fmt: skip
            upload = gr.File(label=f"picture or video, up to {room.most_bytes >> 20} MB", file_types=["image", "video"],
                             type="filepath", height=150, elem_id="mmr-upload")  # fmt: skip
            with gr.Row():
                frames = gr.Dropdown(list(SELECTORS), value="evenly spaced", label="frames of a video", min_width=140)
                num_frames = gr.Number(8, label="how many", precision=0, minimum=1, maximum=MOST_FRAMES, min_width=70)
            with gr.Row(visible=False) as times:
                start = gr.Number(0, label="from second", minimum=0, min_width=80)
                end = gr.Number(5, label="to second", minimum=0, min_width=80)
            question = gr.Textbox(label="question", lines=3, max_lines=12, max_length=20_000, elem_id="mmr-question")
            answer = gr.Textbox(label="right answer, if you want scores", max_length=2_000, elem_id="mmr-answer")
            with gr.Row():
                names = [NO_SCORES, *([room.recipe] if room.recipe else [])]  # the others are read when they are wanted
                recipe = gr.Dropdown(names, value=names[-1], min_width=140, label="rewards of", elem_id="mmr-recipe")
                draw = gr.Button("draw a question", size="sm", min_width=100, elem_id="mmr-draw")
            with gr.Accordion("sampling", open=False):
                num = gr.Slider(1, MOST_NUM, value=4, step=1, label="completions")
                limit = gr.Slider(8, MOST_TOKENS, value=128, step=8, label="most tokens")
                temperature = gr.Slider(0, 2, value=1.0, step=0.05, label="temperature")
                seed = gr.Number(0, label="seed", precision=0, minimum=0)
            with gr.Row():
                ask = gr.Button("ask", variant="primary", elem_id="mmr-go")
                stop = gr.Button("stop", elem_id="mmr-stop")
        with gr.Column(scale=5, min_width=320):
            view = gr.HTML(boxed(el("p", HINT, class_="note")), elem_id="mmr-live-view", apply_default_css=False,
                           padding=False)  # fmt: skip
    given = gr.State(None)
    tab = LiveTab(question, answer, upload, view, given, recipe)
    frames.change(lambda name: gr.Row(visible=name == "around a time"), [frames], [times], show_progress="hidden")
    selector = [frames, num_frames, start, end]
    fields = [checkpoint, upload, *selector, question, answer, recipe, num, limit, temperature, seed]
    connect(room, tab, fields, recipe, selector, draw, ask, stop)
    return tab


def recipe_names(room: Room) -> Any:
    """Fill the names of the recipes in, when somebody looks at the tab: reading them takes seconds."""
    value = room.recipe if room.recipe in room.recipes else NO_SCORES
    return gr.Dropdown(choices=[NO_SCORES, *room.recipes], value=value)


def connect(
    room: Room, tab: LiveTab, fields: list[Any], recipe: Any, selector: list[Any], draw: Any, ask: Any, stop: Any
) -> None:
    """Say what follows what."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def answered(request: gr.Request, given: Any, *said: Any) -> Iterator[Any]:
        wanted = Wanted(*said)
        try:
            yield from Session(room, str(request.session_hash)).answer(given, wanted)
        except (MMReasonError, MediaError) as error:
            yield trouble(error)

    def drawn(name: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            if name not in room.recipes:
                raise MMReasonError("choose a recipe under 'rewards of' first: its held-out questions are drawn")
            return Session(room, str(request.session_hash)).draw(name)
        except (MMReasonError, MediaError) as error:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), trouble(error)

    def uploaded(request: gr.Request, path: str | None, *how: Any) -> tuple[Any, ...]:
        try:
            return None, Session(room, str(request.session_hash)).look(path, *how)
        except (MMReasonError, MediaError) as error:
            return None, trouble(error)

    running = ask.click(answered, [tab.given, *fields], [tab.view], concurrency_id="model", concurrency_limit=1,
                        trigger_mode="once", show_progress="minimal", api_visibility="private")  # fmt: skip
    stop.click(None, None, None, cancels=[running])
    draw.click(drawn, [recipe], tab.filled, **quiet)
    gr.on([tab.upload.upload, tab.upload.clear], uploaded, [tab.upload, *selector], [tab.given, tab.view], **quiet)


def borrow(room: Room, place: Place, session: str) -> tuple[Any, ...]:
    """Fill the tab with the sample that is open."""
    try:
        return Session(room, session).borrow(place)
    except (MMReasonError, MediaError) as error:
        return gr.skip(), gr.skip(), gr.skip(), gr.skip(), trouble(error)
