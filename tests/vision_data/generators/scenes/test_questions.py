from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from PIL import Image

from vision_data.errors import MediaError
from vision_data.generators.scenes import ALL_TYPES, explain, make_scene, questions, render, write_dataset
from vision_data.generators.scenes.settings import SETTINGS

SCENES = [make_scene(seed, num_objects=(2, 10), occlusion=0.3) for seed in range(120)]
RECORDS = [record for scene in SCENES for record in questions(scene, 0, 16)]
SINGULAR = {"buses": "bus", "benches": "bench", "mailboxes": "mailbox"}


def of(kind):
    return [record for record in RECORDS if record["type"] == kind]


def found(record, words, place=None):
    """Indices of objects that a phrase such as `red mugs` names."""
    *colour, noun = words.split()
    noun = SINGULAR.get(noun, noun.removesuffix("s") if noun != "bus" else noun)
    return [
        at
        for at, thing in enumerate(record["objects"])
        if noun in ("thing", thing["kind"]) and colour in ([], [thing["colour"]]) and place in (None, thing["place"])
    ]


def only(record, words, place=None):
    (at,) = found(record, words, place)
    return at


def test_counts_follow_from_the_objects():
    for record in of("counting"):
        what, place = re.fullmatch(r"How many (.+) are (?:there|(?:on|in) the (\w+))\?", record["question"]).groups()
        hits = found(record, what, place)
        assert record["answer"] == str(len(hits))
        assert record["evidence"] == hits
    answers = Counter(record["answer"] for record in of("counting"))
    assert len(answers) >= 4
    assert max(answers.values()) < 0.6 * len(of("counting"))


def test_relations_follow_from_the_boxes_with_nothing_shared():
    for record in of("relation"):
        one, word, other = re.fullmatch(
            r"Is the (.+) (left of|right of|above|below) the (.+)\?", record["question"]
        ).groups()
        box, base = (record["objects"][only(record, name)]["visible_box"] for name in (one, other))
        truth = {
            "left of": box[2] <= base[0],
            "right of": base[2] <= box[0],
            "above": box[3] <= base[1],
            "below": base[3] <= box[1],
        }
        assert truth[word] == (record["answer"] == "yes")
        assert record["boxes"] == [box, base]
        opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}[word]
        assert truth[word] != truth[opposite]


def test_what_where_colour_exists_more_and_neighbour_follow_from_the_objects():
    for record in RECORDS:
        things, text, answer = record["objects"], record["question"], record["answer"]
        if record["type"] == "what":
            place = re.fullmatch(r"What is (?:on|in) the (\w+)\?", text).group(1)
            assert [thing["kind"] for thing in things if thing["place"] == place] == [answer]
        elif record["type"] == "where":
            place = things[only(record, re.fullmatch(r"Where is the (.+)\?", text).group(1))]["place"]
            assert answer in (f"on the {place}", f"in the {place}")
        elif record["type"] == "colour":
            name, place = re.fullmatch(r"What colour is the (\w+)(?: (?:on|in) the (\w+))?\?", text).groups()
            assert things[only(record, name, place)]["colour"] == answer
        elif record["type"] == "exists":
            hits = found(record, re.fullmatch(r"Is there an? (.+)\?", text).group(1))
            assert (answer == "yes") == bool(hits)
            assert record["evidence"] == hits
        elif record["type"] == "more":
            one, other = re.fullmatch(r"Are there more (\w+) than (\w+)\?", text).groups()
            assert (answer == "yes") == (len(found(record, one)) > len(found(record, other)))
        elif record["type"] == "neighbour":
            match = re.fullmatch(r"What is the first thing to the (left|right) of the (.+) (?:on|in) the (\w+)\?", text)
            side, name, place = match.groups()
            base = things[only(record, name)]["box"][0]
            row = [thing for thing in things if thing["place"] == place]
            beside = [t for t in row if (t["box"][0] > base if side == "right" else t["box"][0] < base)]
            nearest = min(beside, key=lambda thing: abs(thing["box"][0] - base))
            assert nearest["kind"] == answer


