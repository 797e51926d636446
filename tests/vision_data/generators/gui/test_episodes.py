from __future__ import annotations

import ast
import json
import re
from collections import Counter

import pytest
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.gui import (
    ALL_ACTIONS,
    GOALS,
    INSTRUCTION,
    explain,
    make_episode,
    questions,
    render,
    write_dataset,
)

EPISODES = [make_episode(seed, split, detours=0.9) for split in ("train", "test") for seed in range(150)]
RECORDS = [record for episode in EPISODES for record in questions(episode)]
TASKS = {
    "open": r"Open the (?P<noun>\w+) (?P<entry>.+) in (?P<app>\w+)\.",
    "delete": r"Delete the (?P<noun>\w+) (?P<entry>.+) in (?P<app>\w+)\.",
    "search": r"Use the search of (?P<app>\w+) to find and open the (?P<noun>\w+) (?P<entry>.+)\.",
    "add": r"Add a new (?P<noun>\w+) named (?P<entry>.+) in (?P<app>\w+)\.",
    "switch": r"Turn (?P<way>on|off) (?P<entry>.+) in the settings of (?P<app>\w+)\.",
}


def click(record, kind, text):
    hits = [w for w in record["widgets"] if (w["kind"], w["text"], w["clickable"]) == (kind, text, True)]
    return ("CLICK", hits[0]["box"]) if hits else None


def texts(record, kind):
    return [widget["text"] for widget in record["widgets"] if widget["kind"] == kind]


def expected(record):
    """What to do, worked out anew from the task's words and the widgets alone."""
    kind, match = next((k, m) for k, p in TASKS.items() if (m := re.fullmatch(p, record["task"])))
    entry, app = match["entry"], match["app"]
    if "Not now" in texts(record, "button"):
        return click(record, "button", "Not now")
    if record["screen"] == "home":
        if click(record, "app", app):
            return click(record, "app", app)
        (dots,) = texts(record, "dots")
        return ("SCROLL RIGHT", None) if dots == "page 1 of 2" else ("SCROLL LEFT", None)
    if record["app"] != app:
        return ("PRESS HOME", None)
    (title,) = texts(record, "title")
    if record["screen"] == "detail":
        if title != entry:
            return ("PRESS BACK", None)
        return click(record, "button", "Delete") if kind == "delete" else ("STATUS_TASK_COMPLETE", None)
    if record["screen"] == "settings":
        if kind != "switch":
            return click(record, "tab", "All")
        (switch,) = [widget for widget in record["widgets"] if widget["text"] == entry]
        return ("STATUS_TASK_COMPLETE", None) if switch["state"] == match["way"] else ("CLICK", switch["box"])
    if record["screen"] == "search" and click(record, "row", entry):
        return click(record, "row", entry)
    if record["screen"] in ("search", "add"):
        focused = [widget for widget in record["widgets"] if widget["state"] == "focused"]
        if not focused:
            return click(record, "field", "Name")
        if focused[0]["text"] != entry:
            return ("TYPE", entry)
        return ("PRESS ENTER", None) if kind == "search" else click(record, "button", "Save")
    if {"delete": f"{entry} deleted", "add": f"{entry} saved"}.get(kind) in texts(record, "snackbar"):
        return ("STATUS_TASK_COMPLETE", None)
    if kind in ("search", "add"):
        return click(record, "icon", kind)
    if kind == "switch":
        return click(record, "tab", "Settings")
    if click(record, "row", entry):
        return click(record, "row", entry)
    (bar,) = texts(record, "scrollbar")
    return ("SCROLL DOWN" if bar.startswith("0 of") else "SCROLL UP", None)


def test_every_action_follows_from_the_screen_and_the_task():
    for record in RECORDS:
        name, detail = expected(record)
        assert record["type"] == record["action"] == name, record["task"]
        if name == "CLICK":
            assert record["target_box"] == detail
        elif name == "TYPE":
            assert record["value"] == detail


def test_the_target_is_in_sight_and_hit_by_its_point():
    for record in RECORDS:
        if record["action"] != "CLICK":
            assert record["target"] == -1
            assert record["target_box"] is record["point"] is record["position"] is None
            continue
        target = record["widgets"][record["target"]]
        left, top, right, bottom = record["target_box"]
        assert target["clickable"]
        assert target["box"] == record["target_box"]
        for x, y in (record["point"], [record["position"][0] * 196, record["position"][1] * 336]):
            assert left < x < right
            assert top < y < bottom
        for later in record["widgets"][record["target"] + 1 :]:
            box = later["box"]
            assert right <= box[0] or box[2] <= left or bottom <= box[1] or box[3] <= top


