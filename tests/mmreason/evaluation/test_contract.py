"""The contract beside the weights: read off recipes, written, read back, followed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.acre import acre
from mmreason_recipes.cat_charts import cat_charts
from mmreason_recipes.grit import grit
from mmreason_recipes.grpo_care import grpo_care
from mmreason_recipes.listener import listener
from mmreason_recipes.rewardmap import rewardmap
from mmreason_recipes.ton import ton
from mmreason_recipes.tw_grpo import tw_grpo

from mmreason.data.formats import FormatTasks
from mmreason.data.option_questions import OptionQuestions
from mmreason.errors import CheckpointError
from mmreason.evaluation import contract as contracts
from mmreason.evaluation.adapting import adapted, function_named
from mmreason.evaluation.contract import FILE, Contract
from mmreason.evaluation.suite import find
from mmreason.parsing.answers import final_answer
from mmreason.parsing.boxed import last_boxed
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.signals import parts
from vision_data.frames import Uniform
from vision_data.frames.seed_bench_r1 import SeedBenchR1


@pytest.mark.parametrize("recipe", [acre, cat_charts, grit, grpo_care, listener, rewardmap, ton, tw_grpo])
def test_every_recipe_has_a_contract_that_can_be_read_back(recipe: Any, tmp_path: Path) -> None:
    found = contracts.of(recipe())
    assert found.recipe == recipe.__name__
    assert found.extractor
    assert found.accuracy
    assert found.limit
    assert found.data
    contracts.write(tmp_path, found)
    assert contracts.read(tmp_path) == replace(found, form=json.loads(json.dumps(dict(found.form))))


@pytest.mark.parametrize(("recipe", "name"), [(rewardmap, "reasonmap"), (grpo_care, "seed_bench_r1"), (acre, "mmvu")])
def test_a_suite_reads_answers_as_its_recipe_does(recipe: Any, name: str) -> None:
    suite = find(name)
    assert adapted(suite, suite.drawn(4, 0), contracts.of(recipe())).warnings == ()


def test_what_a_contract_says_of_a_recipe(tmp_path: Path) -> None:
    records = tmp_path / "data.jsonl"
    records.write_text("{}\n")
    found = contracts.of(tw_grpo(preset="3b", data=str(records), types=("x",), steps=1))
    assert found.extractor == "mmreason.rewards.soft_multi_answer.SoftMultiAnswer"
    assert found.tags == ("think", "answer")
    assert (found.limit, found.temperature) == (4096, 1.0)
    assert found.form["style"] == "{letter} {text}"
    assert found.form["frames"] == {"_type": "Uniform", "num": 16}
    ((name, digest),) = found.data
    assert (name, len(digest)) == ("data.jsonl", 64)
    records.write_text('{"a": 1}\n')
    assert contracts.of(tw_grpo(preset="3b", data=str(records), types=("x",), steps=1)).data[0][1] != digest


def test_training_prompts_and_frames_are_asked_again(tmp_path: Path) -> None:
    suite, known = find("clevrer"), contracts.of(tw_grpo())
    spec = OptionQuestions(FormatTasks("x.json"), "{letter} {text}", frames=Uniform(16))
    form = {"_type": "OptionQuestions", "style": "({letter}) {text}", "single": "One letter.", "frames": None}
    found = adapted(suite, spec, replace(known, form=form | {"num": 3, "of": "?"}))
    assert isinstance(found.tasks, OptionQuestions)
    assert (found.tasks.style, found.tasks.single, found.tasks.frames) == ("({letter}) {text}", "One letter.", None)
    assert found.tasks.num == 3 or found.tasks.num is None
    assert found.follows == ("prompt and media settings",)


def test_a_selector_of_frames_is_made_anew() -> None:
    spec = OptionQuestions(FormatTasks("x.json"), frames=Uniform(16))
    form = {"_type": "OptionQuestions", "frames": {"_type": "Uniform", "num": 4}}
    found = adapted(find("clevrer"), spec, Contract(recipe="r", form=form))
    assert isinstance(found.tasks, OptionQuestions)
    assert found.tasks.frames == Uniform(4)
    odd = adapted(find("clevrer"), spec, Contract(recipe="r", form={**form, "frames": {"_type": "SeedBenchR1"}}))
    assert isinstance(odd.tasks, OptionQuestions)
    assert odd.tasks.frames == SeedBenchR1()
    same = adapted(find("clevrer"), spec, Contract(recipe="r", form={**form, "frames": {"_type": "system"}}))
    assert same.tasks == spec, "what is no selector changes nothing"


def test_boxes_are_read_in_the_coordinates_of_training() -> None:
    suite = find("grit")
    found = adapted(suite, suite.drawn(4, 0), Contract(recipe="grit", coordinates="thousand"))
    boxes = {part for part in parts((found.suite.rewards, found.suite.metrics)) if isinstance(part, ChainBoxes)}
    assert boxes == {ChainBoxes(said="thousand")}


def test_answers_are_read_as_in_training_or_the_user_is_told() -> None:
    suite = find("short_answers")
    name = "mmreason.parsing.boxed.last_boxed"
    found = adapted(suite, suite.drawn(4, 0), Contract(recipe="r", extractor=name))
    assert found.suite.extract is last_boxed
    assert found.suite.rewards[0].reward.extract is last_boxed  # type: ignore[union-attr]
    assert "answers read by last_boxed" in found.follows
    other = adapted(find("clevrer"), suite.drawn(4, 0), Contract(recipe="r", extractor=name))
    assert "was trained with last_boxed" in other.warnings[0]


@pytest.mark.parametrize("name", ["os.system", "mmreason.parsing.gone.f", "mmreason.parsing.boxed.re", "x", ""])
def test_a_contract_names_no_other_code(name: str) -> None:
    assert function_named(name) is None
    assert function_named("mmreason.parsing.answers.final_answer") is final_answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "version"),
        ('{"version": 2, "recipe": "r"}', "version 2, expected 1"),
        ('{"version": 1}', "TypeError"),
        ('{"version": 1, "recipe": 3}', "recipe is 3, expected a text"),
        ('{"version": 1, "recipe": "r", "limit": -1}', "limit is -1"),
        ('{"version": 1, "recipe": "r", "limit": true}', "limit is True"),
        ('{"version": 1, "recipe": "r", "form": 1}', "form is no object"),
        ('{"version": 1, "recipe": "r", "data": [1]}', "TypeError"),
    ],
)
def test_a_damaged_contract_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CheckpointError, match="no evaluation contract") as error:
        contracts.read(tmp_path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_form_that_the_suite_refuses_is_one_line() -> None:
    spec = OptionQuestions(FormatTasks("x.json"))
    form = {"_type": "OptionQuestions", "style": "no letters"}
    with pytest.raises(CheckpointError, match=r"mmreason_eval.json: its form cannot be used \(OptionQuestions needs"):
        adapted(find("clevrer"), spec, Contract(recipe="r", form=form))


def test_unknown_fields_are_left_out_and_no_file_is_no_contract(tmp_path: Path) -> None:
    assert contracts.read(tmp_path) is None
    (tmp_path / FILE).write_text('{"version": 1, "recipe": "r", "later": 1}')
    assert contracts.read(tmp_path) == Contract(recipe="r")
