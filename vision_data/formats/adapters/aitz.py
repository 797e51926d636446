"""AITZ, Android in the Zoo (arXiv:2403.02713): the next action on a screen, given a goal and what was done."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, whole, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row

ACTIONS = {
    3: "TYPE",
    4: "CLICK",
    5: "PRESS BACK",
    6: "PRESS HOME",
    7: "PRESS ENTER",
    10: "TASK_COMPLETE",
    11: "TASK_IMPOSSIBLE",
}
"""``result_action_type`` of the AITW family to words; 4 is a touch, which is a scroll where the finger moves."""
STILL = 0.04
"""A finger that moves less than this share of the screen is a tap (AITW, arXiv:2307.10088)."""


class Aitz(Format):
    """One step of an episode; the file is the list of its steps, in order.

    ``{"episode_id", "step_id", "instruction", "image_path", "result_action_type", "result_action_text",
    "result_touch_yx", "result_lift_yx", "coat_action_desc", ...}``. The answer is the JSON of an action with
    ``action``, ``value`` and ``position`` (x, y as shares of the screen). What was done before is asked along.
    """

    name: ClassVar[str] = "aitz"
    title: ClassVar[str] = "AITZ (Android in the Zoo) JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("instruction", "image_path"),
        has("episode_id", "result_action_type"),
        Mark("step_id", lambda row: row.get("step_id") is not None),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        episode, step = str(fields.get("episode_id")), whole(fields, "step_id")
        earlier = folder.memory.setdefault(f"episode {episode}", {})
        lines = [f"{i + 1}. {earlier.get(i, 'unknown')}" for i in range(min(step, 1000))]
        done = "\n".join(lines) or "none"
        action = action_of(fields)
        earlier[step] = str(fields.get("coat_action_desc") or json.dumps(action))
        question = f"Goal: {words(fields, 'instruction')}\nDone so far:\n{done}\nWhat is the next action?"
        gold = gold_of(json.dumps(action), expected="code", language="json")
        used = ("image_path", "instruction", "id")
        return self.record(
            row, folder.asked(question, [words(fields, "image_path")]), gold, used=used, id=f"{episode}-{step}",
            problem_type=action["action"], more={"instruction": fields.get("instruction"), "position_space": "unit"},
        )  # fmt: skip


def action_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write a step's result as an action.

    Raises:
        MediaError: the type is unknown, or a touch is no point of the screen.
    """
    kind = ACTIONS.get(whole(fields, "result_action_type"))
    if kind is None:
        known = ", ".join(map(str, ACTIONS))
        raise MediaError(f"result_action_type is {fields.get('result_action_type')!r}, expected one of {known}")
    text = str(fields.get("result_action_text") or "") or None
    if kind != "CLICK":
        return {"action": kind, "value": text if kind == "TYPE" else None, "position": None}
    (y, x), (end_y, end_x) = _point(fields, "result_touch_yx"), _point(fields, "result_lift_yx")
    if math.hypot(end_y - y, end_x - x) <= STILL:
        return {"action": "CLICK", "value": None, "position": [x, y]}
    upright = abs(end_y - y) >= abs(end_x - x)
    # Named by the way of the finger, as the evaluation of AITW and AITZ does.
    way = ("UP" if end_y < y else "DOWN") if upright else ("LEFT" if end_x < x else "RIGHT")
    return {"action": f"SCROLL {way}", "value": None, "position": None}


def _point(fields: Mapping[str, Any], name: str) -> tuple[float, float]:
    value: Any = fields.get(name)
    if isinstance(value, str) and len(value) < 200:
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    fine = isinstance(value, list) and len(value) == 2 and all(isinstance(edge, int | float) for edge in value)
    if not fine or not all(0 <= edge <= 1 for edge in value):
        raise MediaError(f"field {name!r} is {str(fields.get(name))[:40]!r}, expected [y, x] as shares of the screen")
    return float(value[0]), float(value[1])