def test_an_entry_that_needs_scrolling_is_not_in_sight_and_one_in_sight_is_not_scrolled_past():
    scrolled = [record for record in RECORDS if record["action"] in ("SCROLL DOWN", "SCROLL UP")]
    assert scrolled
    for record in scrolled:
        entry = re.search(r"(?:Open|Delete) the \w+ (.+) in", record["task"]).group(1)
        assert entry not in texts(record, "row")
        assert texts(record, "scrollbar")


def test_answers_are_dicts_of_the_ten_actions():
    for record in RECORDS:
        action = ast.literal_eval(record["answer"])
        assert set(action) == {"action", "value", "position"}
        assert action["action"] in ALL_ACTIONS
        assert (action["value"] is None) == (action["action"] != "TYPE")
        assert record["solution"] == f"<action>{record['answer']}</action>"
        if action["position"]:
            assert action["position"] == [round(value, 2) for value in action["position"]]
            assert all(0 < value < 1 for value in action["position"])
    assert {record["action"] for record in RECORDS} == set(ALL_ACTIONS)


def test_history_and_steps_belong_together():
    for episode in EPISODES:
        records = questions(episode)
        assert [record["step_id"] for record in records] == list(range(len(records)))
        assert {record["episode_length"] for record in records} == {len(records)}
        for at, record in enumerate(records):
            assert record["history"] == [earlier["answer"] for earlier in records[:at]]
            assert f"Done so far: {'; '.join(record['history']) or 'nothing'}" in record["question"]
            assert record["question"].startswith(INSTRUCTION)
        assert [record["action"] for record in records].count("STATUS_TASK_COMPLETE") == 1
        assert records[-1]["action"] == "STATUS_TASK_COMPLETE"


def test_detours_can_be_left_out_and_goals_chosen():
    for seed in range(40):
        episode = make_episode(seed, detours=0, goals=("open",))
        names = [step.action.name for step in episode.steps]
        assert names[0] == "CLICK"
        assert names[-2:] == ["CLICK", "STATUS_TASK_COMPLETE"]
        assert set(names[1:-2]) <= {"SCROLL DOWN"}
    assert {episode.goal.kind for episode in EPISODES} == set(GOALS)
    firsts = Counter(episode.steps[0].action.name for episode in EPISODES)
    assert {"CLICK", "PRESS HOME", "PRESS BACK", "SCROLL LEFT", "SCROLL RIGHT"} <= set(firsts)


def test_scale_enlarges_boxes_and_keeps_shares():
    one, three = (questions(EPISODES[0], scale, terse=True) for scale in (1, 3))
    for small, large in zip(one, three, strict=True):
        assert small["answer"] == large["answer"]
        assert (large["width"], large["height"]) == (588, 1008)
        assert [widget["box"] for widget in large["widgets"]] == [
            [edge * 3 for edge in widget["box"]] for widget in small["widgets"]
        ]
    assert INSTRUCTION not in one[0]["question"]


def test_determinism():
    assert make_episode(4) == make_episode(4) != make_episode(5)


def test_traces_end_in_the_solution():
    for record in RECORDS:
        trace = explain(record)
        assert trace.startswith("<think> ")
        assert trace.endswith(f"</think>{record['solution']}")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: make_episode(0, "dev"), "use train or test"),
        (lambda: make_episode(0, num_entries=(2, 5)), "within 3 to 14"),
        (lambda: make_episode(0, detours=2), "probability"),
        (lambda: make_episode(0, goals=("fly",)), "open, delete, search, add, switch, got fly"),
        (lambda: make_episode(0, goals=()), "got none"),
        (lambda: questions(EPISODES[0], 0), "1 to 6"),
        (lambda: explain({"action": "FLY"}), "unknown action 'FLY'"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(MediaError, match=words):
        call()


def test_item_i_is_the_same_however_many_are_drawn(tmp_path):
    few = write_dataset(tmp_path / "few", 1, seed=1)
    many = write_dataset(tmp_path / "many", 3, seed=1)
    records = [json.loads(line) for line in many.read_text().splitlines()]
    assert many.read_text().startswith(few.read_text())
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        step = make_episode(record["episode_seed"]).steps[record["step_id"]]
        with Image.open(many.parent / record["image"]) as picture:
            assert picture.tobytes() == render(step.screen).tobytes()
        assert len(record["history_images"]) == record["step_id"]
        assert all((many.parent / path).is_file() for path in record["history_images"])
    with pytest.raises(MediaError, match="at least 1"):
        write_dataset(tmp_path / "none", 0, seed=1)
