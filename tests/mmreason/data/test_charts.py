"""Charts as tasks, the teacher's texts, and other people's data sets in the form of Code-as-Thought."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pictures

from mmreason.data.chart_prompts import PROMPTS
from mmreason.data.chart_questions import ChartQuestions, labels_of
from mmreason.data.chart_thoughts import TAUGHT, ChartTeacher
from mmreason.data.charts import Charts
from mmreason.data.formats import FormatTasks
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.data_frame import data_frame
from mmreason.parsing.strategy import strategy_of
from mmreason.rewards.chart_accuracy import ChartAccuracy
from mmreason.rewards.format import BoxedFormat
from mmreason.rewards.table_accuracy import TableAccuracy, compare_tables
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.media import Image
from vision_data.messages import media_of, text_of

SAMPLES = Path(__file__).parents[2] / "data"
CLEAN = ChartTeacher(num=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


def drawn(home: Path, **how: Any) -> list[Task]:
    settings: dict[str, Any] = {"num": 16, "teacher": CLEAN} | how
    return Charts(**settings).load_tasks(home)[0]


def test_labels_alternate_and_say_what_a_table_answers(home: Path) -> None:
    tasks = drawn(home)
    assert [t.record["programmable"] for t in tasks] == [True, False] * 8
    assert {t.record["type"] for t in tasks} <= set(TAUGHT)
    for t in tasks:
        assert t.record["type"] != "appearance" or not t.record["programmable"]
        assert t.record["type"] not in ("lookup", "difference") or t.record["programmable"]
        assert text_of(t.prompt).endswith("Start with <CODE> or <DIRECT>.")
        [picture] = media_of(t.prompt)
        assert isinstance(picture, Image)
        with Pictures.open(str(picture.source)) as shown:
            assert shown.size == (112, 112)


def test_they_are_drawn_once_the_same_again_and_one_does_not_depend_on_how_many(home: Path, tmp_path: Path) -> None:
    first = drawn(home)
    assert drawn(home) == first
    fewer = drawn(tmp_path, num=4)
    assert [(t.id, t.answer, t.record) for t in fewer] == [(t.id, t.answer, t.record) for t in first[:4]]


def test_splits_and_seeds_differ(home: Path) -> None:
    tables = [
        {json.dumps(t.record["table"]) for t in drawn(home, **how)}
        for how in ({}, {"split": "test", "num": 4}, {"seed": 1, "num": 4})
    ]
    assert not tables[0] & tables[1]
    assert tables[0] != tables[2]


def test_a_clean_teacher_is_right_in_either_mode(home: Path) -> None:
    table, right, boxed = TableAccuracy(), ChartAccuracy(), BoxedFormat()
    seen = set()
    for t in drawn(home):
        for text in t.record["demonstrations"]:
            said = comp([1], text=text)
            seen.add((t.record["programmable"], strategy_of(text)))
            assert right.rate(t, said) == 1
            assert boxed.rate(t, said) == 1
            assert table.rate(t, said) == pytest.approx(float(strategy_of(text) == "CODE"))
    assert len(seen) == 4


def test_a_mode_that_is_asked_for_is_taken(home: Path) -> None:
    for mode in ("code", "direct"):
        tasks = drawn(home, mode=mode)
        words = {strategy_of(text) for t in tasks for text in t.record["demonstrations"]}
        assert words == {mode.upper()}
        assert text_of(tasks[0].prompt).endswith(f"Start with <{mode.upper()}>.")


def test_a_teacher_errs_and_fits_as_often_as_asked(home: Path) -> None:
    def share(teacher: ChartTeacher, suited: bool | None = None) -> float:
        right, found = ChartAccuracy(), []
        for t in drawn(home, teacher=teacher):
            for text in t.record["demonstrations"]:
                suits = (strategy_of(text) == "CODE") == t.record["programmable"]
                if suited in (None, suits):
                    found.append(right.rate(t, comp([1], text=text)))
        return sum(found) / len(found)

    assert share(ChartTeacher(20, slip=1.0)) < 0.1
    assert 0.7 < share(ChartTeacher(20, slip=0.2)) < 0.95
    teacher = ChartTeacher(20, slip=0.0, blind=0.5)
    assert share(teacher, suited=True) == 1
    assert 0.4 < share(teacher, suited=False) < 0.75
    fitting = [
        (strategy_of(text) == "CODE") == t.record["programmable"]
        for t in drawn(home, teacher=ChartTeacher(20, fit=0.9))
        for text in t.record["demonstrations"]
    ]
    assert 0.85 < sum(fitting) / len(fitting) < 0.95


def test_thoughts_follow_from_what_was_read(home: Path) -> None:
    """A misread value stands in the table, so that the data reward sees it."""
    wrong = 0
    for t in drawn(home, teacher=ChartTeacher(10, slip=1.0)):
        for text in t.record["demonstrations"]:
            table = data_frame(text)
            if table is not None and t.record["type"] != "appearance":
                wrong += 1
                assert 0.3 < compare_tables(t.record["table"], table).total < 1
    assert wrong


def test_bad_settings_are_refused(home: Path) -> None:
    with pytest.raises(RecipeError, match="Charts: size is 'huge'"):
        Charts(2, size="huge")
    with pytest.raises(RecipeError, match="Charts: mode is 'both'"):
        Charts(2, mode="both")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="slip, blind, their sum"):
        ChartTeacher(slip=0.8, blind=0.5)
    with pytest.raises(DataError, match="has the label not programmable"):
        Charts(4, types=("lookup",)).load_tasks(home)
    with pytest.raises(DataError, match="no worked answer for type 'sum'"):
        Charts(2, types=("sum", "appearance"), teacher=CLEAN).load_tasks(home)


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    few = Charts(2)
    few.load_tasks(tmp_path)
    [folder] = (tmp_path / "data").iterdir()
    (folder / "records.jsonl").write_text("{")
    with pytest.raises(DataError, match="remove its folder and it is drawn again"):
        few.load_tasks(tmp_path)


def test_other_charts_without_a_teacher(tmp_path: Path) -> None:
    kinds = ("line", "pie", "grouped")
    tasks, _ = Charts(6, size="tiny", kinds=kinds, types=("lookup", "extreme", "appearance"), printed=None).load_tasks(
        tmp_path
    )
    assert [t.record["kind"] for t in tasks] == list(kinds) * 2
    assert "demonstrations" not in tasks[0].record


# Data sets of others


def test_chartx(tmp_path: Path) -> None:
    [task], bad = ChartQuestions(FormatTasks(SAMPLES / "chartx" / "ChartX_annotation.json")).load_tasks(tmp_path)
    assert not bad
    assert task.record["table"] == {"colour": ["red", "blue"], "num": ["1", "1"]}
    assert text_of(task.prompt).startswith("\nHow many red discs are there?")
    assert text_of(task.prompt).endswith(PROMPTS["adaptive"])
    assert task.answer == "1"
    assert "programmable" not in task.record


def test_chartqa_with_tables_and_labels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    of = FormatTasks(SAMPLES / "chartqa" / "test_human.json")
    with caplog.at_level(logging.WARNING):
        plain, _ = ChartQuestions(of, "direct", max_pixels=28 * 28 * 40).load_tasks(tmp_path)
    assert "3 of 3 charts have no table" in caplog.text
    assert all(t.record["table"] is None for t in plain)
    [picture] = media_of(plain[0].prompt)
    assert picture.max_pixels == 28 * 28 * 40
    (tmp_path / "10.csv").write_text("Mark,Share\nred,50%\nblue,50%\n")
    labels = tmp_path / "labels.jsonl"
    labels.write_text(json.dumps({"id": plain[2].id, "programmable": True}) + "\n")
    tasks, _ = ChartQuestions(of, tables=str(tmp_path), labels=str(labels)).load_tasks(tmp_path)
    assert tasks[0].record["table"] == {"Mark": ["red", "blue"], "Share": ["50%", "50%"]}
    assert [t.record.get("programmable") for t in tasks] == [None, None, True]


def test_a_table_in_the_charts_code(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "chartqa" / "png" / "10.png", tmp_path / "a.png")
    code = "import pandas as pd\nchart_data = pd.DataFrame({'Mark': ['red'], 'Num': [1]})\n"
    row = {"id": "a", "images": ["a.png"], "prompt": "<image>How many?", "answer": "1", "code": code}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row | {"programmable": True}) + "\n")
    [task], _ = ChartQuestions(FormatTasks(tmp_path / "rows.jsonl")).load_tasks(tmp_path)
    assert task.record["table"] == {"Mark": ["red"], "Num": [1]}
    assert task.record["programmable"] is True


def test_bad_tables_and_labels_are_refused(tmp_path: Path) -> None:
    of = FormatTasks(SAMPLES / "chartx" / "ChartX_annotation.json")
    with pytest.raises(DataError, match="no such folder"):
        ChartQuestions(of, tables=str(tmp_path / "none")).load_tasks(tmp_path)
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"id": "other", "programmable": true}\n')
    with pytest.raises(DataError, match="none of its 1 ids is that of a task, such as 'bar_1'"):
        ChartQuestions(of, labels=str(labels)).load_tasks(tmp_path)
    labels.write_text('{"id": "bar_1", "programmable": "maybe"}\n')
    with pytest.raises(DataError, match=r"labels\.jsonl:1: expected an id and programmable true or false"):
        labels_of(str(labels))
    with pytest.raises(RecipeError, match="mode is 'both'"):
        ChartQuestions(of, "both")  # type: ignore[arg-type]
