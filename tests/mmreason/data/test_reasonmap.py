from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.reasonmap import ReasonMapRecords, completion_text, form_of
from mmreason.errors import DataError, RecipeError
from mmreason.metrics.reasonmap import map_score, plans_of, sample_weight
from mmreason.parsing.route import parse_route
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.format import ReasonMapFormat
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.route_detail import RouteDetail
from mmreason.signals import check
from mmreason.types import Completion, Task
from vision_data.media import Image
from vision_data.messages import media_of, text_of

# The smallest PNG: one grey pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
METRO = {"Line A": ["Elm", "Oak (Transfer Station)", "Pine"], "Line B": ["Oak (Transfer Station)", "Yew"]}
ROUTE = [
    {"route_name": "Line A", "departure_stop": "Elm", "arrival_stop": "Oak", "num_via_stops": 0, "via_stops": []},
    {"route_name": "Line B", "departure_stop": "Oak", "arrival_stop": "Yew", "num_via_stops": 0, "via_stops": []},
]
SHARED = {
    "country": "x",
    "city": "y",
    "station_1": "Elm",
    "station_2": "Yew",
    "figure": "maps/a.png",
    "json": "metro/a.json",
    "difficulty_city": "hard",
    "city_line_count": 2,
    "city_transfer_count": 1,
    "question_transfer_count": 1,
}
PLANNING = {
    **SHARED,
    "question_short": "Plan from Elm to Yew.",
    "question_long": "Plan from Elm to Yew with Number of Via Stops: x.",
    "routes": {"1": ROUTE},
    "difficulty_question": "middle",
}
TRUE_FALSE = {**SHARED, "type": "TorF1", "question": "Are Elm and Yew on one line?", "answer": 0}
COUNTING = {**SHARED, "type": "Counting1", "question": "How many? A) 1 B) 2 C) 3 D) 4", "answer": 2}


@pytest.fixture
def write(tmp_path):
    """Write records beside a map and its metro data; gives the path of the JSONL file."""
    (tmp_path / "maps").mkdir()
    (tmp_path / "metro").mkdir()
    (tmp_path / "maps" / "a.png").write_bytes(PNG)
    (tmp_path / "metro" / "a.json").write_text(json.dumps(METRO))

    def make(*records: dict[str, Any]) -> Path:
        path = tmp_path / "records.jsonl"
        path.write_text("\n".join(map(json.dumps, records)))
        return path

    return make


def say(text: str) -> Completion:
    import torch

    return Completion(text=text, tokens=torch.zeros(1), logprobs=torch.zeros(1), wrote=torch.ones(1) > 0)


def only(path: Path, **options: Any) -> Task:
    (task,), bad = ReasonMapRecords(path, **options).load()
    assert bad == []
    return task


def test_the_prompt_is_system_image_line_break_question(write) -> None:
    path = write(TRUE_FALSE)
    task = only(path, max_pixels=100_000)
    assert [message.role for message in task.prompt] == ["system", "user"]
    assert task.prompt[1].content == (
        Image(str(path.parent / "maps" / "a.png"), max_pixels=100_000),
        "\nAre Elm and Yew on one line?",
    )
    assert [m.role for m in only(path, system_text="").prompt] == ["user"]


@pytest.mark.parametrize(
    ("record", "answer", "perfect"),
    [
        (TRUE_FALSE, "no", "\\boxed{no}"),
        (COUNTING, "C", "\\boxed{C}"),
        ({**COUNTING, "type": "Counting2"}, "2", "\\boxed{2}"),
    ],
)
def test_gold_of_plus_questions(write, record, answer: str, perfect: str) -> None:
    task = only(write(record))
    assert task.answer == answer
    assert completion_text(task) == perfect


def test_the_record_holds_what_scoring_needs_and_no_picture(write) -> None:
    task = only(write(PLANNING))
    assert task.record["type"] == "planning"
    assert task.record["metro"] == {"Line A": ["Elm", "Oak", "Pine"], "Line B": ["Oak", "Yew"]}
    assert {"figure", "json"}.isdisjoint(task.record)
    assert task.record["city"] == "y"


def test_short_and_long_planning_questions(write) -> None:
    path = write(PLANNING)
    short, long = only(path), only(path, question="long")
    assert text_of(short.prompt).endswith("Plan from Elm to Yew.")
    assert text_of(long.prompt).endswith("with Number of Via Stops: x.")
    assert (short.record["form"], long.record["form"]) == ("short", "count")
    assert "Via" not in (short.answer or "")
    assert (long.answer or "").count("Number of Via Stops: 0") == 2
    listed = only(write({**PLANNING, "question_long": "Plan. Via Stops: a, b"}), question="long")
    assert listed.record["form"] == "list"
    with pytest.raises(DataError, match="question_long"):
        form_of("Plan the route.")


@pytest.mark.parametrize("question", ["short", "long"])
def test_the_gold_answer_gets_full_marks(write, question) -> None:
    task = only(write(PLANNING), question=question)
    gold = say(completion_text(task))
    assert ReasonMapAccuracy().rate(task, gold) == 1.0
    assert ReasonMapFormat().rate(task, gold) == 1.0
    assert RouteDetail().rate(task, gold) == 9.0
    assert (MapDifficulty()(task), sample_weight(task.record)) == (2.0, 2.5)
    score = map_score(parse_route(gold.text), plans_of(task.record), "Elm", "Yew", True, task.record["form"])
    assert score == {"short": 19.0, "count": 37.0}[task.record["form"]]


