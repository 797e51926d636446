from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.cli.sharding import ShardingOptions
from mmreason.cli.suggest import CommandError
from mmreason.errors import RecipeError
from mmreason.models.optim import AdamW
from mmreason.models.sharding import Replicated
from mmreason.models.specs import Lora, Policy
from mmreason.models.zero_config import STAGES, filled, read_config
from mmreason.ranks import Turns
from mmreason.recipe import Recipe
from tests.mmreason.ranks import OneRank, Ranks

READY = Path(__file__).parents[3] / "tools" / "deepspeed"


class Worker:
    """Notes what it does; each turn is one thing that all ranks must do at once."""

    def __init__(self, turns: Turns) -> None:
        self.done: list[tuple[str, int]] = []
        self.owed = False
        self.turns, self.number = turns, turns.join(self)

    def work(self, kind: int) -> None:
        self.turns.take(self.number, kind)
        self.done.append(("own", kind))
        self.owed = True

    def settle(self) -> None:
        if self.owed:
            self.done.append(("settled", 0))
        self.owed = False

    def stand_in(self, kind: int) -> None:
        self.done.append(("stand-in", kind))


def played(plan: Callable[[int, list[Worker]], None], num: int = 3) -> list[list[list[tuple[str, int]]]]:
    """Let every rank follow its plan with two models, then rest; gives what each did."""

    def rank(me: OneRank) -> list[list[tuple[str, int]]]:
        turns = Turns(lambda mine: max(me.gather([mine])))
        workers = [Worker(turns), Worker(turns)]
        plan(me.rank, workers)
        turns.rest()
        return [worker.done for worker in workers]

    found: list[list[list[tuple[str, int]]]] = Ranks(num).run(rank)
    return found


def test_ranks_with_different_work_take_the_same_turns() -> None:
    def plan(rank: int, workers: list[Worker]) -> None:
        for kind in [(), (2, 2, 1), (1, 2)][rank]:
            workers[0].work(kind)
        if rank == 1:
            workers[1].work(3)

    for of_model in zip(*played(plan), strict=True):
        kinds = [[kind for how, kind in done if how != "settled"] for done in of_model]
        assert kinds[0] == kinds[1] == kinds[2]
        assert len(kinds[0]) <= 5
    own = [[kind for how, kind in done[0] if how == "own"] for done in played(plan)]
    assert own == [[], [2, 2, 1], [1, 2]], "each does its own work, once and in its order"


def test_what_was_begun_is_over_before_the_next_turn() -> None:
    def plan(rank: int, workers: list[Worker]) -> None:
        for _ in range(2 * rank):
            workers[0].work(1)

    for first, _ in played(plan, num=2):
        assert ("own", 1) not in [b for a, b in itertools.pairwise(first) if a == ("own", 1)]


def test_without_models_in_parts_nobody_is_asked() -> None:
    Turns(lambda mine: pytest.fail("asked")).rest()


def test_files_say_what_the_names_say() -> None:
    for name, config in STAGES.items():
        assert json.loads((READY / f"{name}.json").read_text()) == config
    for file in READY.glob("*.json"):
        assert filled(read_config(str(file)), 1.0, low=True)["gradient_clipping"] == 1.0
    zero = read_config(str(READY / "zero3-offload.json"))["zero_optimization"]
    assert zero["offload_optimizer"]["device"] == zero["offload_param"]["device"] == "cpu"


def test_a_file_for_other_trainers_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "auto.json"
    zero = {"stage": 3, "reduce_bucket_size": "auto", "offload_optimizer": {"device": "auto"}}
    file.write_text(json.dumps({"bf16": {"enabled": "auto"}, "train_batch_size": "auto", "zero_optimization": zero}))
    assert read_config(str(file)) == {"zero_optimization": {"stage": 3}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no DeepSpeed configuration"),
        ("[1]", "expected an object"),
        ('{"zero_optimization": {"stage": 0}}', "stage must be 1, 2 or 3"),
        ('{"zero_optimization": true}', "named fields"),
        ("{}", "stage must be 1, 2 or 3"),
        ('{"gradient_clipping": 2.0, "zero_optimization": {"stage": 2}}', "AdamW.clip"),
        ('{"optimizer": {"type": "Adam"}, "zero_optimization": {"stage": 2}}', "Policy.optim"),
        ('{"fp16": {"enabled": true}, "zero_optimization": {"stage": 2}}', "fp16"),
        ('{"data_types": {"grad_accum_dtype": "fp32"}, "zero_optimization": {"stage": 1}}', "ZeRO-1"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    with pytest.raises(RecipeError, match=told) as caught:
        Policy(model="m", shard=str(file))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [{"shard": "zero4"}, {"shard": "zero2", "dtype": "float16"}, {"generate": "whole"}])
def test_choices_that_are_none(given: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        Policy(model="m", **given)


def test_four_bits_are_not_spread() -> None:
    with pytest.raises(RecipeError, match="four bits"):
        Policy(model="m", shard="zero3", lora=Lora(bits=4))


def test_a_run_may_go_on_with_another_choice() -> None:
    plain = Policy(model="m")
    assert plain == replace(plain, shard="zero3", generate="sharded")


def test_the_command_line_spreads_every_policy() -> None:
    recipe = Recipe(name="r", stages=(), models=((POLICY, Policy(model="m", autocast="bfloat16")),))
    assert ShardingOptions().applied(recipe) is recipe
    ((_, one),) = ShardingOptions(zero="1").applied(recipe).models
    ((_, three),) = ShardingOptions(zero="3", generate="sharded").applied(recipe).models
    assert isinstance(one, Policy)
    assert isinstance(three, Policy)
    assert (one.shard, one.dtype, one.autocast) == ("zero1", "float32", "bfloat16")
    assert (three.shard, three.dtype, three.autocast, three.generate) == ("zero3", "bfloat16", None, "sharded")
    with pytest.raises(CommandError, match="one of them"):
        ShardingOptions(zero="1", deepspeed="x.json")
    with pytest.raises(CommandError, match="no policy"):
        ShardingOptions(zero="1").applied(replace(recipe, models=()))
    with pytest.raises(RecipeError, match="there is no"):
        ShardingOptions(deepspeed="missing.json").applied(recipe)


def test_a_norm_that_is_no_number_changes_nothing() -> None:
    layer = torch.nn.Linear(2, 1)
    sharding = Replicated(layer)
    sharding.optimizer, before = AdamW(lr=1.0).build(layer.parameters()), layer.weight.detach().clone()
    layer.weight.grad = torch.tensor([[1.0, float("nan")]])
    assert not sharding.step(1.0) < float("inf")
    assert torch.equal(layer.weight, before)
    assert layer.weight.grad is None


def test_moments_of_a_model_in_parts_fit_one_that_is_whole() -> None:
    layer = torch.nn.Linear(2, 1)
    sharding = Replicated(layer)
    sharding.optimizer = AdamW(lr=1.0).build(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    sharding.step(0.1)
    state = sharding.optimizer_state()
    for of_one in state["state"].values():
        of_one["master"] = torch.zeros(1)
    sharding.load_optimizer_state(state)
    assert all("master" not in of_one for of_one in sharding.optimizer.state.values())
