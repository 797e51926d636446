"""What is refused before any weights are loaded, and what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.base import Credit
from mmreason.credit.branches import Scaled
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.credit.plain import Raw
from mmreason.credit.whitened import BatchNorm, Whitened
from mmreason.data.sources import InOrder, Shuffled
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import CheckpointError, DataError, RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.specs import Frozen, Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Term
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rollouts.demonstrations import Demonstrations
from mmreason.rollouts.sample import Sample
from mmreason.schedules import Linear
from mmreason.validate import check_data, check_lengths, check_models, file_specs, fits_budget, validate

STAGE = Stage(
    name="one",
    tasks=Shuffled(TaskJsonl("tasks.jsonl")),
    rollout=Sample(num=4, limit=32),
    rewards=(Term("accuracy", Accuracy()),),
    losses=(ClippedSurrogate(by=GroupNorm()),),
)
RECIPE = Recipe(name="r", stages=(STAGE,), models=((POLICY, Policy(model="mmreason-tiny")),))


def with_stage(**fields: Any) -> Recipe:
    return replace(RECIPE, stages=(replace(STAGE, **fields),))


def refused(recipe: Recipe) -> str:
    with pytest.raises(RecipeError) as caught:
        validate(recipe)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_recipe_that_can_run_is_let_through() -> None:
    validate(RECIPE)


@pytest.mark.parametrize(
    "credit",
    [
        GroupNorm(),
        GroupNorm(scale=False),
        LeaveOneOut(),
        BatchNorm(),
        Whitened(),
        Scaled(GroupNorm(), MapDifficulty()),
    ],
)
def test_a_group_of_one_has_nobody_to_be_compared_with(credit: Credit) -> None:
    said = refused(with_stage(rollout=Sample(num=1), losses=(ClippedSurrogate(by=credit),)))
    assert "group size 1" in said
    assert "2 or more" in said


def test_a_group_of_one_is_fine_where_nothing_is_compared() -> None:
    validate(with_stage(rollout=Sample(num=1), losses=(ClippedSurrogate(by=Raw()),)))
    validate(with_stage(rollout=Demonstrations(), losses=(CrossEntropy(),), rewards=()))
    exam = replace(STAGE, name="exam", rollout=Sample(num=1, temperature=0.0), losses=())
    validate(replace(RECIPE, exams=(exam,)))


def test_greedy_groups_teach_nothing() -> None:
    assert "temperature 0" in refused(with_stage(rollout=Sample(num=4, temperature=0.0)))
    validate(with_stage(rollout=Sample(num=4, temperature=Linear(1.0, 0.5))))


def test_no_steps_at_all_is_refused_and_a_stage_without_steps_is_not() -> None:
    assert "'r': every stage (one) has 0 steps" in refused(with_stage(steps=0))
    idle = replace(STAGE, name="idle", steps=0, rollout=Sample(num=1))
    validate(replace(RECIPE, stages=(idle, STAGE)))


def test_nothing_to_do_is_refused_but_exams_alone_are_something() -> None:
    assert "neither stages nor exams" in refused(replace(RECIPE, stages=()))
    validate(replace(RECIPE, stages=(), exams=(replace(STAGE, losses=()),)))


def test_a_role_that_nobody_plays_is_named() -> None:
    recipe = with_stage(losses=(ClippedSurrogate(), KLPenalty()))
    assert "asks reference, but brings only policy" in refused(recipe)
    validate(replace(recipe, models=(*RECIPE.models, (REFERENCE, Frozen()))))


def test_credit_without_rewards_is_refused() -> None:
    assert "ClippedSurrogate spends credit, but the stage has no rewards" in refused(with_stage(rewards=()))


def test_a_field_that_is_no_value_is_refused() -> None:
    @dataclass
    class Loose:
        num: int = 4

    assert "recipe.stages[0].rollout holds a Loose" in refused(with_stage(rollout=Loose()))


@pytest.mark.parametrize(
    ("limit", "prompt", "fits"), [(90, 10, True), (91, 10, False), (100, 0, True), (101, 0, False)]
)
def test_the_budget_holds_one_prompt_and_one_completion(limit: int, prompt: int, fits: bool) -> None:
    recipe = replace(with_stage(rollout=Sample(limit=limit)), models=((POLICY, Policy(model="m", budget=100)),))
    if fits:
        fits_budget(recipe, prompt)
        return
    with pytest.raises(RecipeError, match=rf"up to {limit} tokens does not fit the token budget of 100"):
        fits_budget(recipe, prompt)


def test_the_device_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    on = {device: replace(RECIPE, models=((POLICY, Policy(model="m", device=device)),)) for device in ("cuda:1", "gpu")}
    assert "torch sees no GPU" in refused(on["cuda:1"])
    assert "unknown device 'gpu'" in refused(on["gpu"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    validate(on["cuda:1"])


def test_models_are_looked_at_by_their_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    with pytest.raises(RecipeError, match="supported architectures: qwen2"):
        check_models(replace(RECIPE, models=((POLICY, Policy(model=str(tmp_path))),)))
    with pytest.raises(CheckpointError, match="no such folder"):
        check_models(replace(RECIPE, models=((POLICY, Policy(model=str(tmp_path / "gone"))),)))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Recipe]:
    """A recipe that reads these records."""

    def write(*records: dict[str, Any], **options: Any) -> Recipe:
        path = tmp_path / "tasks.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return with_stage(tasks=Shuffled(TaskJsonl(str(path), **options)))

    return write


def test_files_are_listed_once(written: Callable[..., Recipe]) -> None:
    recipe = written({"prompt": "a", "answer": "b"})
    (spec,) = file_specs(recipe)
    exam = replace(STAGE, name="exam", tasks=InOrder(spec), losses=())
    assert file_specs(replace(recipe, exams=(exam,))) == [spec]


def test_the_first_task_of_every_file_is_given_back(written: Callable[..., Recipe]) -> None:
    recipe = written({"prompt": "a", "answer": "b", "id": "x"}, {"prompt": "a", "answer": "b", "id": "y"})
    assert [task.id for task in check_data(recipe)] == ["x"]


def test_a_bad_record_stops_or_is_skipped_as_the_reader_says(written: Callable[..., Recipe]) -> None:
    records = ({"prompt": "a", "answer": "b"}, {"prompt": "a"})
    with pytest.raises(DataError, match=r"tasks\.jsonl:2: field 'answer' is None"):
        check_data(written(*records))
    assert len(check_data(written(*records, on_bad_record="skip"))) == 1


def test_pictures_are_decoded_up_to_a_number(written: Callable[..., Recipe], tmp_path: Path) -> None:
    import PIL.Image

    PIL.Image.new("RGB", (28, 28)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    recipe = written(*({"prompt": "<image>?", "images": [f"{name}.png"], "answer": "b"} for name in ("good", "bad")))
    with pytest.raises(DataError, match=r":2: .*bad\.png' is not an image"):
        check_data(recipe)
    check_data(recipe, most=1)


def test_a_prompt_and_a_completion_beyond_the_context_are_refused(written: Callable[..., Recipe]) -> None:
    """The embedded model has 4096 positions."""
    recipe = written({"prompt": "word " * 100, "answer": "b"})
    tasks = check_data(recipe)
    check_lengths(recipe, tasks)
    too_long = replace(recipe, stages=(replace(recipe.stages[0], rollout=Sample(limit=4090)),))
    with pytest.raises(RecipeError, match="are more than the context of mmreason-tiny, 4096"):
        check_lengths(too_long, tasks)
    small = replace(recipe, models=((POLICY, Policy(model="mmreason-tiny", budget=100)),))
    with pytest.raises(RecipeError, match=r"a prompt of .* tokens and a completion of up to 32 tokens does not fit"):
        check_lengths(small, tasks)
