from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from PIL import Image, ImageChops, ImageStat

from vision_data.errors import MediaError
from vision_data.generators.pairs import ALL_FAULTS, DIFFICULTIES, explain, make_pair, questions, render, write_dataset
from vision_data.generators.pairs.dataset import balanced
from vision_data.generators.pairs.faults import CONTENT
from vision_data.generators.pairs.prompts import split_of

PAIRS = [make_pair(seed, 200, level) for level in DIFFICULTIES for seed in range(60)]
CLEAN = [make_pair(seed, 200, "medium", kinds=tuple(CONTENT)) for seed in range(60)]
NUMBERS = {"a": 1, "an": 1, "two": 2, "three": 3}
SINGULAR = {"benches": "bench", "mailboxes": "mailbox"}


def wanted(prompt):
    """Reads the prompt anew: (place, kind, colour) to count."""
    _, listed = re.fullmatch(r"A (\w+) with (.+)\.", prompt).groups()
    asked = {}
    for part in re.split(r", | and ", listed):
        number, colour, noun, place = re.fullmatch(r"(\w+) (\w+) (\w+) (?:on|in) the (\w+)", part).groups()
        kind = noun if number in ("a", "an") else SINGULAR.get(noun, noun.removesuffix("s"))
        asked[place, kind, colour] = NUMBERS[number]
    return asked


def shown(objects):
    return Counter((thing["place"], thing["kind"], thing["colour"]) for thing in objects)


def test_the_preferred_picture_shows_exactly_what_the_prompt_asks_and_is_clean():
    for pair in PAIRS + CLEAN:
        (record,) = questions(pair)
        good = record["preference"]
        assert shown(record[f"objects_{good}"]) == wanted(record["prompt"])
        assert record[f"blur_{good}"] == record[f"noise_{good}"] == 0


def test_the_other_picture_breaks_each_group_that_a_fault_names_and_no_other():
    for pair in PAIRS + CLEAN:
        (record,) = questions(pair)
        bad, asked = 3 - record["preference"], wanted(record["prompt"])
        there = shown(record[f"objects_{bad}"])
        broken = {fault["group"] for fault in record["faults"]} - {-1}
        for at, group in enumerate(record["groups"]):
            key = (group["place"], group["kind"], group["colour"])
            assert asked[key] == group["count"]
            assert (there[key] != group["count"]) == (at in broken)
        assert bool(record[f"blur_{bad}"]) == any(fault["kind"] == "blur" for fault in record["faults"])
        assert bool(record[f"noise_{bad}"]) == any(fault["kind"] == "noise" for fault in record["faults"])
        assert all(fault["image"] == bad for fault in record["faults"])


def test_the_two_differ_exactly_by_the_faults():
    for pair in PAIRS + CLEAN:
        good, bad = set(pair.good.scene.things), set(pair.bad.scene.things)
        removed = {thing for fault in pair.faults for thing in fault.removed}
        added = {thing for fault in pair.faults for thing in fault.added}
        assert (good - bad, bad - good) == (removed, added)
        assert len(good) == len(pair.good.scene.things)


def test_pixels_outside_the_boxes_of_the_faults_are_the_same():
    for pair in CLEAN:
        difference = ImageChops.difference(render(pair.good), render(pair.bad))
        assert difference.getbbox() is not None
        for fault in pair.faults:
            for thing in (*fault.removed, *fault.added):
                difference.paste("black", thing.box)
        assert difference.getbbox() is None


def test_each_fault_does_what_its_name_says():
    for fault in (fault for pair in PAIRS + CLEAN for fault in pair.faults):
        gone, new = fault.removed, fault.added
        if fault.kind == "missing":
            assert gone
            assert not new
        elif fault.kind == "object":
            assert (gone[0].colour, gone[0].place) == (new[0].colour, new[0].place)
            assert gone[0].kind != new[0].kind
        elif fault.kind == "colour":
            assert [thing.box for thing in gone] == [thing.box for thing in new]
            assert {thing.colour for thing in gone}.isdisjoint(thing.colour for thing in new)
        elif fault.kind == "count":
            assert bool(gone) != bool(new)
        elif fault.kind == "position":
            assert len(gone) == len(new)
            assert {thing.place for thing in gone}.isdisjoint(thing.place for thing in new)
        else:
            assert not gone
            assert not new


