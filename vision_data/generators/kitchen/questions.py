"""What to do next: four options of which one is right, as in SEED-Bench-R1 (arXiv:2503.24376)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from vision_data.generators.kitchen.episode import Episode
from vision_data.generators.kitchen.plans import RANKS, Action, advances
from vision_data.generators.kitchen.tasks import SEEN, UNSEEN, describe
from vision_data.generators.seeds import rng_for

LETTERS = "ABCD"
NUM_NEGATIVES = 9
KINDS = ("done", "early", "other")
"""Why an option is wrong: it is already done; the goal needs it, but not now; the goal does not need it."""

Record = dict[str, Any]


def questions(episode: Episode, seed: int) -> list[Record]:
    """The one question of an episode, as a list.

    A record holds question, `prompt` (places of media, question, options and form of the answer in one text), options,
    answer (a letter), type `next_step`, `option_kinds` (`right` or one of `KINDS` for each option), `answer_text`,
    `negative_answers` (up to nine wrong actions, those among the options first), `goal`, `task`, `domain`, `room`,
    `needs`, `plan`, `num_done`, `state`, `stations`, and `task_progress` (for every action done its text and its first
    and last frame; empty when there is no video).

    Args:
        episode: what the question is about.
        seed: any whole number.
    """
    rng = rng_for("kitchen questions", episode.split, episode.seed, episode.level, seed)
    right = episode.plan[episode.done]
    wrong = _wrong(rng, episode)
    options = [("right", right), *wrong[: len(LETTERS) - 1]]
    rng.shuffle(options)
    text = _question(episode)
    texts = [action.text for _, action in options]
    return [
        {
            "question": text,
            "prompt": _prompt(text, texts, episode.done > 0),
            "options": texts,
            "answer": LETTERS[texts.index(right.text)],
            "type": "next_step",
            "option_kinds": [kind for kind, _ in options],
            "answer_text": right.text,
            "negative_answers": [action.text for _, action in wrong[:NUM_NEGATIVES]],
        }
        | _ground_truth(episode)
    ]


def _question(episode: Episode) -> str:
    goal = f"The goal is to {describe(episode.task)}."
    if episode.done:
        return f"{goal} The video shows what has been done, the picture shows the kitchen now. What is the next step?"
    return f"{goal} Nothing has been done, the picture shows the kitchen now. What is the first step?"


def _prompt(question: str, options: Iterable[str], video: bool) -> str:
    lines = [f"{letter} {option}" for letter, option in zip(LETTERS, options, strict=True)]
    return "\n".join((*(["<video>"] if video else []), "<image>", question, *lines, "Answer with one letter."))


def kind_of(episode: Episode, action: Action) -> str:
    """`right`, or why an action is not the next step."""
    if action in episode.plan[: episode.done]:
        return "done"
    if advances(episode.state, action, episode.task.needs):
        return "right"
    return "early" if action in episode.plan else "other"


def _wrong(rng: random.Random, episode: Episode) -> list[tuple[str, Action]]:
    """Wrong actions in random order, but the first three are of as many kinds as there are."""
    groups: dict[str, list[tuple[str, Action]]] = {kind: [] for kind in KINDS}
    needed = {food for food, _ in episode.task.needs}
    for action in _actions(episode.split):
        kind = kind_of(episode, action)
        # Nobody would cook what was not even taken: of foods that the goal does not need, only the first actions.
        if kind != "right" and (kind != "other" or action.food in needed or action.verb in ("take", "wash")):
            groups[kind].append((kind, action))
    for group in groups.values():
        rng.shuffle(group)
    first = [group[0] for group in rng.sample(list(groups.values()), len(groups)) if group]
    rest = [option for group in groups.values() for option in group if option not in first]
    rng.shuffle(rest)
    return first + rest


def _actions(split: str) -> list[Action]:
    """All actions on foods that the tasks of a split know; foods of unseen tasks are no words of training."""
    tasks = SEEN + UNSEEN if split == "L3" else SEEN
    foods = {food: None for task in tasks for food, _ in task.needs}
    return [Action(verb, food) for food in foods for verb in ("take", *RANKS, "serve")]


def _ground_truth(episode: Episode) -> Record:
    moments, spans = episode.moments()
    held, served = episode.state
    return {
        "goal": describe(episode.task),
        "task": episode.task.name,
        "domain": episode.task.domain,
        "needs": [[food, list(processes)] for food, processes in episode.task.needs],
        "room": episode.room.name,
        "stations": {name: list(tile) for name, tile in (*episode.room.stations, ("table", episode.room.table))},
        "plan": [action.text for action in episode.plan],
        "num_done": episode.done,
        "state": {
            "held": held and [held.food, list(held.done)],
            "served": [[portion.food, list(portion.done)] for portion in served],
            "cook": list(moments[-1].cook),
        },
        "task_progress": [
            {"action": action.text, "first_frame": first, "last_frame": last}
            for action, (first, last) in zip(episode.plan, spans, strict=False)
        ],
        "frames": len(moments) if episode.done else 0,
        "fps": episode.level.fps,
    }