@pytest.mark.parametrize("metro", [METRO, json.dumps(METRO), "metro/a.json"])
def test_metro_data_inline_as_text_or_beside(write, metro) -> None:
    assert only(write({**PLANNING, "json": metro})).record["metro"]["Line B"] == ["Oak", "Yew"]


def test_metro_files_are_read_once_and_shared(write) -> None:
    tasks, _ = ReasonMapRecords(write({**PLANNING, "id": 1}, {**PLANNING, "id": 2})).load()
    assert tasks[0].record["metro"] is tasks[1].record["metro"]
    assert [task.id for task in tasks] == ["1", "2"]


def test_a_picture_as_base64(write) -> None:
    task = only(write({**TRUE_FALSE, "figure": base64.b64encode(PNG).decode()}))
    (image,) = media_of(task.prompt)
    assert image.source == base64.b64encode(PNG).decode()


def test_a_damaged_picture_is_found_when_asked(write, tmp_path) -> None:
    path = write(TRUE_FALSE, {**TRUE_FALSE, "figure": "maps/b.png"})
    (tmp_path / "maps" / "b.png").write_bytes(PNG[:-30])
    assert len(ReasonMapRecords(path).load()[0]) == 2
    with pytest.raises(DataError, match=r"records\.jsonl:2: .*b\.png"):
        ReasonMapRecords(path, decode=True).load()
    assert len(ReasonMapRecords(path, decode=True, on_bad_record="skip").load_tasks(tmp_path)[1]) == 1


def test_reference_plans_as_json_text(write) -> None:
    assert only(write({**PLANNING, "routes": json.dumps({"1": ROUTE})})).answer == only(write(PLANNING)).answer


def test_types_choose(write) -> None:
    path = write(TRUE_FALSE, COUNTING, PLANNING)
    assert [t.record["type"] for t in ReasonMapRecords(path, types=("planning", "TorF1")).load()[0]] == [
        "TorF1",
        "planning",
    ]
    with pytest.raises(DataError, match="no record can be used"):
        ReasonMapRecords(path, types=("Counting3",)).load()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "TorF3"}, "type is 'TorF3', expected one of"),
        ({"figure": "maps/none.png"}, "none.png"),
        ({"figure": ""}, "field 'figure'"),
        ({"answer": None}, "field 'answer' is None"),
        ({"answer": "yes"}, "field 'answer'"),
        ({"answer": 2}, "expected 0 to 1"),
        ({"question": " "}, "field 'question'"),
        ({"difficulty_city": "tough"}, "difficulty_city is 'tough'"),
        ({"json": "metro/none.json"}, "none.json: this metro file does not exist"),
        ({"json": {"Line A": "Elm"}}, "not line name -> list"),
        ({"json": "{"}, "bad JSON"),
        ({"json": 5}, "not line name -> list"),
    ],
)
def test_a_bad_plus_record_is_named(write, change: dict[str, Any], told: str) -> None:
    path = write(COUNTING, {**TRUE_FALSE, **change})
    with pytest.raises(DataError, match=told) as caught:
        ReasonMapRecords(path).load()
    assert f"{path}:2" in str(caught.value)
    assert "\n" not in str(caught.value)
    tasks, bad = ReasonMapRecords(path, on_bad_record="skip").load()
    assert (len(tasks), len(bad)) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"routes": {}},
        {"routes": {"1": [{"route_name": "A"}]}},
        {"json": None},
        {"station_1": ""},
        {"question_transfer_count": None},
        {"difficulty_question": "tough"},
        {"question_short": ""},
    ],
)
def test_a_bad_planning_record_is_named(write, change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"records\.jsonl:1"):
        ReasonMapRecords(write({**PLANNING, **change})).load()


def test_a_wrong_reader_is_refused_before_reading() -> None:
    with pytest.raises(RecipeError, match="did you mean 'Counting1'"):
        ReasonMapRecords("x.jsonl", types=("Counting_1",))
    with pytest.raises(RecipeError, match="types is empty"):
        ReasonMapRecords("x.jsonl", types=())
    with pytest.raises(RecipeError, match="'short' or 'long'"):
        ReasonMapRecords("x.jsonl", question="medium")
    check(ReasonMapRecords("x.jsonl"))


@pytest.mark.parametrize(("level", "question"), [("tiny", "short"), ("tiny", "long"), ("easy", "long")])
def test_generated_maps_read_back_with_full_marks(tmp_path, level, question) -> None:
    from vision_data.generators.transit.dataset import write_dataset

    path = write_dataset(tmp_path / "maps", num_maps=3, seed=5, level=level, per_type=2)
    tasks, bad = ReasonMapRecords(path, question=question).load()
    assert bad == []
    assert {task.record["type"] for task in tasks} == {
        "TorF1", "TorF2", "Counting1", "Counting2", "Counting3", "planning"
    }  # fmt: skip
    for task in tasks:
        gold = say(completion_text(task))
        assert ReasonMapAccuracy().rate(task, gold) == 1.0
        assert ReasonMapFormat().rate(task, gold) == 1.0
        assert ReasonMapAccuracy().rate(task, say(text_of(task.prompt))) == 0.0
        assert ReasonMapFormat().rate(task, say(text_of(task.prompt))) == 0.0
        if task.record["type"] == "planning":
            assert RouteDetail().rate(task, gold) >= 6.0
            ends = (task.record["station_1"], task.record["station_2"])
            score = map_score(parse_route(gold.text), plans_of(task.record), *ends, True, task.record["form"])
            assert score >= 15.0
        assert MapDifficulty()(task) >= 1.0