def test_things_never_overlap_and_stay_inside():
    for picture in (picture for pair in PAIRS for picture in pair.pictures):
        things = picture.scene.things
        for at, thing in enumerate(things):
            left, top, right, bottom = thing.box
            assert 0 <= left < right <= picture.scene.size
            assert 0 <= top < bottom <= picture.scene.size
            for other in things[at + 1 :]:
                box = other.box
                assert right <= box[0] or box[2] <= left or bottom <= box[1] or box[3] <= top


def test_difficulty_sets_number_and_strength_and_all_kinds_occur():
    for pair in PAIRS:
        dial = DIFFICULTIES[pair.difficulty]
        assert dial.num_faults[0] <= len(pair.faults) <= dial.num_faults[1]
        assert all(dial.strength[0] <= fault.strength <= dial.strength[1] for fault in pair.faults)
    kinds = Counter(fault.kind for pair in PAIRS for fault in pair.faults)
    assert set(kinds) == set(ALL_FAULTS)
    assert min(kinds.values()) > 0.04 * sum(kinds.values())


def test_stronger_blur_and_noise_change_more():
    def distance(kind, level):
        pairs = [make_pair(seed, 200, level, kinds=(kind, "missing"), num_groups=(3, 3)) for seed in range(8)]
        fault = next(f for pair in pairs for f in pair.faults if f.kind == kind)
        pair = next(pair for pair in pairs if fault in pair.faults)
        blurred = type(pair.good)(pair.good.scene, fault.blur, fault.noise)
        return sum(ImageStat.Stat(ImageChops.difference(render(pair.good), render(blurred))).mean)

    for kind in ("blur", "noise"):
        assert distance(kind, "hard") < distance(kind, "easy")


def test_determinism_balance_and_splits():
    assert make_pair(4) == make_pair(4) != make_pair(5)
    assert (
        render(make_pair(2, kinds=("noise",), difficulty="hard").bad).tobytes()
        == render(make_pair(2, kinds=("noise",), difficulty="hard").bad).tobytes()
    )
    for split in ("train", "test"):
        for seed in range(40):
            pair = make_pair(seed, 168, "hard", split, (1, 1), ("blur",))
            assert split_of(pair.good.scene.setting, pair.groups) == split
    assert all(balanced(7, 2 * at) + balanced(7, 2 * at + 1) == 3 for at in range(50))
    assert {balanced(7, 2 * at) for at in range(50)} == {1, 2}
    assert make_pair(3, preferred=1).good == make_pair(3, preferred=2).good


def test_traces_end_in_the_decision():
    for pair in PAIRS[::5]:
        (record,) = questions(pair)
        assert explain(pair, 0).endswith(f"<answer>{record['answer']}</answer>")
        assert all(fault.text in explain(pair, 0) for fault in pair.faults)
        assert not explain(pair, 0, slip=1.0).endswith(f"<answer>{record['answer']}</answer>")
        decision = json.loads(record["answer"])
        assert [decision["image_1"], decision["image_2"]] == record["human_preference"]
        assert sum(record["human_preference"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"split": "dev"}, "use train or test"),
        ({"difficulty": "silly"}, "use easy, medium, hard"),
        ({"size": 10}, "168 to 896"),
        ({"num_groups": (0, 1)}, "within 1 to 4"),
        ({"kinds": ("smell",)}, "unknown fault 'smell'"),
        ({"preferred": 3}, "1, 2 or None"),
        ({"kinds": ("blur",), "difficulty": "easy"}, "easy needs 3 faults, but blur gives 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(MediaError, match=words):
        make_pair(0, **arguments)


def test_item_i_is_the_same_however_many_are_drawn(tmp_path):
    few = write_dataset(tmp_path / "few", 2, seed=1, size=168, difficulty="mixed")
    many = write_dataset(tmp_path / "many", 6, seed=1, size=168, difficulty="mixed")
    records = [json.loads(line) for line in many.read_text().splitlines()]
    assert many.read_text().startswith(few.read_text())
    assert [record["difficulty"] for record in records] == ["easy", "medium", "hard"] * 2
    assert sum(record["preference"] for record in records) == 9
    for record in records:
        pair = make_pair(record["pair_seed"], 168, record["difficulty"], preferred=record["preference"])
        for path, picture in zip(record["images"], pair.pictures, strict=True):
            with Image.open(many.parent / path) as image:
                assert image.tobytes() == render(picture).tobytes()
    with pytest.raises(MediaError, match="at least 1"):
        write_dataset(tmp_path / "none", 0, seed=1)
