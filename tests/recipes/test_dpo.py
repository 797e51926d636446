"""The recipe of preference learning: what its keywords build, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.dpo import dpo

from mmreason.asks import POLICY, REFERENCE
from mmreason.data.drawn_pairs import MapPairs, PicturePairs
from mmreason.data.preference_pairs import PreferencePairs
from mmreason.errors import DataError, RecipeError
from mmreason.losses.dpo import DPO
from mmreason.losses.ipo import IPO
from mmreason.losses.simpo import SimPO
from mmreason.validate import validate


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    path = tmp_path / "pairs.jsonl"
    rows = [{"prompt": f"{i} + 1?", "chosen": str(i + 1), "rejected": str(i)} for i in range(7)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


@pytest.mark.parametrize(
    ("given", "loss"),
    [
        ({}, DPO()),
        ({"smoothing": 0.1, "beta": 0.5, "average": True}, DPO(smoothing=0.1, beta=0.5, average=True)),
        ({"reference_free": True}, DPO(reference=None)),
        ({"method": "ipo", "average": True}, IPO(average=True)),
        ({"method": "simpo", "gamma": 1.0, "beta": 2.0}, SimPO(gamma=1.0, beta=2.0)),
    ],
)
def test_keywords_make_the_loss(given: dict[str, Any], loss: Any) -> None:
    recipe = dpo(**given)
    validate(recipe)
    assert recipe.stages[0].losses == (loss,)
    roles = [role for role, _ in recipe.models]
    assert roles == ([POLICY] if loss.reference is None else [POLICY, REFERENCE])
    assert [exam.name for exam in recipe.exams] == ["pairs", "held_out"]


def test_data_of_one_s_own_is_one_epoch_without_an_exam(pairs: str) -> None:
    recipe = dpo(data=pairs, pairs=3)
    assert recipe.stages[0].tasks.of == PreferencePairs(pairs)  # type: ignore[attr-defined]
    assert (recipe.stages[0].steps, recipe.exams) == (2, ())
    (exam,) = dpo(data=pairs, test_data=pairs, pairs=3).exams
    assert exam.groups == 7


def test_what_is_drawn(pairs: str) -> None:
    train, test = (dpo().stages[0].tasks.of, dpo().exams[0].tasks.of)  # type: ignore[attr-defined]
    assert (train, test) == (MapPairs(200), MapPairs(20, split="test"))
    pictures = dpo(drawn="pictures")
    assert pictures.stages[0].tasks.of == PicturePairs(400)  # type: ignore[attr-defined]
    assert [exam.groups for exam in pictures.exams] == [40]


def test_what_cannot_run_is_refused(pairs: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="preset 7b needs --data"):
        dpo(preset="7b")
    with pytest.raises(RecipeError, match="ipo has no label smoothing"):
        dpo(method="ipo", smoothing=0.1)
    with pytest.raises(RecipeError, match="has 7 pairs, fewer than 16 a step; give --pairs 7"):
        dpo(data=pairs)
    with pytest.raises(RecipeError, match="method must be one of dpo, ipo, simpo"):
        dpo(method="kto")  # type: ignore[arg-type]
    Path(pairs).write_text('{"prompt": "x", "chosen": "1"}')
    with pytest.raises(DataError, match=r"pairs\.jsonl:1: the record has no 'rejected'"):
        dpo(data=pairs)
