"""What is particular to single formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from vision_data.formats import Number, read
from vision_data.formats.adapters.aitz import action_of
from vision_data.formats.adapters.preference import pairs_of
from vision_data.formats.row import Row
from vision_data.media import Image, Video
from vision_data.messages import media_of, text_of

DATA = Path(__file__).parents[2] / "data"
Write = Callable[..., Path]
Items = Callable[..., Any]


def test_llava_asks_everything_before_the_last_word() -> None:
    _, second, _ = read(DATA / "llava/llava.json")
    assert [message.role for message in second.messages] == ["user", "assistant", "user"]
    assert text_of(second.messages) == "\nHow many discs?\n2\nAnd of which colour?"


def test_seed_bench_r1_options_depend_on_the_id_alone() -> None:
    path = DATA / "seed-bench-r1/annotations.jsonl"
    first, picture_only, _ = read(path)
    assert first.options[ord(first.gold.letter) - 65] == "open cupboard"
    assert len(set(first.options)) == 4
    assert [type(medium) for medium in media_of(first.messages)] == [Video, Image]
    assert [type(medium) for medium in media_of(picture_only.messages)] == [Image]
    assert [record.options for record in read(path)] == [record.options for record in read(path)]


def test_seed_bench_r1_validation_rows_need_no_text_of_the_answer(write: Write, items: Items) -> None:
    row = {
        "sample_id": 1, "video_source": "", "current_observation_basename": "a.png", "question": "x",
        "choice_a": "up", "choice_b": "down", "choice_c": "left", "choice_d": "right", "golden_choice_idx": "C",
    }  # fmt: skip
    path = write(row)
    (path.parent / "images").mkdir()
    PIL.Image.new("RGB", (28, 28)).save(path.parent / "images" / "a.png")
    good, bad = items(path)
    assert not bad
    assert (good[0].gold.letter, good[0].options) == ("C", ("up", "down", "left", "right"))


def test_seed_bench_r1_needs_three_wrong_answers(write: Write, items: Items) -> None:
    row = {
        "sample_id": 1, "video_source": "", "video_basename": "a.mp4", "current_observation_basename": "a.png",
        "question": "x", "answer": "up", "negative_answers": ["down", "up", "left"],
    }  # fmt: skip
    assert "has 2 other text(s)" in items(write(row))[1][0].reason


def test_one_bad_question_of_a_video_does_not_take_the_others_along(tmp_path: Path, items: Items) -> None:
    value = json.loads((DATA / "clevrer/train.json").read_text())
    value[0]["questions"][1]["choices"][0]["answer"] = "maybe"
    path = tmp_path / "train.json"
    path.write_text(json.dumps(value))
    (tmp_path / "video_train" / "video_00000-01000").mkdir(parents=True)
    (tmp_path / "video_train/video_00000-01000/video_00007.mp4").write_bytes(
        (DATA / "clevrer/video_00007.mp4").read_bytes()
    )
    good, bad = items(path)
    assert [record.meta.id for record in good] == ["7-0"]
    assert bad[0].where == f"{path}:1, question 1"
    assert "expected correct or wrong" in bad[0].reason


def test_clevrer_without_answers_and_with_none_right() -> None:
    value = json.loads((DATA / "clevrer/train.json").read_text())
    from vision_data.formats.adapters.clevrer import _set

    choices = value[0]["questions"][1]["choices"]
    assert _set([{**choice, "answer": "wrong"} for choice in choices]).letters == ()
    assert _set([{"choice": "x"}]) is None


def test_next_gqa_has_the_seconds_in_which_the_answer_is_seen() -> None:
    first, second = read(DATA / "next-gqa/val.csv")
    assert (first.extra["spans"], first.extra["duration"]) == ([[0.2, 1.5]], 2)
    assert second.extra["spans"] is None
    assert first.gold.raw == "move right"


def test_aitz_tells_what_was_done_before() -> None:
    steps = list(read(DATA / "aitz/G-1.json"))
    assert text_of(steps[0].messages).endswith("Done so far:\nnone\nWhat is the next action?")
    assert "1. tap the red disc\n2. scroll up\n" in text_of(steps[2].messages)


@pytest.mark.parametrize(
    ("touch", "lift", "action"),
    [
        ("[0.5, 0.2]", "[0.5, 0.23]", {"action": "CLICK", "value": None, "position": [0.2, 0.5]}),
        ("[0.8, 0.5]", "[0.2, 0.5]", {"action": "SCROLL UP", "value": None, "position": None}),
        ("[0.2, 0.5]", "[0.8, 0.5]", {"action": "SCROLL DOWN", "value": None, "position": None}),
        ("[0.5, 0.8]", "[0.5, 0.2]", {"action": "SCROLL LEFT", "value": None, "position": None}),
        ("[0.5, 0.2]", [0.5, 0.8], {"action": "SCROLL RIGHT", "value": None, "position": None}),
    ],
)
def test_touches_become_actions(touch: Any, lift: Any, action: dict[str, Any]) -> None:
    fields = {"result_action_type": 4, "result_touch_yx": touch, "result_lift_yx": lift}
    assert action_of(fields) == action


def test_pairs_leave_out_ties_and_follow_the_rank() -> None:
    row = Row(Path("x"), 1, {})
    pairs = list(pairs_of(row, ["a", "b", "c"], [2, 2, 1], {"prompt": "p"}))
    assert [(pair.value["pair"], pair.value["preference"]) for pair in pairs] == [(["a", "c"], 2), (["b", "c"], 2)]
    assert [pair.part for pair in pairs] == ["pair 1-3", "pair 2-3"]


def test_plain_preference_pairs(write: Write, items: Items) -> None:
    rows = [{"prompt": "a cat", "image_1": "a.png", "image_2": "b.png", "preference": p} for p in (2, 3)]
    good, bad = items(write(*rows))
    assert [(record.gold.letter, record.extra["preference"]) for record in good] == [("B", 2)]
    assert "expected 1 or 2" in bad[0].reason


def test_ms_swift_fills_in_names_and_boxes(write: Write, items: Items) -> None:
    said = [{"role": "user", "content": "<image>Is <bbox> a <ref-object>?"}, {"role": "assistant", "content": "yes"}]
    objects = {"ref": ["cup"], "bbox": [[0.1, 0.1, 0.5, 0.5]], "bbox_type": "norm1"}
    row = {"messages": said, "images": ["a.png"], "objects": objects}
    crowded = {**objects, "ref": ["cup", "pot"]}
    good, bad = items(
        write(row, {**row, "objects": {**objects, "bbox_type": "miles"}}, {**row, "objects": crowded},
              {**row, "objects": {**objects, "bbox_type": "norm1", "bbox": [[0, 0, 5, 5]]}})
    )  # fmt: skip
    assert text_of(good[0].messages) == "Is [0.1, 0.1, 0.5, 0.5] a cup?"
    assert good[0].extra["objects_space"] == "unit"
    assert ["bbox_type is 'miles'" in bad[0].reason, "1 <ref-object> and the row has 2" in bad[1].reason] == [True] * 2
    assert "sticks out" in bad[2].reason


def test_grit_boxes_lie_in_the_picture(write: Write, items: Items) -> None:
    row = {"question": "How many?", "answer": "1", "image": "a.png", "width": 8, "height": 6, "dataset": "tallyqa"}
    good, bad = items(write({**row, "bboxs": [[1, 1, 4, 4]]}, {**row, "bboxs": [[1, 1, 9, 4]]}))
    assert good[0].gold == Number(1.0, "1", "1")
    assert (good[0].extra["bboxs"], good[0].extra["bboxs_space"]) == ([[1, 1, 4, 4]], "original")
    assert "sticks out" in bad[0].reason


def test_reasonmap_answers_become_what_one_says() -> None:
    yes, letter, plan = read(DATA / "reasonmap/reasonmap.jsonl")
    assert (yes.gold.text, letter.gold.text, plan.gold.kind) == ("yes", "B", "code")
    assert json.loads(plan.gold.text)["1"][0]["via_stops"] == ["B"]


def test_verl_and_easyr1_carry_their_pictures() -> None:
    for path in ("verl/train.parquet", "easyr1/train.parquet"):
        record = next(read(DATA / path, decode=True))
        (medium,) = media_of(record.messages)
        assert isinstance(medium.source, bytes)
        assert "images" not in record.extra


def test_a_missing_field_is_named_in_every_format(items: Items, write: Write) -> None:
    """No format crashes on a row of another shape."""
    from vision_data.formats import FORMATS

    rows: list[Any] = [{}, {"question": 1}, {"prompt": 3, "messages": [1], "questions": 5, "choices": [1], "rank": 1}]
    for name in FORMATS:
        good, bad = items(write(*rows), name)
        assert (len(good), len(bad)) == (0, 3), name
        assert all("\n" not in item.reason for item in bad)


@pytest.mark.parametrize("world", ["shapes", "transit"])
def test_what_our_generators_write_is_read(world: str, tmp_path: Path, items: Items) -> None:
    from importlib import import_module

    path = import_module(f"vision_data.generators.{world}").write_dataset(tmp_path / world, 1, 5)
    good, bad = items(path, decode=True)
    assert (len(good) > 1, bad) == (True, [])
    assert {record.meta.format for record in good} == {"reasonmap" if world == "transit" else "generated"}


def test_generated_questions_that_are_open_do_not_show_options(write: Write) -> None:
    row = {"id": "1", "image": "a.png", "question": "What is it?", "type": "what", "scene_seed": 1}
    boxed = {**row, "answer": [[1, 1, 4, 4]], "space": "original"}
    options = ["a cat", "a dog"]
    records = list(
        read(write({**row, "answer": "a dog", "options": options}, {**row, "answer": "B", "options": options}, boxed,
                   {**row, "answer": "B", "options": options, "prompt": "<image>Cat (A) or dog (B)?"}))
    )  # fmt: skip
    assert [(record.gold.kind, len(record.options)) for record in records] == [
        ("text", 0), ("choice", 2), ("boxes", 0), ("choice", 2),
    ]  # fmt: skip
    assert text_of(records[0].messages).strip() == "What is it?"
    assert records[0].extra["source_options"] == options
    assert text_of(records[3].messages) == "Cat (A) or dog (B)?"


def test_rapidata_votes_and_weighted_results(write: Write, items: Items) -> None:
    pair = {"prompt": "a disc", "image1": "a.png", "image2": "b.png"}
    weighted = {"weighted_results_image1_preference": 0.2, "weighted_results_image2_preference": 0.8}
    other = {"weighted_results_image1_alignment": 0.9, "weighted_results_image2_alignment": 0.1}
    good, bad = items(write(pair | weighted | other, pair | other, pair | {"votes_image1": 3, "votes_image2": 3}))
    assert not bad
    assert [(record.gold.letter, record.extra["votes"]) for record in good] == [("B", [0.2, 0.8]), ("A", [0.9, 0.1])]
    _, bad = items(write(pair | {"votes_image1": None, "votes_image2": 3}), "rapidata")
    assert "the votes are missing, expected numbers in one of votes_image1, weighted" in bad[0].reason


def test_charxiv_as_a_table_of_the_hub(write: Write, items: Items) -> None:
    row = {"figure_path": "a.png", "reasoning_q": "Which is higher?", "reasoning_a": "red", "reasoning_a_type": 1}
    good, bad = items(write(row, row | {"figure_path": None}), "charxiv")
    assert (good[0].gold.text, good[0].problem_type) == ("red", "text in the chart")
    assert text_of(good[0].messages).strip() == "Which is higher?"
    assert "field 'figure_path' is missing" in bad[0].reason


def test_chartbench_asks_statements_for_a_yes_or_no_and_values_as_they_are() -> None:
    first, second, value, _ = read(DATA / "chartbench/test.jsonl")
    assert [record.meta.id for record in (first, second, value)] == ["0-1", "0-2", "1"]
    assert "Is this statement true? Answer yes or no." in text_of(first.messages)
    assert text_of(value.messages).strip() == "What share of the discs is red?"
    assert (value.problem_type, value.extra["chart_type"]) == ("NQA", "bar")