def test_every_type_occurs_and_yes_and_no_are_balanced():
    assert {record["type"] for record in RECORDS} == set(ALL_TYPES)
    for kind in ("relation", "exists", "more"):
        answers = Counter(record["answer"] for record in of(kind))
        assert 0.35 < answers["yes"] / sum(answers.values()) < 0.65


def test_exactly_one_option_is_right():
    for record in RECORDS:
        if not record["options"]:
            assert record["letter"] == ""
            assert record["type"] in ("counting", "relation", "exists", "more")
            continue
        assert record["options"].count(record["answer"]) == 1
        assert len(set(record["options"])) == len(record["options"]) >= 2
        assert record["options"]["ABCD".index(record["letter"])] == record["answer"]
        if record["type"] == "what":
            place = re.search(r"the (\w+)\?", record["question"]).group(1)
            there = {thing["kind"] for thing in record["objects"] if thing["place"] == place}
            assert [option for option in record["options"] if option in there] == [record["answer"]]
    letters = Counter(record["letter"] for record in RECORDS if len(record["options"]) == 4)
    assert min(letters.values()) > 0.15 * sum(letters.values())


def test_letters_put_the_options_into_the_question():
    records = [record for scene in SCENES[:30] for record in questions(scene, 0, 8, letters=True)]
    for record in records:
        if record["options"]:
            assert record["answer"] == record["letter"]
            assert record["question"].split("\n")[1:] == [
                f"{letter}. {option}" for letter, option in zip("ABCD", record["options"], strict=False)
            ]
        else:
            assert "\n" not in record["question"]


def test_boxes_are_counted_in_the_declared_space():
    scene = make_scene(3, 200, occlusion=0.3)
    pixels, shares, thousandths = (questions(scene, 0, 6, space=space) for space in ("original", "unit", "thousand"))
    for one, two, three in zip(pixels, shares, thousandths, strict=True):
        assert (one["space"], two["space"], three["space"]) == ("original", "unit", "thousand")
        assert one["question"] == two["question"] == three["question"]
        for a, b, c in zip(one["boxes"], two["boxes"], three["boxes"], strict=True):
            assert [round(edge * 200) for edge in b] == a
            assert [round(edge / 5) for edge in c] == a
            assert all(isinstance(edge, int) for edge in c)


def test_questions_of_a_scene_differ_and_are_reproducible():
    for scene in SCENES[:40]:
        records = questions(scene, 3, 30)
        assert len({record["question"] for record in records}) == len(records)
        assert records == questions(scene, 3, 30)
    assert {record["type"] for scene in SCENES for record in questions(scene, 0, 2, types=("counting",))} == {
        "counting"
    }


def test_traces_name_the_evidence_and_end_in_the_answer():
    wrong = 0
    for record in RECORDS:
        trace = explain(record, 0)
        assert trace.endswith(f"<answer> {record['answer']}")
        boxes = re.findall(r"\[\d+, \d+, \d+, \d+\]", trace.split("<rethink>")[0])
        assert sorted(map(json.loads, boxes)) == sorted(record["boxes"])
        wrong += not explain(record, 0, slip=0.5).endswith(f"<answer> {record['answer']}")
    assert 0.3 < wrong / len(RECORDS) < 0.9


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: questions(SCENES[0], 0, 0), "at least 1"),
        (lambda: questions(SCENES[0], 0, 1, types=("shape",)), "unknown question type 'shape'"),
        (lambda: questions(SCENES[0], 0, 1, space="inch"), "original, unit, thousand"),
        (lambda: explain(RECORDS[0], 0, slip=2), "probability"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(MediaError, match=words):
        call()


def test_item_i_is_the_same_however_many_are_drawn(tmp_path):
    few = write_dataset(tmp_path / "few", 2, seed=1, size=168)
    many = write_dataset(tmp_path / "many", 4, seed=1, size=168)
    records = [json.loads(line) for line in many.read_text().splitlines()]
    assert many.read_text().startswith(few.read_text())
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        with Image.open(many.parent / record["image"]) as picture:
            assert picture.tobytes() == render(make_scene(record["scene_seed"], 168)).tobytes()
        assert set(record["places"]) == {place.name for place in SETTINGS[record["setting"]].places}
    with pytest.raises(MediaError, match="at least 1"):
        write_dataset(tmp_path / "none", 0, seed=1)
