"""The recipe: what each switch brings, what is refused, the papers' files, and two steps of the whole."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.grit import grit
from mmreason_recipes.grit_judge import by_rule

from mmreason.asks import JUDGE, POLICY, REFERENCE
from mmreason.data.scenes import Scenes
from mmreason.errors import DataError, RecipeError
from mmreason.judges.asks import Judge
from mmreason.judges.cross_modal import CrossModalCorrelation, TwoDrawings
from mmreason.judges.local import LocalJudge
from mmreason.judges.rule import RuleJudge
from mmreason.judges.server import OpenAIServer
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.rewards.grit.chain_format import ChainFormat
from mmreason.runs.box_overlays import OVERLAYS
from mmreason.runs.driver import train_recipe
from mmreason.signals import parts
from mmreason.validate import validate
from tests.mmreason.fakes import comp

DATA = Path(__file__).parents[1] / "data"
GRIT, VSR, TALLY = DATA / "grit" / "grit.jsonl", DATA / "vsr" / "train.jsonl", DATA / "tallyqa" / "test.json"


def terms(recipe: Recipe) -> dict[str, Any]:
    return {term.name: term for term in recipe.stages[-1].rewards}


def brings(recipe: Recipe) -> dict[Any, Any]:
    return dict(recipe.models)


def test_the_default_is_the_paper() -> None:
    recipe = grit()
    validate(recipe)
    [learn] = recipe.stages
    assert (learn.name, learn.groups) == ("train", 20)
    assert {name: term.weight for name, term in terms(recipe).items()} == {
        "judge": 1.0, "bleu": 0.1, "format": 1.0, "count": 0.5,
    }  # fmt: skip
    judge = terms(recipe)["judge"].reward
    assert (judge.threshold, judge.strict) == (0.5, False)
    assert brings(recipe).keys() == {POLICY, JUDGE, REFERENCE, OVERLAYS}
    assert brings(recipe)[JUDGE] == RuleJudge(by_rule)
    kl: Any = learn.losses[1]
    assert isinstance(kl, KLPenalty)
    assert kl.weight == 0.01
    tasks: Any = learn.tasks
    assert tasks.of == Scenes(20, 0, types=("counting", "relation"))


def test_the_released_variant() -> None:
    recipe = grit(variant="released")
    validate(recipe)
    assert terms(recipe).keys() == {"judge", "bleu", "tags", "boxes", "repetition"}
    judge = terms(recipe)["judge"].reward
    assert (judge.threshold, judge.strict) == (0.0, True)
    assert terms(recipe)["bleu"].reward.extract("<answer>2</answer>") == "2</answer>"
    assert terms(grit(variant="released", threshold=0.7))["judge"].reward.threshold == 0.7


def test_without_the_counting_reward() -> None:
    assert terms(grit(counting=False)).keys() == {"judge", "bleu", "format"}
    assert terms(grit(counting=False, variant="released"))["boxes"].reward.count == 0.0
    assert grit(counting=False).stages[-1].tasks == grit().stages[-1].tasks


def test_the_baseline_is_grpo_on_the_same_data() -> None:
    ours, plain = grit(), grit(method="grpo")
    validate(plain)
    assert terms(plain).keys() == {"judge", "format"}
    assert terms(plain)["format"].reward == ChainFormat(boxes=None)
    assert plain.stages[-1].tasks == ours.stages[-1].tasks
    assert plain.stages[-1].losses == ours.stages[-1].losses
    assert plain.exams == ours.exams


def test_switches() -> None:
    assert REFERENCE not in brings(grit(kl=0.0))
    assert len(grit(kl=0.0).stages[-1].losses) == 1
    bare = grit(overlays=0, bleu=0.0)
    assert OVERLAYS not in brings(bare)
    assert "bleu" not in terms(bare)
    [learn] = bare.stages
    assert learn.keep == ()
    inside = grit(inside=True)
    found = [p for p in parts(inside) if isinstance(p, ChainBoxes)]
    assert found
    assert set(found) == {ChainBoxes(inside=True)}


def test_judges() -> None:
    local = grit(judge="mmreason-tiny", device="cpu")
    assert isinstance(brings(local)[JUDGE], LocalJudge)
    assert terms(local)["judge"].reward.tries == 3
    served = brings(grit(judge="some-model", judge_url="http://localhost:8000/v1"))[JUDGE]
    assert isinstance(served, OpenAIServer)
    assert served.model == "some-model"
    asked = grit(correlation=True)
    validate(asked)
    assert any(isinstance(p, CrossModalCorrelation) for p in parts(asked.exams))
    assert not any(isinstance(p, CrossModalCorrelation) for p in parts(asked.stages))


def test_paper_presets_read_the_papers_files() -> None:
    how: dict[str, Any] = {"items": 4, "device": "cpu", "test_data": str(GRIT)}
    recipe = grit(preset="3b", data=str(VSR), more_data=(str(TALLY),), **how)
    validate(recipe)
    [learn] = recipe.stages
    policy = brings(recipe)[POLICY]
    assert policy.model == "Qwen/Qwen2.5-VL-3B-Instruct"
    assert (policy.optim.lr, policy.optim.schedule, policy.optim.total) == (2e-6, "cosine", 200)
    sample: Any = learn.rollout
    assert (sample.num, sample.limit, learn.steps, learn.groups) == (4, 1000, 200, 4)
    source: Any = learn.tasks
    tasks, _ = source.of.load_tasks(Path())
    assert sorted(t.record["dataset"] for t in tasks) == ["tallyqa", "tallyqa", "vsr", "vsr"]
    boxes = [p for p in parts(recipe) if isinstance(p, ChainBoxes)]
    assert set(boxes) == {ChainBoxes(said="resized")}
    [exam] = recipe.exams
    assert exam.groups == 3
    decoding: Any = exam.rollout
    assert (decoding.num, decoding.limit, decoding.temperature) == (1, 1024, 0.001)


def test_thousandths_change_wording_and_boxes() -> None:
    recipe = grit(preset="3b", data=str(GRIT), items=None, coordinates="thousand", device="cpu")
    source: Any = recipe.stages[0].tasks
    assert source.of.wording == "box"
    assert {p for p in parts(recipe) if isinstance(p, ChainBoxes)} == {ChainBoxes(said="thousand")}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"preset": "3b"}, "preset 3b needs --data"),
        ({"method": "gritty"}, "method must be one of grit, grpo, got 'gritty'"),
        ({"variant": "code"}, "variant must be one of paper, released"),
        ({"more_data": (str(VSR),)}, "--more-data adds to --data"),
        ({"judge_url": "http://localhost:1/v1"}, "--judge-url needs --judge"),
        ({"coordinates": "unit"}, "coordinates must be one of original, resized, thousand"),
        ({"items": 0}, "items must be"),
        ({"overlays": -1}, "overlays must be"),
    ],
)
def test_what_cannot_run_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        grit(**how)


def test_data_that_are_too_few_or_not_there_are_told_at_once() -> None:
    with pytest.raises(DataError, match="20 items are to be drawn from 3"):
        grit(preset="3b", data=str(GRIT), device="cpu")
    with pytest.raises(DataError, match=r"nothing\.jsonl"):
        grit(preset="3b", data="nothing.jsonl")


def test_the_rule_judges_answers_and_drawings(tmp_path: Path) -> None:
    tasks, _ = Scenes(6, types=("counting",)).load_tasks(tmp_path)
    for task in tasks:
        boxes = " ".join(str(box) for box in task.record["boxes"])
        c = comp([1], text=f"<think>{boxes}</think><answer> {task.answer}.</answer>")
        assert by_rule(Judge(JUDGE, task.prompt[:0], task=task, completion=c)) == "{score: 1}"
        wrong = comp([1], text="<answer>7")
        assert by_rule(Judge(JUDGE, task.prompt[:0], task=task, completion=wrong)) == "{score: 0}"
        template = TwoDrawings()
        prompt = template(task, c)
        assert prompt is not None
        assert by_rule(Judge(JUDGE, prompt, task=task, completion=c)) == str(template.right(task, c))
    assert by_rule(Judge(JUDGE, ())) is None


def test_every_keyword_is_told() -> None:
    doc = inspect.getdoc(grit) or ""
    for name in inspect.signature(grit).parameters:
        assert f"{name}: " in doc, name


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"variant": "released", "correlation": True}, {"method": "grpo"}])
def test_the_whole_on_the_embedded_model(how: dict[str, Any], tmp_path: Path) -> None:
    recipe = grit(steps=2, group_size=2, groups=2, items=4, limit=8, overlays=1, device="cpu", **how)
    few = tuple(replace(exam, groups=2, tasks=replace(exam.tasks, of=Scenes(2, 0, "test"))) for exam in recipe.exams)
    train_recipe(replace(recipe, exams=few), tmp_path / "run", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["stage"] for row in rows] == ["held_out", "greedy", "train", "train", "held_out", "greedy"]
    assert {"greedy/accuracy", "greedy/grounding_iou", "greedy/accuracy/tallyqa"} <= set(rows[-1]["metrics"])
    assert ("greedy/correlation" in rows[-1]["metrics"]) == bool(how.get("correlation"))
    assert len(list((tmp_path / "run" / "overlays" / "train").glob("*.png"))) == 4
