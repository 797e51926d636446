"""Answers are worked out again from the words of a question and the log of events."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from vision_data.errors import MediaError
from vision_data.generators.physics import ALL_TYPES, Body, Level, World, make_world, questions
from vision_data.generators.physics.choices import explanatory, predictive


@cache
def worlds():
    return [make_world(seed, level) for level in ("tiny", "easy", "middle") for seed in range(13)]


@cache
def every_record():
    return [(world, record) for world in worlds() for record in questions(world, 0, per_type=3)]


def of(*types):
    return [(world, record) for world, record in every_record() if record["type"] in types]


def number(record, name):
    return next(entry["id"] for entry in record["objects"] if entry["name"] == name)


def happened(record, events, option):
    """Whether an option is in a log."""
    if leaves := re.fullmatch(r"the (.+) leaves the scene", option):
        wanted = ("exit", [number(record, leaves[1])])
    else:
        pair = re.fullmatch(r"the (.+) collides with the (.+)", option)
        wanted = ("collision", sorted(number(record, pair[at]) for at in (1, 2)))
    return wanted in [(event["type"], event["objects"]) for event in events]


def check(record, truth):
    assert record["truth"] == truth
    right = [true != record["negated"] for true in truth]
    assert record["answer"].split(",") == [letter for letter, yes in zip("ABCD", right, strict=False) if yes]


def test_predictive_answers_follow_from_the_future():
    for world, record in of("predictive"):
        assert all(event["time"] > world.level.duration for event in record["future"])
        check(record, [happened(record, record["future"], option) for option in record["options"]])


def test_counterfactual_answers_follow_from_a_world_without_the_object():
    for world, record in of("counterfactual"):
        gone = record["without"]
        left = [at for at in range(len(world.bodies)) if at != gone]
        other = World(world.seed, world.split, world.level, tuple(world.bodies[at] for at in left))
        events = [event | {"objects": [left[at] for at in event["objects"]]} for event in other.seen()]
        assert events == record["counterfactual"]
        check(record, [happened(record, events, option) for option in record["options"]])
        assert f"If the {world.name(gone)} were taken away" in record["question"]


def test_counterfactuals_are_more_than_the_video_retold():
    changed = [
        any(happened(r, r["events"], option) != true for option, true in zip(r["options"], r["truth"], strict=True))
        for _, r in of("counterfactual")
    ]
    assert sum(changed) > 0.5 * len(changed)


def test_explanatory_answers_follow_from_taking_the_cause_away():
    for world, record in of("explanatory"):
        pair, truth = record["collision"], []
        for option in record["options"]:
            if name := re.fullmatch(r"the presence of the (.+)", option):
                other = world.simulate(without=(number(record, name[1]),))
            else:
                names = re.fullmatch(r"the collision of the (.+) with the (.+)", option)
                other = world.simulate(ghosts=(tuple(sorted(number(record, names[at]) for at in (1, 2))),))
            end = world.level.duration
            truth.append(not any(e.bodies == tuple(pair) and e.time <= end for e in other.events))
        check(record, truth)


def test_partners_are_those_of_the_log():
    found = [record for _, record in of("descriptive") if record["subtype"] == "partners"]
    for record in found:
        own = number(record, re.search(r"with the (.+) in the video", record["question"])[1])
        pairs = [event["objects"] for event in record["events"] if event["type"] == "collision"]
        check(record, [sorted((own, number(record, option[4:]))) in pairs for option in record["options"]])
    assert len(found) > 10


def derive(record):
    """The answer of a question without options, from its words."""
    text, objects, events = record["question"], record["objects"], record["events"]
    by_kind = {kind: [e["objects"] for e in events if e["type"] == kind] for kind in ("enter", "exit", "collision")}
    if found := re.match(r"How many (\w+ objects|\w+s) are seen", text):
        word = found[1].split()[0]
        alike = [o for o in objects if word == "objects" or word.removesuffix("s") in list(o.values())[2:]]
        return str(len(alike))
    if "collisions happen" in text:
        return str(len(by_kind["collision"]))
    if found := re.match(r"How many objects (enter|leave)", text):
        return str(len(by_kind["enter" if found[1] == "enter" else "exit"]))
    if found := re.match(r"Does the (.+) (leave the scene|collide with the (.+?))( before.+)?\?", text):
        if found[3]:
            return "yes" if sorted(number(record, found[at]) for at in (1, 3)) in by_kind["collision"] else "no"
        return "yes" if [number(record, found[1])] in by_kind["exit"] else "no"
    if found := re.search(r"the object that collides with the (.+?)( plain or shiny)?\?", text):
        own = number(record, found[1])
        (who,) = {other for pair in by_kind["collision"] if own in pair for other in pair} - {own}
    elif found := re.search(r"the (first|last) object to (enter|leave)", text):
        (who,) = by_kind["enter" if found[2] == "enter" else "exit"][0 if found[1] == "first" else -1]
    else:
        return None
    entry = next(entry for entry in objects if entry["id"] == who)
    return entry["colour" if "colour" in text else "shape" if "shape" in text else "material"]


def test_open_answers_follow_from_the_words_and_the_log():
    seen = Counter()
    for _, record in of("descriptive"):
        if record["options"]:
            continue
        answer = derive(record)
        seen[record["subtype"].partition("_")[0]] += 1
        if answer is None:
            assert record["subtype"] == "count_moving"
        else:
            assert answer == record["answer"], record["question"]
    assert {"count", "partner", "first", "last", "leaves", "collides"} <= set(seen)


def test_how_many_move_is_counted_from_two_moments():
    for world, record in of("descriptive"):
        if record["subtype"] == "count_moving":
            history, end = world.simulate(), world.level.duration
            first, later = (0.0, 0.01) if "begins" in record["question"] else (end - 0.01, end)
            moved = still = 0
            for body in range(len(world.bodies)):
                states = [history.state(body, time) for time in (first, later)]
                if all(states):
                    path = max(abs(a - b) for a, b in zip(states[0][0], states[1][0], strict=True)) / 0.01
                    moved, still = moved + (path > 0.05), still + (path <= 0.05)
            assert record["answer"] == str(moved if "moving" in record["question"] else still)


def test_option_sets_are_well_formed():
    for _, record in every_record():
        if not record["options"]:
            assert record["type"] == "descriptive"
            assert record["answer"]
            continue
        assert 3 <= len(record["options"]) == len(set(record["options"])) <= 4
        right = record["answer"].split(",")
        assert 1 <= len(right) < len(record["options"])
        assert record["multiple"] or len(right) == 1
        lines = record["prompt"].splitlines()
        assert lines[:2] == ["<video>", record["question"]]
        assert lines[2:-1] == [f"{a} {text}" for a, text in zip("ABCD", record["options"], strict=False)]
        assert ("all letters" in lines[-1]) == record["multiple"]
        assert (" not " in record["question"]) == record["negated"]


def test_forms_and_letters_are_spread():
    chosen = [record for _, record in every_record() if record["options"]]
    for field in ("multiple", "negated"):
        share = sum(record[field] for record in chosen) / len(chosen)
        assert 0.3 < share < 0.7
    letters = Counter(letter for record in chosen for letter in record["answer"].split(","))
    assert max(letters["A"], letters["B"], letters["C"]) < 1.4 * min(letters["A"], letters["B"], letters["C"])
    assert len({record["answer"].count(",") for record in chosen if record["multiple"]}) == 3
    assert {record["type"] for _, record in every_record()} == set(ALL_TYPES)


def test_forms_can_be_chosen():
    for world in worlds()[:10]:
        for record in questions(world, 1, ["predictive", "counterfactual"], 2, multiple=True, negated=False):
            assert (record["multiple"], record["negated"]) == (True, False)


def test_nothing_depends_on_how_much_is_asked():
    world = worlds()[3]
    assert questions(world, 0, ["counterfactual"]) == [r for r in questions(world, 0) if r["type"] == "counterfactual"]
    texts = [record["question"] for record in questions(world, 0, ["descriptive"], 12)]
    assert len(set(texts)) == len(texts) >= 8


def world_of(*bodies):
    """Plain objects: colour, kind, place and speed to the right."""
    made = (Body(colour, kind, "plain", place, (speed, 0.0), 0.0) for colour, kind, place, speed in bodies)
    return World(0, "train", Level(frames=14), tuple(made))


def test_a_chain_by_hand():
    world = world_of(
        ("red", "circle", (0.1, 0.3), 0.5),
        ("green", "circle", (0.35, 0.3), 0.0),
        ("blue", "circle", (0.6, 0.3), 0.0),
        ("yellow", "square", (0.2, 0.8), 0.0),
        ("black", "square", (0.8, 0.8), 0.0),
    )
    topics = {topic.question[0]: topic.options for topic in explanatory(world)}
    assert topics["Which of these is responsible for the collision of the green circle with the blue circle?"] == {
        "the presence of the red circle": True,
        "the presence of the yellow square": False,
        "the presence of the black square": False,
        "the collision of the red circle with the green circle": True,
    }


@pytest.mark.parametrize(("offset", "known"), [(0.0, True), (0.25, False), (0.172, None), (0.168, None)])
def test_near_misses_are_not_offered(offset, known):
    world = world_of(("blue", "circle", (0.2, 0.3), 0.15), ("black", "square", (0.67, 0.3 + offset), 0.0))
    assert predictive(world)[0].options.get("the blue circle collides with the black square") is known


def test_bad_arguments_are_refused():
    with pytest.raises(MediaError, match="did you mean 'predictive'"):
        questions(worlds()[0], 0, ["predictiv"])
    with pytest.raises(MediaError, match="at least 1"):
        questions(worlds()[0], 0, per_type=0)
