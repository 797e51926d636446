"""GRIT's prompts over the files of VSR, TallyQA, GQA and GRIT, and twenty items of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.formats import FormatTasks
from mmreason.data.grounded_prompts import SUFFIXES, GroundedPrompts, few
from mmreason.errors import DataError, RecipeError
from mmreason.types import Task
from tests.mmreason.fakes import task
from vision_data.media import Image
from vision_data.messages import media_of, text_of

DATA = Path(__file__).parents[2] / "data"
FILES = (DATA / "vsr" / "train.jsonl", DATA / "tallyqa" / "test.json", DATA / "gqa" / "questions.json")


def of(*paths: Path, **how: Any) -> list[Task]:
    return GroundedPrompts(tuple(FormatTasks(path) for path in paths), **how).load_tasks(Path())[0]


def test_three_data_sets_in_one_form() -> None:
    tasks = of(*FILES)
    assert [t.record["dataset"] for t in tasks] == ["vsr"] * 2 + ["tallyqa"] * 2 + ["gqa"] * 2
    assert len({t.id for t in tasks}) == 6
    assert tasks[2].id == "1-10"
    assert text_of(tasks[2].prompt).strip() == f"Question: How many discs? {SUFFIXES['json']}"
    assert all("bbox_2d" in text_of(t.prompt) for t in tasks)
    assert tasks[0].answer == "yes"


def test_grits_own_file_says_its_data_sets() -> None:
    tasks = of(DATA / "grit" / "grit.jsonl", max_pixels=3136, wording="box")
    assert [t.record["dataset"] for t in tasks] == ["tallyqa", "vsr", "gqa"]
    assert tasks[0].id == "grit-1"
    assert "<box>" in text_of(tasks[0].prompt)
    media = [medium for t in tasks for medium in media_of(t.prompt)]
    assert [m.max_pixels for m in media if isinstance(m, Image)] == [3136] * 3


def pool() -> list[Task]:
    out = [task(f"t{n}-{i}", answer=str(n), record={"dataset": "tallyqa"}) for n in range(8) for i in range(6)]
    return out + [task(f"v{i}", answer=("yes", "No")[i % 2], record={"dataset": "vsr"}) for i in range(40)]


def test_twenty_items_are_even_over_data_sets_and_answers() -> None:
    items = few(pool(), 20)
    assert Counter(t.record["dataset"] for t in items) == {"tallyqa": 10, "vsr": 10}
    assert Counter(t.answer for t in items) == {"yes": 5, "No": 5, "0": 2, "1": 2, "2": 2, "3": 2, "4": 2}
    assert items == few(pool(), 20)
    assert {t.id for t in items} != {t.id for t in few(pool(), 20, seed=1)}
    assert few(pool(), 10) == items[:10]


def test_what_is_drawn_is_enough_or_told() -> None:
    assert len(few(pool(), 70)) == 70
    with pytest.raises(DataError, match=r"71 items are to be drawn from 88, of which 70 can be \(counts up to 4\)"):
        few(pool(), 71)
    odd = [task("a", answer="many", record={"dataset": "tallyqa"}), task("b", answer="red", record={"dataset": "gqa"})]
    assert [t.id for t in few(odd, 1)] == ["b"]
    with pytest.raises(DataError, match="give more data"):
        of(*FILES, num=20)


def test_without_data_or_items_it_is_refused() -> None:
    with pytest.raises(RecipeError, match="needs data"):
        GroundedPrompts(())
    with pytest.raises(RecipeError, match="num >= 1"):
        GroundedPrompts((FormatTasks(FILES[0]),), num=0)
    with pytest.raises(RecipeError, match="wording"):
        GroundedPrompts((FormatTasks(FILES[0]),), wording="yaml")  # type: ignore[arg-type]
