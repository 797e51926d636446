"""Plans and options are executed by a checker of its own: it reads the words of actions and uses no planner."""

from __future__ import annotations

import re
from collections import deque
from functools import cache

import pytest

from vision_data.generators.kitchen import SPLITS, make_episode, questions
from vision_data.generators.kitchen.plans import Action, Portion, State, legal, remaining
from vision_data.generators.kitchen.tasks import SEEN, STORES, UNSEEN


@cache
def episodes():
    return [make_episode(seed, level, split) for split in SPLITS for level in ("tiny", "hard") for seed in range(12)]


ORDER = {"wash": 1, "cut": 2, "cook": 3, "bake": 3}
SPOTS = {"wash": "in the sink", "cut": "on the board", "cook": "on the stove", "bake": "in the oven"}


def execute(state, text):
    """The state (food in hand, its marks, what is served) after an action in words, or None if it cannot be done."""
    hand, marks, served = state
    verb, food, where = re.fullmatch(r"(\w+) the (\w+) (.+)", text).groups()
    if verb == "take":
        assert where == f"from the {STORES[food]}"
        return (food, (), served) if hand is None and food not in dict(served) else None
    if hand != food:
        return None
    if verb == "serve":
        assert where == "at the table"
        return None, (), served | {(food, marks)}
    assert where == SPOTS[verb]
    return (food, (*marks, verb), served) if all(ORDER[verb] > ORDER[mark] for mark in marks) else None


def steps_to_goal(state, goal, foods):
    """Fewest actions by breadth-first search, or None."""
    texts = [Action(verb, food).text for food in foods for verb in ("take", "wash", "cut", "cook", "bake", "serve")]
    queue, seen = deque([(state, 0)]), {state}
    while queue:
        state, count = queue.popleft()
        if state[0] is None and state[2] == goal:
            return count
        for text in texts:
            new = execute(state, text)
            if new is not None and new not in seen:
                seen.add(new)
                queue.append((new, count + 1))
    return None


def now(episode):
    state = (None, (), frozenset())
    for action in episode.plan[: episode.done]:
        state = execute(state, action.text)
        assert state is not None
    return state


def goal_of(record):
    """The goal from its words."""
    verbs = {"washed": "wash", "cut": "cut", "cooked": "cook", "baked": "bake"}
    parts = re.findall(r"(\w+) \(([^)]+)\)", record["goal"])
    return frozenset(
        (food, tuple(verbs[word] for word in re.findall(r"washed|cut|cooked|baked", how))) for food, how in parts
    )


def test_plans_reach_the_goal_and_no_step_is_wasted():
    for episode in episodes():
        state = (None, (), frozenset())
        for action in episode.plan:
            state = execute(state, action.text)
            assert state is not None
        (record,) = questions(episode, 0)
        assert state == (None, (), goal_of(record))
        assert goal_of(record) == frozenset(episode.task.needs)


def test_exactly_one_option_brings_the_goal_nearer():
    for episode in episodes():
        (record,) = questions(episode, 0)
        state, goal = now(episode), goal_of(record)
        foods = {food for food, _ in goal}
        left = steps_to_goal(state, goal, foods)
        assert left == len(episode.plan) - episode.done
        useful = []
        for letter, option in zip("ABCD", record["options"], strict=True):
            new = execute(state, option)
            if new is not None and steps_to_goal(new, goal, foods) == left - 1:
                useful.append(letter)
        assert useful == [record["answer"]]
        assert record["options"]["ABCD".index(record["answer"])] == record["answer_text"]


def test_no_negative_answer_is_a_next_step_either():
    for episode in episodes()[::3]:
        (record,) = questions(episode, 0)
        state, goal = now(episode), goal_of(record)
        foods = {food for food, _ in goal}
        left = steps_to_goal(state, goal, foods)
        assert len(set(record["negative_answers"])) == len(record["negative_answers"]) >= 3
        assert set(record["options"]) - {record["answer_text"]} == set(record["negative_answers"][:3])
        for option in record["negative_answers"]:
            new = execute(state, option)
            assert new is None or steps_to_goal(new, goal, foods) != left - 1


def test_remaining_counts_what_search_counts():
    needs = (("tomato", ("wash", "cut")), ("egg", ("cook",)))
    marks = [(), ("wash",), ("cut",), ("wash", "cut"), ("wash", "bake"), ("cook",)]
    states = [State()] + [State(Portion(food, done)) for food in ("tomato", "egg", "fish") for done in marks]
    states += [State(held, (Portion("egg", done),)) for done in marks for held in (None, Portion("tomato", ("wash",)))]
    for state in states:
        as_words = (
            state.held.food if state.held else None,
            state.held.done if state.held else (),
            frozenset(state.served),
        )
        assert remaining(state, needs) == steps_to_goal(as_words, frozenset(needs), ("tomato", "egg"))


@pytest.mark.parametrize(
    ("state", "action", "allowed"),
    [
        (State(), Action("take", "egg"), True),
        (State(), Action("cook", "egg"), False),
        (State(), Action("serve", "egg"), False),
        (State(Portion("egg")), Action("take", "fish"), False),
        (State(Portion("egg")), Action("cook", "fish"), False),
        (State(Portion("egg")), Action("cook", "egg"), True),
        (State(Portion("egg", ("cook",))), Action("cook", "egg"), False),
        (State(Portion("egg", ("cook",))), Action("bake", "egg"), False),
        (State(Portion("carrot", ("cut",))), Action("wash", "carrot"), False),
        (State(Portion("carrot", ("cut",))), Action("bake", "carrot"), True),
        (State(None, (Portion("egg", ()),)), Action("take", "egg"), False),
    ],
)
def test_rules_by_hand(state, action, allowed):
    assert legal(state, action) == allowed


def test_tasks_are_sound_and_the_unseen_ones_are_new():
    for task in SEEN + UNSEEN:
        for food, processes in task.needs:
            assert food in STORES
            ranks = [ORDER[process] for process in processes]
            assert ranks == sorted(set(ranks))
        assert len({food for food, _ in task.needs}) == len(task.needs)
    assert {frozenset(task.needs) for task in SEEN}.isdisjoint(frozenset(task.needs) for task in UNSEEN)
    assert len({task.name for task in SEEN + UNSEEN}) == len(SEEN + UNSEEN)
    assert {task.domain for task in UNSEEN} == {"daily life", "hobbies", "recreation", "work"}
    for count in (1, 2, 3):
        assert {t.domain for t in UNSEEN if len(t.needs) == count} == {t.domain for t in UNSEEN}
