"""Kitchens as tasks, the teacher's texts, and GRPO-CARE's prompts and files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mmreason.data.formats import FormatTasks
from mmreason.data.kitchen import Kitchens
from mmreason.data.kitchen_thoughts import Teacher, seen
from mmreason.data.seed_bench_r1 import SHORT, CarePrompts, levels, records_in
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.care.conclusion import ConclusionMatches
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.frames import Uniform
from vision_data.frames.seed_bench_r1 import SeedBenchR1
from vision_data.media import Image, Video
from vision_data.messages import media_of, text_of

SAMPLES = Path(__file__).parents[2] / "data" / "seed-bench-r1" / "annotations.jsonl"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kitchens")


def train(home: Path, **how: object) -> list[Task]:
    return Kitchens(6, foods=(1, 1), most_frames=8, **how).load_tasks(home)[0]  # type: ignore[arg-type]


def test_tasks_have_options_a_letter_and_what_the_generator_knows(home: Path) -> None:
    for t in train(home):
        options = t.record["options"]
        assert len(options) == 4
        assert t.answer in ("A", "B", "C", "D")
        assert options["ABCD".index(t.answer)] == t.record["plan"][t.record["num_done"]]
        kinds = [type(m) for m in media_of(t.prompt)]
        assert kinds == ([Video, Image] if t.record["num_done"] else [Image])
        assert t.record["domain"] == "daily life"


def test_they_are_drawn_once_and_the_same_again(home: Path) -> None:
    first = train(home)
    [folder] = (home / "data").iterdir()
    stamp = (folder / "records.jsonl").stat().st_mtime_ns
    assert train(home) == first
    assert (folder / "records.jsonl").stat().st_mtime_ns == stamp


def test_a_damaged_folder_is_told(home: Path, tmp_path: Path) -> None:
    few = Kitchens(1, foods=(1, 1), most_frames=8)
    few.load_tasks(tmp_path)
    [folder] = (tmp_path / "data").iterdir()
    (folder / "records.jsonl").write_text("{")
    with pytest.raises(DataError, match="remove its folder and it is drawn again"):
        few.load_tasks(tmp_path)


# The teacher


def test_what_is_held_and_served() -> None:
    state = {"held": ["tomato", ["wash", "cut"]], "served": [["fish", ["bake"]], ["egg", []]]}
    assert seen(state) == "Held: tomato washed cut. Served: fish baked, egg raw."
    assert seen({"held": None, "served": []}) == "Held: nothing. Served: nothing."


RECORD = {"options": ["a b", "c d", "e f", "g h"], "state": {"held": None, "served": []}}


def judged(teacher: Teacher, num: int = 400) -> Counter[tuple[float, float]]:
    """How many texts are (right, consistent)."""
    of = Task(id="q", prompt=(), answer="B", record=RECORD)
    texts = [teacher.texts(f"q{i}", RECORD, "B") for i in range(num // teacher.num)]
    said = [comp([1], text=text) for some in texts for text in some]
    assert all(ThinkAnswerFormat().rate(of, c) for c in said)
    return Counter((VideoR1Accuracy().rate(of, c), ConclusionMatches().rate(of, c)) for c in said)


def test_a_teacher_that_never_errs() -> None:
    assert judged(Teacher()) == {(1.0, 1.0): 400}


def test_slips_come_to_a_wrong_option_and_answer_it() -> None:
    assert judged(Teacher(slip=1.0)) == {(0.0, 1.0): 400}


def test_strays_answer_something_else_the_right_one_after_a_wrong_thought() -> None:
    assert judged(Teacher(stray=1.0)) == {(0.0, 0.0): 400}
    assert judged(Teacher(slip=1.0, stray=1.0)) == {(1.0, 0.0): 400}
    mixed = judged(Teacher(slip=0.5, stray=0.5))
    assert set(mixed) == {(a, b) for a in (0.0, 1.0) for b in (0.0, 1.0)}
    assert all(60 < num < 140 for num in mixed.values())


def test_texts_depend_on_the_task_and_the_teacher_alone() -> None:
    teacher = Teacher(num=3, slip=0.5, stray=0.5)
    assert teacher.texts("q", RECORD, "B") == teacher.texts("q", RECORD, "B")
    assert Teacher(num=2, slip=0.5, stray=0.5).texts("q", RECORD, "B") == teacher.texts("q", RECORD, "B")[:2]


@pytest.mark.parametrize("how", [{"num": 0}, {"slip": 1.5}, {"stray": -0.1}])
def test_a_teacher_out_of_range_is_refused(how: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="slip and stray from 0 to 1"):
        Teacher(**how)  # type: ignore[arg-type]


# Prompts and files


def test_the_papers_prompt_on_the_papers_records() -> None:
    tasks, bad = CarePrompts((("", records_in(SAMPLES)),)).load_tasks(Path())
    assert not bad
    plain, _ = records_in(SAMPLES).load_tasks(Path())
    for t, was in zip(tasks, plain, strict=True):
        assert (t.id, t.answer, t.record) == (was.id, was.answer, was.record)
        text = text_of(t.prompt)
        assert text.startswith(text_of(was.prompt))
        for part in ("Options:", "A. ", "<think>", "</answer>", "only the letter"):
            assert part in text
        for medium in media_of(t.prompt):
            assert medium.max_pixels == (128 * 28 * 28 if isinstance(medium, Video) else 401_408)
            assert not isinstance(medium, Video) or medium.frames == SeedBenchR1()


def test_what_is_not_given_stays() -> None:
    bare = CarePrompts((("", records_in(SAMPLES)),), SHORT, False, None, None, None)
    t, was = bare.load_tasks(Path())[0][0], records_in(SAMPLES).load_tasks(Path())[0][0]
    assert media_of(t.prompt) == media_of(was.prompt)
    assert text_of(t.prompt) == f"{text_of(was.prompt)}\n{SHORT}"
    few = CarePrompts((("", records_in(SAMPLES)),), frames=Uniform(4)).load_tasks(Path())[0][0]
    assert [m.frames for m in media_of(few.prompt) if isinstance(m, Video)] == [Uniform(4)]


def test_levels_are_found_in_a_folder_and_told_apart(tmp_path: Path) -> None:
    for level in ("L1", "L3"):
        Kitchens(2, split=level, foods=(1, 1), most_frames=8).load_tasks(tmp_path / level)
        [folder] = (tmp_path / level / "data").iterdir()
        assert [name for name, _ in levels(folder)] == [level]
        assert [name for name, _ in levels(folder / "annotations")] == [level]
        tasks, _ = CarePrompts(levels(folder)).load_tasks(Path())
        assert [t.record["level"] for t in tasks] == [level] * 2
        assert all(t.record["domain"] for t in tasks)


def test_ids_of_several_levels_do_not_collide() -> None:
    both = CarePrompts((("L1", records_in(SAMPLES)), ("L2", records_in(SAMPLES))))
    ids = [t.id for t in both.load_tasks(Path())[0]]
    assert len(set(ids)) == len(ids)
    assert ids[0].startswith("L1-")


def test_one_file_is_one_level_without_a_name() -> None:
    [(name, spec)] = levels(SAMPLES)
    assert name == ""
    assert isinstance(spec, FormatTasks)


def test_a_folder_without_levels_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give the folder that holds them, or one file"):
        levels(tmp_path)


@pytest.mark.parametrize("of", [(), (("L1", FormatTasks("a")), ("L1", FormatTasks("b")))])
def test_levels_of_one_name_are_refused(of: tuple[tuple[str, FormatTasks], ...]) -> None:
    with pytest.raises(RecipeError, match="one or several levels with different names"):
        CarePrompts(of)
