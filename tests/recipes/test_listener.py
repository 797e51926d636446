"""The recipe of listener rewards: what its keywords build, real data's form, and two steps of the whole."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.common import COLD
from mmreason_recipes.listener import OWN, listener

from mmreason.asks import POLICY, REFERENCE
from mmreason.data.anchor_duels import AnchorDuels
from mmreason.data.pair_orders import BothOrders
from mmreason.data.pair_questions import PairQuestions
from mmreason.data.pairs import RenderedPairs
from mmreason.data.picture_ladders import PictureLadders
from mmreason.errors import DataError, RecipeError
from mmreason.judges.asks import LISTENER
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import DECIDER, ListenerChoice, both_orders
from mmreason.judges.listener_reward import ListenerReward
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.losses.base import Sequences
from mmreason.metrics.contradiction import ContradictionRate
from mmreason.models.ema_after import EmaAfter
from mmreason.models.specs import Frozen, Policy
from mmreason.recipe import Recipe, Stage
from mmreason.runs.driver import train_recipe
from mmreason.signals import needs, roles
from mmreason.validate import validate

DATA = Path(__file__).parents[1] / "data"
HPD, REWARD = str(DATA / "hpd" / "train.json"), str(DATA / "image-reward" / "test.json")


def terms(recipe: Recipe) -> dict[str, Any]:
    return {term.name: term for term in recipe.stages[-1].rewards}


def brings(recipe: Recipe) -> list[Any]:
    return [role for role, _ in recipe.models]


def test_the_default_is_the_paper() -> None:
    recipe = listener()
    validate(recipe)
    cold, learn = recipe.stages
    assert (cold.name, learn.name) == (COLD, "train")
    assert {name: term.weight for name, term in terms(recipe).items()} == {
        "format": 1.0,
        "accuracy": 0.5,
        "listener": 0.5,
    }
    assert terms(recipe)["listener"].reward == ListenerReward(ListenerChoice(), silent=0.0)
    assert dict(recipe.models)[REFERENCE] == EmaAfter(role=REFERENCE, decay=1.0, stages=(COLD,))
    assert dict(recipe.models)[LISTENER] == LocalJudge(REFERENCE, role=LISTENER)
    assert dict(recipe.models)[DECIDER] == LocalJudge(POLICY, role=DECIDER)
    assert len(learn.losses) == 1
    assert [s for s in needs(learn) if isinstance(s, Listened)] == [Listened(ListenerChoice().heard.template)]
    assert DECIDER not in roles(recipe.stages), "the policy is asked for probabilities in the exams only"


def test_the_baseline_is_grpo_on_the_same_data() -> None:
    ours, plain = listener(), listener(method="grpo")
    validate(plain)
    assert plain.stages[-1].tasks == ours.stages[-1].tasks
    assert plain.stages[0] == ours.stages[0]
    assert {name: term.weight for name, term in terms(plain).items()} == {"format": 1.0, "accuracy": 1.0}
    assert plain.stages[-1].losses == ours.stages[-1].losses
    assert plain.exams[0].metrics == ours.exams[0].metrics
    assert any(isinstance(m, ContradictionRate) for m in plain.stages[-1].metrics), "watched, never rewarded"


def test_real_data_without_exams_need_no_listener_for_grpo() -> None:
    recipe = listener(preset="7b", data=HPD, share=1.0, method="grpo", groups=1, kl=0.0)
    validate(recipe)
    assert brings(recipe) == [POLICY]
    assert LISTENER not in roles(recipe.stages)
    assert brings(listener(preset="7b", data=HPD, share=1.0, method="grpo", groups=1)) == [POLICY, REFERENCE]


def test_the_settings_of_the_large_presets() -> None:
    recipe = listener(preset="7b", data=HPD, test_data=REWARD, groups=1, share=1.0, anchors=2, lora=8)
    validate(recipe)
    [learn] = recipe.stages
    rollout: Any = learn.rollout
    assert (learn.steps, rollout.num, rollout.limit) == (3, 8, 768)
    policy: Any = dict(recipe.models)[POLICY]
    assert (policy.model, policy.optim.lr) == ("Qwen/Qwen2.5-VL-7B-Instruct", 1e-6)
    assert dict(recipe.models)[REFERENCE] == Frozen(), "with LoRA no second copy"
    assert brings(recipe) == [POLICY, REFERENCE, LISTENER, DECIDER]
    greedy, ranking = recipe.exams
    assert (greedy.name, greedy.groups, ranking.name, ranking.groups) == ("greedy", 6, "ranking", 6)
    losses: Any = learn.losses
    assert losses[1].weight == 0.04
    assert losses[1].over == Sequences()
    source: Any = learn.tasks
    assert isinstance(source.of, PairQuestions)
    assert listener(preset="7b", data=HPD, groups=1).stages[0].tasks.of.share == 0.16


def test_who_listens() -> None:
    local = listener(listener_model="other/model", device="cpu")
    validate(local)
    part: Any = dict(local.models)[LISTENER]
    assert isinstance(part.by, Policy)
    assert (part.by.model, part.by.dtype, part.by.device) == ("other/model", "float32", "cpu")
    assert REFERENCE not in brings(local)
    served = listener(listener_url="http://localhost:8000/v1", listener_model="qwen", kl=0.01)
    validate(served)
    assert dict(served.models)[LISTENER] == OpenAIServer(url="http://localhost:8000/v1", model="qwen", role=LISTENER)
    assert brings(served) == [POLICY, REFERENCE, LISTENER, DECIDER]
    plain = listener(cold_steps=0)
    assert dict(plain.models)[REFERENCE] == Frozen()


def test_switches() -> None:
    both = listener(orders="both", silent=0.5, weight=0.25, accuracy=0.75)
    validate(both)
    assert terms(both)["listener"].reward == ListenerReward(both_orders(), silent=0.5)
    assert (terms(both)["listener"].weight, terms(both)["accuracy"].weight) == (0.25, 0.75)
    assert next(s for s in needs(OWN) if isinstance(s, Listened)).by == DECIDER
    assert [e.name for e in listener(anchors=0).exams] == ["held_out", "greedy"]
    assert listener(anchors=1).exams[-1].groups == 48
    assert listener(test_num=5).exams[0].groups == 10


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"preset": "7b"}, "preset 7b needs --data, a file of preference pairs"),
        ({"method": "listen"}, "method must be one of listener, grpo, got 'listen'"),
        ({"orders": "all"}, "orders must be one of given, both"),
        ({"data": HPD, "cold_steps": 3}, "leave --cold-steps out"),
        ({"data": HPD, "groups": 99}, r"--share 0.16 of .*train.json has 1 tasks, fewer than 99 groups a step"),
        ({"data": HPD, "groups": 1, "anchors": 2}, "need --test-data"),
        ({"listener_url": "http://localhost:1/v1"}, "needs --listener-model"),
        ({"listener_url": "localhost", "listener_model": "m"}, "expected one such as 'http://localhost:8000/v1'"),
        ({"share": 0.5}, "share is of your data"),
        ({"data": HPD, "share": 2.0}, "a share above 0 up to 1"),
    ],
)
def test_what_cannot_run_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        listener(**how)


def test_data_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(DataError, match=r"nothing\.json"):
        listener(preset="3b", data="nothing.json")
    with pytest.raises(DataError, match="formats such as hpd and image-reward have them"):
        listener(preset="3b", data=str(DATA / "chartqa" / "test_human.json"))


def test_every_keyword_is_told() -> None:
    doc = inspect.getdoc(listener) or ""
    for name in inspect.signature(listener).parameters:
        assert f"{name}: " in doc, name


def small(recipe: Recipe) -> Recipe:
    """The same with a handful of pairs."""

    def few(stage: Stage) -> Stage:
        source: Any = stage.tasks
        of = source.of.of if isinstance(source.of, BothOrders) else source.of
        if isinstance(of, AnchorDuels):
            assert isinstance(of.of, PictureLadders)
            of = replace(of, of=PictureLadders(replace(of.of.of, num=1)))
            return replace(stage, tasks=replace(source, of=BothOrders(of)), groups=6)
        assert isinstance(of, RenderedPairs)
        of = replace(of, num=2)
        is_twice = isinstance(source.of, BothOrders)
        return replace(stage, tasks=replace(source, of=BothOrders(of) if is_twice else of), groups=4 if is_twice else 2)

    exams = tuple(few(exam) for exam in recipe.exams if exam.name != "held_out")
    return replace(recipe, stages=tuple(map(few, recipe.stages)), exams=exams)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "orders"), [("listener", "given"), ("listener", "both"), ("grpo", "given")])
def test_the_whole_on_the_embedded_model(method: Any, orders: Any, tmp_path: Path) -> None:
    recipe = small(
        listener(method=method, orders=orders, steps=2, cold_steps=2, group_size=2, limit=12, device="cpu", groups=2)
    )
    train_recipe(recipe, tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    stages = [row["stage"] for row in rows]
    assert stages == ["greedy", "ranking", COLD, COLD, "train", "train", "greedy", "ranking"]
    assert {"greedy/contradiction", "greedy/pairwise_accuracy", "greedy/accuracy"} <= set(rows[-2]["metrics"])
    assert {"ranking/tau", "ranking/best_found"} <= set(rows[-1]["metrics"])
    assert ("train/term/listener" in rows[4]["metrics"]) == (method == "listener")
