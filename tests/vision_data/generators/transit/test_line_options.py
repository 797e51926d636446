"""Questions with options about transit maps: the answers are those of the map, and a teacher errs as asked."""

from __future__ import annotations

import re

import pytest

from vision_data.errors import MediaError
from vision_data.generators.transit import TransitMap, make_map
from vision_data.generators.transit.line_options import COLOURS, KINDS, LineTeacher, line_options
from vision_data.prompts import MultipleChoice, split_letters


def truth(drawn: TransitMap, kind: str, stations: list[str]) -> set[str]:
    lines = [{line.short for line in drawn.lines if station in line.stops} for station in stations]
    return {
        "at": lambda: lines[0],
        "not_at": lambda: set(COLOURS) - lines[0],
        "both": lambda: lines[0] & lines[1],
        "only": lambda: lines[0] - lines[1],
    }[kind]()


@pytest.mark.parametrize("multi", [None, True, False])
def test_answers_follow_from_the_map(multi: bool | None) -> None:
    asked = 0
    for seed in range(40):
        drawn = make_map(seed)
        for record in line_options(drawn, seed, per_kind=2, multi=multi):
            question = MultipleChoice.from_record(record)
            right = {question.options[i] for i in question.gold}
            assert right == truth(drawn, record["kind"], record["stations"])
            assert right
            assert sorted(question.options) == sorted(COLOURS)
            assert multi is None or (len(right) > 1) == multi
            assert record["multi"] == ("multi" if len(right) > 1 else "single")
            asked += 1
    assert asked > 100


def test_questions_depend_on_the_seed_alone_and_do_not_repeat() -> None:
    drawn = make_map(9)
    one = line_options(drawn, 1, per_kind=3)
    assert one == line_options(drawn, 1, per_kind=3) != line_options(drawn, 2, per_kind=3)
    assert len({record["question"] for record in one}) == len(one)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(MediaError, match="unknown kind of question 'beneath'; did you mean 'both'"):
        line_options(make_map(0), 0, ["beneath"])
    with pytest.raises(MediaError, match="per_kind must be at least 1, got 0"):
        line_options(make_map(0), 0, per_kind=0)
    with pytest.raises(MediaError, match="expected lines named Red, Blue, Green, Orange, as on a tiny map, got"):
        line_options(make_map(0, "easy"), 0)
    with pytest.raises(MediaError, match="LineTeacher needs num >= 1 and probabilities"):
        LineTeacher(slip=1.5)


def test_a_teacher_without_faults_is_right_and_says_why() -> None:
    drawn = make_map(4)
    for record in line_options(drawn, 4):
        (text,) = LineTeacher().texts("key", record)
        found = re.fullmatch(r"<think>(.*) So (.*)\.</think><answer>(.*)</answer>", text)
        assert found
        assert found[3] == record["answer"]
        assert set(found[2].split(", ")) == truth(drawn, record["kind"], record["stations"])
        for at, lines in zip(record["stations"], record["read"], strict=True):
            assert f"{at}: {', '.join(lines)}." in found[1]


def test_faults_come_as_often_as_asked() -> None:
    records = [record for seed in range(30) for record in line_options(make_map(seed), seed)]

    def share(teacher: LineTeacher, what: str) -> float:
        texts = [(record, text) for record in records for text in teacher.texts("k", record)]
        hits = {
            "wrong": lambda r, t: f"<answer>{r['answer']}<" not in t,
            "lettered": lambda r, t: bool(re.search(r"So [A-D][.,]", t)),
            "silent": lambda r, t: "<think></think>" in t,
        }[what]
        return sum(hits(record, text) for record, text in texts) / len(texts)

    assert share(LineTeacher(num=4, lettered=0.5), "lettered") == pytest.approx(0.5, abs=0.07)
    assert share(LineTeacher(num=4, silent=0.3), "silent") == pytest.approx(0.3, abs=0.07)
    assert share(LineTeacher(num=4, stray=0.4), "wrong") == pytest.approx(0.4, abs=0.07)
    assert 0.3 < share(LineTeacher(num=4, slip=0.5), "wrong") < 0.7
    assert share(LineTeacher(num=4), "wrong") == 0
    assert share(LineTeacher(num=4, slip=0.5, apart=1.0), "wrong") == 0


def test_answers_of_every_teacher_name_options() -> None:
    teacher = LineTeacher(num=8, slip=0.5, lettered=0.3, stray=0.5, silent=0.2)
    assert {kind for seed in range(9) for kind in (r["kind"] for r in line_options(make_map(seed), 0))} == set(KINDS)
    for seed in range(9):
        for record in line_options(make_map(seed), seed):
            for text in teacher.texts("k", record):
                assert split_letters(text.partition("<answer>")[2].removesuffix("</answer>"), 4)
