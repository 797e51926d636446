"""Writes the sample files of this folder: one small data set of each format that ``vision_data.formats`` reads.

All records and media are made here. Run again after a change: ``python tests/data/make_samples.py``.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw

HERE = Path(__file__).parent
COLOURS = {"red": (216, 30, 44), "blue": (31, 79, 216), "green": (31, 157, 58), "yellow": (242, 194, 0)}


def picture(*discs: str, size: int = 64) -> PIL.Image.Image:
    """Discs in a row."""
    image = PIL.Image.new("RGB", (size, size), "white")
    draw = PIL.ImageDraw.Draw(image)
    for at, colour in enumerate(discs):
        left = 4 + at * 20
        draw.ellipse((left, 24, left + 15, 39), fill=COLOURS[colour])
    return image


def png(image: PIL.Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def save(path: Path, *discs: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(*discs).save(path)


def film(path: Path, colour: str = "red", frames: int = 8) -> None:
    """A disc that crosses the picture, four frames a second."""
    import cv2
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 4, (64, 64))
    for number in range(frames):
        frame = np.full((64, 64, 3), 255, np.uint8)
        cv2.circle(frame, (8 + number * 6, 32), 8, COLOURS[colour][::-1], -1)
        writer.write(frame)
    writer.release()


def lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def whole(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def mmreason(home: Path) -> None:
    save(home / "a.png", "red", "blue")
    save(home / "b.png", "red", "red", "green")
    film(home / "c.mp4")
    lines(home / "tasks.jsonl", [
        {"id": "k1", "prompt": "<image>How many discs are there?", "images": ["a.png"], "answer": "2", "level": "easy"},
        {"id": "k2", "prompt": "<image>\n<image>\nWhich has more red?\nA. the first\nB. the second",
         "images": ["a.png", "b.png"], "answer": "B", "options": ["the first", "the second"], "type": "comparison"},
        {"id": "k3", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [
            {"type": "video", "video": "c.mp4", "nframes": 4}, {"type": "text", "text": "Which way does it move?"}]}],
         "answer": "right"},
        {"id": "k4", "prompt": "What does the tag <image> stand for?", "answer": ["a picture", "an image"],
         "hint": "What does the tag <image> stand for? Think of HTML.", "peer": "k1"},
        {"id": "k5", "prompt": "<image>Where is the blue disc?", "images": ["a.png"], "answer": "[[24, 24, 40, 40]]",
         "answer_type": "boxes", "box_space": "original"},
    ])  # fmt: skip


def trl(home: Path) -> None:
    save(home / "a.png", "red", "blue")
    lines(home / "train.jsonl", [
        {"prompt": [{"role": "user", "content": "Which colour is on the left?\nA. red\nB. blue"}], "images": ["a.png"],
         "solution": "A", "difficulty": 0.5},
        {"prompt": [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": [
            {"type": "image"}, {"type": "text", "text": "Which colour is on the right?"}]}],
         "image": "a.png", "solution": "<answer>blue</answer>", "difficulty": 0.7},
    ])  # fmt: skip


def llava(home: Path) -> None:
    save(home / "images/a.png", "red")
    save(home / "images/b.png", "green", "green")
    whole(home / "llava.json", [
        {"id": "discs-1", "image": ["images/a.png", "images/b.png"], "conversations": [
            {"from": "human", "value": "<image><image>In which picture is a green disc?"},
            {"from": "gpt", "value": "second"}]},
        {"id": "discs-2", "image": "images/b.png", "conversations": [
            {"from": "human", "value": "<image>\nHow many discs?"}, {"from": "gpt", "value": "2"},
            {"from": "human", "value": "And of which colour?"}, {"from": "gpt", "value": "green"}]},
        {"id": "text-1", "conversations": [
            {"from": "human", "value": "What does <image> mean?"}, {"from": "gpt", "value": "a placeholder"}]},
    ])  # fmt: skip


def video_r1(home: Path) -> None:
    film(home / "clips/disc.mp4", "blue")
    save(home / "pics/a.png", "red", "blue")
    whole(home / "video_r1.json", [
        {"problem_id": 12, "problem": "What happens to the disc?", "data_type": "video",
         "problem_type": "multiple choice", "options": ["A. it moves right", "B. it moves left"],
         "solution": "<answer>A</answer>", "path": "./clips/disc.mp4", "data_source": "own"},
        {"problem_id": 13, "problem": "How many discs are there?", "data_type": "image", "problem_type": "numerical",
         "options": [], "solution": "<answer>2</answer>", "path": "./pics/a.png", "data_source": "own"},
        {"problem_id": 14, "problem": "Which of these are true?", "data_type": "video",
         "problem_type": "multiple choice", "options": ["A. it is blue", "B. it stops", "C. it moves"],
         "solution": "<answer>A,C</answer>", "path": "./clips/disc.mp4", "data_source": "own"},
    ])  # fmt: skip


def parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def easyr1(home: Path) -> None:
    parquet(home / "train.parquet", [
        {"problem": "<image>How many discs?", "answer": "2",
         "images": [{"bytes": png(picture("red", "blue")), "path": None}]},
        {"problem": "<image>How many red discs?", "answer": "1",
         "images": [{"bytes": png(picture("red", "green")), "path": None}]},
    ])  # fmt: skip


def verl(home: Path) -> None:
    parquet(home / "train.parquet", [
        {"data_source": "own/discs", "prompt": [{"role": "user", "content": "<image>How many discs?"}],
         "images": [{"bytes": png(picture("yellow"))}], "ability": "counting",
         "reward_model": {"style": "rule", "ground_truth": "1"}, "extra_info": {"split": "train", "index": number}}
        for number in range(2)
    ])  # fmt: skip


def ms_swift(home: Path) -> None:
    save(home / "a.png", "red", "blue")
    lines(home / "swift.jsonl", [
        {"messages": [{"role": "user", "content": "<image>Where is the <ref-object>?"}], "images": ["a.png"],
         "solution": "[[24, 24, 40, 40]]",
         "objects": {"ref": ["blue disc"], "bbox": [[24, 24, 40, 40]], "bbox_type": "real"}},
        {"messages": [{"role": "user", "content": "<image>Which colour is on the left?"},
                      {"role": "assistant", "content": "red"}], "images": ["a.png"]},
        {"messages": [{"role": "user", "content": "<video>What moves?"}], "videos": [["a.png", "a.png"]],
         "solution": "nothing"},
    ])  # fmt: skip


def openrlhf_m(home: Path) -> None:
    save(home / "x.png", "red", "blue", "green")
    message = [{"role": "user", "content": [
        {"type": "image", "image": "x.png"}, {"type": "text", "text": "How many discs?"}]}]  # fmt: skip
    lines(home / "train.jsonl", [{"id": "g1", "message": json.dumps(message), "answer": "$3$"}])


def r1v(home: Path) -> None:
    save(home / "a.png", "red", "blue")
    lines(home / "r1v.jsonl", [
        {"image": "a.png", "problem": "How many discs?", "solution": "<answer> 2 </answer>"},
        {"image": {"bytes": base64.b64encode(png(picture("green"))).decode(), "path": "b.png"},
         "problem": "How many discs?", "solution": "<answer> 1 </answer>"},
    ])  # fmt: skip


def generated(home: Path) -> None:
    save(home / "images/0.png", "red", "blue")
    film(home / "videos/0.mp4", "green")
    lines(home / "records.jsonl", [
        {"id": "0-0", "image": "images/0.png", "question": "How many discs?", "answer": 2, "type": "counting",
         "scene_seed": 1, "boxes": [[4, 24, 20, 40], [24, 24, 40, 40]]},
        {"id": "0-1", "video": "videos/0.mp4", "question": "What is true?", "options": ["it is green", "it stops",
         "it moves"], "answer": ["A", "C"], "type": "descriptive", "world_seed": 2},
    ])  # fmt: skip


def saved(home: Path) -> None:
    """A data set as ``save_to_disk`` of Hugging Face datasets writes it."""
    from datasets import ClassLabel, Dataset, Features, Image, Value

    rows = {
        "image": [{"bytes": png(picture("red", "blue")), "path": None}, {"bytes": png(picture("red")), "path": None}],
        "problem": ["How many discs?", "How many discs?"],
        "solution": ["2", "1"],
        "split_of": [0, 1],
    }
    features = Features({"image": Image(), "problem": Value("string"), "solution": Value("string"),
                         "split_of": ClassLabel(names=["easy", "hard"])})  # fmt: skip
    Dataset.from_dict(rows, features=features).save_to_disk(str(home / "set"))


def reasonmap(home: Path) -> None:
    save(home / "maps/a.png", "red", "blue", "green")
    route = {"1": [{"route_name": "Line 1", "departure_stop": "A", "arrival_stop": "C", "num_via_stops": 1,
                    "via_stops": ["B"]}]}  # fmt: skip
    about = {"country": "Nowhere", "city": "town", "station_1": "A", "station_2": "C", "figure": "maps/a.png",
             "json": {"Line 1": ["A", "B", "C"]}, "difficulty_city": "easy", "difficulty_question": "easy",
             "city_line_count": 1, "city_transfer_count": 0, "question_transfer_count": 0}  # fmt: skip
    lines(home / "reasonmap.jsonl", [
        {**about, "type": "TorF1", "question": "Are A and C on one line?", "answer": 1},
        {**about, "type": "Counting1", "question": "How many stops between A and C? A) 0 B) 1 C) 2 D) 3", "answer": 1},
        {**about, "question_short": "How do I get from A to C?",
         "question_long": "How do I get from A to C? List all via stops.", "routes": route},
    ])  # fmt: skip


def seed_bench_r1(home: Path) -> None:
    film(home / "videos/EpicKitchens/p1.mp4", "yellow")
    save(home / "images/EpicKitchens/o1.png", "yellow")
    about = {"video_source": "EpicKitchens", "video_basename": "p1.mp4", "current_observation_basename": "o1.png",
             "question": "What should I do next to store the disc?", "answer": "open cupboard"}  # fmt: skip
    done = [{"narration_text": "take disc", "start_frame": 0, "stop_frame": 4}]
    wrong = ["close cupboard", "take plate", "wash disc", "put disc on table"]
    lines(home / "annotations.jsonl", [
        {"sample_id": "t-1", **about, "negative_answers": wrong, "task_progress_metadata": done},
        {"sample_id": "t-2", **about, "negative_answers": wrong, "task_progress_metadata": []},
        {"sample_id": "v-1", **about, "choice_a": "take plate", "choice_b": "open cupboard", "choice_c": "wash disc",
         "choice_d": "close cupboard", "golden_choice_idx": "B", "task_progress_metadata": done},
    ])  # fmt: skip


def clevrer(home: Path) -> None:
    film(home / "video_00007.mp4", "red")
    whole(home / "train.json", [{"scene_index": 7, "video_filename": "video_00007.mp4", "questions": [
        {"question_id": 0, "question": "How many discs are moving?", "question_type": "descriptive",
         "question_subtype": "count", "program": ["objects", "count"], "answer": "1"},
        {"question_id": 1, "question": "Without the red disc, what will not happen?",
         "question_type": "counterfactual", "program": [], "choices": [
             {"choice_id": 0, "choice": "The disc moves", "program": [], "answer": "correct"},
             {"choice_id": 1, "choice": "The light goes out", "program": [], "answer": "wrong"},
             {"choice_id": 2, "choice": "The disc leaves", "program": [], "answer": "correct"}]},
    ]}])  # fmt: skip


def mmvu(home: Path) -> None:
    film(home / "videos/Mechanics/0.mp4", "blue")
    where = "https://hub.example/datasets/MMVU/resolve/main/videos/Mechanics/0.mp4"
    about = {"subject": "Mechanics", "textbook": "own", "rationale": "", "knowledge": []}
    whole(home / "validation.json", [
        {"id": "validation_0", "video": where, "youtube_url": "", "question_type": "multiple-choice",
         "metadata": about, "question": "What kind of motion is shown?",
         "choices": {"A": "uniform", "B": "circular", "C": "none", "D": "free fall", "E": "harmonic"}, "answer": "A"},
        {"id": "validation_1", "video": where, "youtube_url": "", "question_type": "open-ended", "metadata": about,
         "question": "Which colour has the disc?", "choices": {"A": "", "B": "", "C": "", "D": "", "E": ""},
         "answer": "blue"},
    ])  # fmt: skip


def next_gqa(home: Path) -> None:
    film(home / "videos/1150/6233.mp4", "green")
    names = ["video_id", "frame_count", "width", "height", "question", "answer", "qid", "type", *(f"a{i}" for i in
             range(5))]  # fmt: skip
    rows = [
        ["6233", 8, 64, 64, "what does the disc do after it enters", "move right", 3, "TN", "stop", "move right",
         "grow", "shrink", "turn blue"],
        ["6233", 8, 64, 64, "why is the picture white, mostly", "nothing is drawn there", 4, "CW", "snow",
         "nothing is drawn there", "fog", "paper", "light"],
    ]  # fmt: skip
    with (home / "val.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    whole(home / "gsub_val.json", {"6233": {"duration": 2, "location": {"3": [[0.2, 1.5]]}, "fps": 4.0}})
    whole(home / "map_vid_vidorID.json", {"6233": "1150/6233"})


def tempcompass(home: Path) -> None:
    film(home / "videos/1020.mp4", "red")
    whole(home / "multi-choice.json", {"1020": {
        "direction": [{"question": "Which way does the disc move?\nA. left\nB. right\nC. up", "answer": "B. right"}],
        "speed": [{"question": "Does the disc move steadily?", "answer": "yes"}],
    }})  # fmt: skip


def grit(home: Path) -> None:
    save(home / "a.png", "red", "blue")
    about = {"image": "a.png", "width": 64, "height": 64, "split": "train"}
    lines(home / "grit.jsonl", [
        {"question": "How many discs are there?", "answer": "2", **about, "dataset": "tallyqa",
         "bboxs": [[4, 24, 20, 40], [24, 24, 40, 40]]},
        {"question": "Is the red disc left of the blue disc?", "answer": "Yes", **about, "dataset": "vsr",
         "bboxs": [[4.0, 24.0, 20.0, 40.0]]},
        {"question": "Which colour is on the left?", "answer": "red", **about, "dataset": "gqa", "bboxs": []},
    ])  # fmt: skip


def gqa(home: Path) -> None:
    save(home / "images/2354786.jpg", "red", "blue")
    whole(home / "questions.json", {
        "02930152": {"question": "Is the disc on the left red?", "imageId": "2354786", "answer": "yes",
                     "fullAnswer": "Yes, it is red.", "isBalanced": True, "groups": {"global": None, "local": "c-disc"},
                     "types": {"detailed": "verifyAttr", "semantic": "attr", "structural": "verify"},
                     "annotations": {}, "semantic": [], "semanticStr": ""},
        "02930153": {"question": "What is on the right?", "imageId": "2354786", "answer": "disc",
                     "fullAnswer": "A disc.", "isBalanced": True, "groups": {}, "types": {"semantic": "rel"},
                     "annotations": {}, "semantic": [], "semanticStr": ""},
    })  # fmt: skip


def vsr(home: Path) -> None:
    save(home / "images/000000050403.jpg", "red", "blue")
    about = {"image": "000000050403.jpg", "image_link": "", "annotator_id": 1, "vote_true_validator_id": [2],
             "vote_false_validator_id": []}  # fmt: skip
    lines(home / "train.jsonl", [
        {**about, "caption": "The red disc is left of the blue disc.", "label": 1, "relation": "left of"},
        {**about, "caption": "The red disc is above the blue disc.", "label": 0, "relation": "above"},
    ])  # fmt: skip


def tallyqa(home: Path) -> None:
    save(home / "VG_100K/1.jpg", "red", "blue", "red")
    about = {"image": "VG_100K/1.jpg", "image_id": 1, "data_source": "imported_genome"}
    whole(home / "test.json", [
        {**about, "question": "How many discs?", "question_id": 10, "answer": 3, "issimple": True},
        {**about, "question": "How many red discs are left of the blue one?", "question_id": 11, "answer": 1,
         "issimple": False},
    ])  # fmt: skip


def aitz(home: Path) -> None:
    steps = [
        (4, "", "[0.5, 0.2]", "[0.5, 0.2]", "tap the red disc"),
        (4, "", "[0.8, 0.5]", "[0.2, 0.5]", "scroll up"),
        (3, "hello", "[-1.0, -1.0]", "[-1.0, -1.0]", "type hello"),
        (10, "", "[-1.0, -1.0]", "[-1.0, -1.0]", "stop"),
    ]
    rows = []
    for number, (kind, text, touch, lift, told) in enumerate(steps):
        save(home / f"general/G-1/G-1_{number}.png", *("red", "blue", "green")[: number % 3 + 1])
        rows.append({
            "episode_id": "1", "episode_length": len(steps), "step_id": number, "instruction": "Write hello",
            "image_path": f"general/G-1/G-1_{number}.png", "ui_positions": "[[0.4, 0.1, 0.2, 0.2]]",
            "ui_text": '[""]', "ui_types": '["ICON_DISC"]', "result_action_type": kind, "result_action_text": text,
            "result_touch_yx": touch, "result_lift_yx": lift, "coat_screen_desc": "A red disc.",
            "coat_action_think": "", "coat_action_desc": told, "coat_action_result": "",
        })  # fmt: skip
    whole(home / "G-1.json", rows)


def geoqa(home: Path) -> None:
    save(home / "png/3.png", "blue")
    whole(home / "train.json", [
        {"id": "3", "image": "png/3.png", "subject": "The disc has radius 2. What is its diameter?",
         "choices": ["1", "2", "4", "8"], "label": 2, "formal_point": ["O"], "answer": "d = 2r"},
    ])  # fmt: skip


def hpd(home: Path) -> None:
    save(home / "train/a.png", "red")
    save(home / "train/b.png", "blue")
    save(home / "train/c.png", "green", "green")
    whole(home / "train.json", [
        {"prompt": "a red disc", "file_path": ["a.png", "b.png"], "human_preference": [1, 0], "user_hash": "u1"},
        {"prompt": "two green discs", "image_path": ["a.png", "b.png", "c.png"], "rank": [2, 2, 1],
         "raw_annotations": []},
    ])  # fmt: skip


def image_reward(home: Path) -> None:
    save(home / "test_images/a.png", "red")
    save(home / "test_images/b.png", "blue")
    save(home / "test_images/c.png", "green")
    whole(home / "test.json", [
        {"id": "000904-0035", "prompt": "a green disc", "generations": ["a.png", "b.png", "c.png"],
         "ranking": [2, 3, 1]},
    ])  # fmt: skip


def chartqa(home: Path) -> None:
    save(home / "png/10.png", "red", "blue")
    whole(home / "test_human.json", [
        {"imgname": "10.png", "query": "How many marks are drawn?", "label": "2"},
        {"imgname": "10.png", "query": "Which two colours are used?", "label": "[red, blue]"},
        {"imgname": "10.png", "query": "What share is red?", "label": "50%"},
    ])  # fmt: skip


def chartx(home: Path) -> None:
    save(home / "bar_chart/png/bar_1.png", "red", "blue")
    whole(home / "ChartX_annotation.json", [
        {"chart_type": "bar_chart", "imgname": "bar_1", "img": "./bar_chart/png/bar_1.png", "topic": "own",
         "title": "Discs", "csv": "colour \\t num \\n red \\t 1 \\n blue \\t 1",
         "QA": {"input": "How many red discs are there?", "output": "1"},
         "description": {"input": "", "output": ""}, "summarization": {"input": "", "output": ""},
         "redrawing": {"input": "", "output": "import matplotlib"}},
    ])  # fmt: skip


def rapidata(home: Path) -> None:
    discs = {"a": ["red"], "b": ["blue"], "c": ["green", "green"]}
    pictures = {name: {"bytes": png(picture(*colours)), "path": f"{name}.png"} for name, colours in discs.items()}
    about = {"model1": "one", "model2": "other", "detailed_results": "[]"}
    rows = [("a red disc", "a", "b", 21, 5), ("two green discs", "b", "c", 3, 12), ("a disc", "a", "b", 4, 4)]
    parquet(home / "train.parquet", [
        {"prompt": prompt, "image1": pictures[one], "image2": pictures[other], "votes_image1": for_one,
         "votes_image2": for_other, **about}
        for prompt, one, other, for_one, for_other in rows
    ])  # fmt: skip


def chartbench(home: Path) -> None:
    save(home / "data/test/bar/vertical_single/chart_0/image.png", "red", "blue")
    about = {"image": "./data/test/bar/vertical_single/chart_0/image.png"}
    kind = {"chart": "bar", "image": "vertical_single"}
    lines(home / "test.jsonl", [
        {"id": 0, **about, "type": {**kind, "task": "VC", "QA": "Acc+"},
         "conversation": [{"label": "Yes", "query": "There are as many red discs as blue ones."},
                          {"label": "No", "query": "There are more red discs than blue ones."}]},
        {"id": 1, **about, "type": {**kind, "task": "NQA", "QA": "GPT-acc"},
         "conversation": [{"label": "50.0%", "query": "What share of the discs is red?"}]},
        {"id": 2, **about, "type": {**kind, "task": "NQA", "QA": "GPT-acc"},
         "conversation": [{"label": "2.0", "query": "How many discs are there?"}]},
    ])  # fmt: skip


def charxiv(home: Path) -> None:
    save(home / "images/7.jpg", "red", "blue")
    save(home / "images/8.jpg", "green", "blue")
    rows = {
        "7": {"figure_id": 7, "query": "Which colour is drawn first?", "answer": "red", "inst_category": 1,
              "qa_source": 1},
        "8": {"figure_id": 8, "query": "How many colours are used?", "answer": "2", "inst_category": 4,
              "qa_source": 3},
    }  # fmt: skip
    whole(home / "reasoning_val.json", rows)


def vsi_bench(home: Path) -> None:
    film(home / "arkitscenes/41069025.mp4", "green")
    about = {"dataset": "arkitscenes", "scene_name": "41069025"}
    lines(home / "test.jsonl", [
        {"id": 0, **about, "question_type": "object_counting", "question": "How many disc(s) are in this room?",
         "options": None, "ground_truth": "1"},
        {"id": 1, **about, "question_type": "object_rel_distance", "question": "What is closest to the disc?",
         "options": ["A. wall", "B. door", "C. lamp", "D. bed"], "ground_truth": "A"},
    ])  # fmt: skip


def video_mme(home: Path) -> None:
    film(home / "data/fFjv93ACGo8.mp4", "yellow")
    parquet(home / "test.parquet", [
        {"video_id": "001", "duration": "short", "domain": "Own", "sub_category": "Discs", "url": "",
         "videoID": "fFjv93ACGo8", "question_id": "001-1", "task_type": "Counting Problem",
         "question": "How many discs cross the picture?", "options": ["A. 1.", "B. 2.", "C. 3.", "D. 4."],
         "answer": "A"},
    ])  # fmt: skip


MAKERS: dict[str, Callable[[Path], None]] = {
    "mmreason": mmreason, "trl": trl, "llava": llava, "video-r1": video_r1, "easyr1": easyr1, "verl": verl,
    "ms-swift": ms_swift, "openrlhf-m": openrlhf_m, "r1v": r1v, "generated": generated, "saved": saved,
    "reasonmap": reasonmap, "seed-bench-r1": seed_bench_r1, "clevrer": clevrer, "mmvu": mmvu, "next-gqa": next_gqa,
    "tempcompass": tempcompass, "grit": grit, "gqa": gqa, "vsr": vsr, "tallyqa": tallyqa, "aitz": aitz,
    "geoqa": geoqa, "hpd": hpd, "image-reward": image_reward, "chartqa": chartqa, "chartx": chartx,
    "rapidata": rapidata, "chartbench": chartbench, "charxiv": charxiv, "vsi-bench": vsi_bench, "video-mme": video_mme,
}  # fmt: skip


def main() -> None:
    """Write all of them anew."""
    for name, make in MAKERS.items():
        shutil.rmtree(HERE / name, ignore_errors=True)
        (HERE / name).mkdir()
        make(HERE / name)


if __name__ == "__main__":
    main()
