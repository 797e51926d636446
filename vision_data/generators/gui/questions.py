"""One record a step, in the fields of AITZ as TON (arXiv:2505.16854) uses it, with the whole screen as ground truth."""

from __future__ import annotations

from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.gui.actions import ALL_ACTIONS, INSTRUCTION
from vision_data.generators.gui.episode import Episode
from vision_data.generators.gui.widgets import HEIGHT, WIDTH, Screen, scaled


def questions(episode: Episode, scale: int = 1, terse: bool = False) -> list[dict[str, Any]]:
    """The steps of an episode: what is the next action?

    A record holds `question`, `answer` (the action as text), `solution` (the same within `<action>` tags), `type` (its
    name), `action`, `value`, `position` ([x, y] from 0 to 1, None for all but clicks), `task`, `goal`, `history` (the
    actions before), `history_images` and `image` (empty), `episode_id`, `step_id`, `episode_length`, and the ground
    truth: `widgets` (kind, text, box, clickable, state, layer), `target` (index of the widget to click, -1 for other
    actions), `target_box` and `point` (pixels; None for other actions), `screen`, `app`, `width`, `height`. Boxes are
    in pixels (`space` original), positions are shares (`position_space` unit).

    Args:
        episode: whose steps are asked for.
        scale: pixels a point, 1 to 6.
        terse: leave the explanation of the actions out of the question.

    Raises:
        MediaError: `scale` is out of range.
    """
    if not isinstance(scale, int) or not 1 <= scale <= 6:
        raise MediaError(f"gui: scale must be a whole number from 1 to 6, got {scale!r}")
    answers = [str(step.action) for step in episode.steps]
    return [_record(episode, number, answers[:number], scale, terse) for number in range(len(episode.steps))]


def _record(episode: Episode, number: int, history: list[str], scale: int, terse: bool) -> dict[str, Any]:
    step = episode.steps[number]
    action = step.action
    target = step.screen.widgets[action.target] if action.target >= 0 else None
    asked = f"Task: {episode.task}\nDone so far: {'; '.join(history) or 'nothing'}\nWhat is the next action?"
    return {
        "question": asked if terse else f"{INSTRUCTION}\n{asked}",
        "answer": str(action),
        "solution": f"<action>{action}</action>",
        "type": action.name,
        "action": action.name,
        "value": action.value,
        "position": list(action.position) if action.position else None,
        "position_space": "unit",
        "task": episode.task,
        "instruction": episode.task,
        "goal": vars(episode.goal),
        "history": history,
        "history_images": [],
        "image": "",
        "episode_id": f"{episode.split}-{episode.seed}",
        "step_id": number,
        "episode_length": len(episode.steps),
        "options": [],
        "target": action.target,
        "target_box": list(scaled(target.box, scale)) if target else None,
        "point": [round(edge * scale) for edge in target.centre] if target else None,
        "space": "original",
        "width": WIDTH * scale,
        "height": HEIGHT * scale,
        "split": episode.split,
        **_truth(step.screen, scale),
    }


def _truth(screen: Screen, scale: int) -> dict[str, Any]:
    return {
        "screen": screen.name,
        "app": screen.app,
        "widgets": [
            {
                "kind": widget.kind,
                "text": widget.text,
                "box": list(scaled(widget.box, scale)),
                "clickable": widget.clickable,
                "state": widget.state,
                "layer": widget.layer,
            }
            for widget in screen.widgets
        ],
    }


def explain(record: dict[str, Any]) -> str:
    """A short thought and the action: `<think> ... </think><action>{...}</action>`.

    Raises:
        MediaError: the record's action is none of `ALL_ACTIONS`.
    """
    if record["action"] not in ALL_ACTIONS:
        raise MediaError(f"gui trace: unknown action {record['action']!r}; use {', '.join(ALL_ACTIONS)}")
    return f"<think> {_thought(record)} </think>{record['solution']}"


def _thought(record: dict[str, Any]) -> str:
    where = f"The {record['screen']} page of {record['app']} is open." if record["app"] else "This is the home screen."
    if record["target"] >= 0:
        widget = record["widgets"][record["target"]]
        return f"{where} Next comes the {widget['kind']} {widget['text']}."
    why = {
        "TYPE": f"The field is in focus, so {record['value']} can be typed.",
        "PRESS ENTER": "The words are typed; the search can start.",
        "PRESS BACK": "This is not the page that the task needs.",
        "PRESS HOME": "This is not the app that the task needs.",
        "STATUS_TASK_COMPLETE": "All that the task asks for is done.",
    }
    return f"{where} {why.get(record['action'], 'What is needed is not in sight.')}"
