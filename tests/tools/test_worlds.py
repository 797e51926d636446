"""Lessons of the worlds: what is said of pictures is true, and heads are told to look at what is spoken of."""

from __future__ import annotations

import re

import pytest
import torch
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from mmreason.data.line_options import SHORT, STYLE
from mmreason.models.loading import TINY, where
from tools.tiny.data import AT_ONCE, Mix, Prompts, option_looks, segments
from tools.tiny.packed import AIMING, NAMING, RELATING, PackedModel, to_patches
from tools.tiny.worlds.charts import ChartWorld
from tools.tiny.worlds.lesson import Asked, Lesson, World, Writer
from tools.tiny.worlds.pairs import PairWorld
from tools.tiny.worlds.reader import WorldReader, labels
from tools.tiny.worlds.scenes import SceneWorld, place
from vision_data.generators.transit import make_map
from vision_data.generators.transit.line_options import line_options
from vision_data.prompts import MultipleChoice

WORLDS: tuple[World, ...] = (SceneWorld(at_once=4), ChartWorld(num=4), PairWorld())


@pytest.fixture(scope="module")
def processor() -> Qwen2_5_VLProcessor:
    return AutoProcessor.from_pretrained(where(TINY))


@pytest.fixture(scope="module")
def model() -> Qwen2_5_VLForConditionalGeneration:
    return Qwen2_5_VLForConditionalGeneration.from_pretrained(where(TINY), dtype=torch.float32).eval()


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_lesson_is_that_of_its_seed(world: World) -> None:
    one, again, other = world.lesson(3), world.lesson(3), world.lesson(4)
    assert all((a == b).all() for a, b in zip(one.pictures, again.pictures, strict=True))
    assert one.asked == again.asked != other.asked
    assert len(one.shown) == len(one.pictures) * world.grid[0] * world.grid[1]
    assert {picture.shape for picture in one.pictures} == {(world.grid[0] * 28, world.grid[1] * 28, 3)}
    assert {word for cell in one.shown for word in cell or ()} <= set(world.words)


def looked_at(lesson: Lesson, asked: Asked, layer: int) -> dict[int, int]:
    return {end: cell for at, end, cell in asked.looks if at == layer}


def test_boxes_are_told_from_the_cells_that_they_hold() -> None:
    lesson = SceneWorld().lesson(5)
    found = 0
    for asked in lesson.asked:
        aimed = looked_at(lesson, asked, AIMING)
        for box in re.finditer(r"\[(\d+),(\d+),\d+,\d+\]", asked.answer):
            cell = place([int(box[1]), int(box[2])])
            assert {aimed[end] for end in range(box.start() + 1, box.end() + 1) if end in aimed} == {cell}
            assert lesson.shown[cell]
            found += 1
    assert found


def test_a_count_is_that_of_the_things_asked_for() -> None:
    for seed in range(20):
        lesson = SceneWorld().lesson(seed)
        for asked in lesson.asked:
            if what := re.match(r"How many (?:(red|blue|green|yellow) )?(ball|boat|mug|thing)s", asked.question):
                words = {what[1], what[2]} - {None, "thing"}
                truth = sum(words <= (cell or frozenset()) and bool(cell) for cell in lesson.shown)
                assert re.search(r"(\d+)(</answer>)?$", asked.answer)[1] == str(truth)  # type: ignore[index]


def test_a_chart_shows_letter_value_and_colour_where_its_bar_stands() -> None:
    lesson = ChartWorld(num=12).lesson(1)
    code = next(asked for asked in lesson.asked if "DataFrame" in asked.answer)
    letters = re.findall(r'"([A-Z])"', code.answer)
    values = re.search(r'"Value": \[([^\]]*)\]', code.answer)
    assert values
    bars = [cell for cell in lesson.shown if cell]
    assert [letters, values[1].split(", ")] == [
        [next(word for word in cell if word.isupper()) for cell in bars],
        [
            next(v for v in values[1].split(", ") if set(v) == {word for word in cell if word.isdigit()})
            for cell in bars
        ],
    ]


def test_things_of_a_pair_are_named_where_they_stand() -> None:
    for seed in range(12):
        lesson = PairWorld().lesson(seed)
        for asked in lesson.asked:
            for end, cell in looked_at(lesson, asked, NAMING).items():
                word = re.findall(r"\w+", asked.answer[: end + 12])
                assert lesson.shown[cell]
                assert any(str(said).startswith(shown[:3]) for said in word for shown in lesson.shown[cell] or ())


def linked(asked: Asked, layer: int) -> list[tuple[str, str]]:
    """The last word up to either end of every link."""

    def word(end: int) -> str:
        text = asked.answer[:end] if end > 0 else asked.question[: len(asked.question) + end]
        return re.findall(r"\w+", text)[-1]

    return [(word(one), word(other)) for at, one, other in asked.links if at == layer]


def test_a_pair_is_compared_word_for_word_and_judged_by_a_word_that_differs() -> None:
    for seed in range(12):
        for asked in PairWorld().lesson(seed).asked[:2]:
            words = linked(asked, RELATING)
            assert len(words) >= 4
            verdicts = dict(re.findall(r"image (\d): [^:]*: (yes|no)", asked.answer))
            assert sorted(verdicts.values()) == ["no", "yes"]
            aimed = linked(asked, AIMING)
            assert (asked.answer[asked.answer.index("So image ") + 9], verdicts["1"]) in aimed
            assert all(one.lower().rstrip("s") == other.lower().rstrip("s") for one, other in words)
            alone = [one for at, one, other in asked.links if at == RELATING and one == other]
            assert alone or "noisy" in asked.answer


def test_left_or_right_is_told_from_the_coordinates_that_say_it() -> None:
    found = 0
    for seed in range(12):
        for asked in SceneWorld(chains=0, tallies=0, relations=2).lesson(seed).asked:
            told = asked.answer.find("So ")
            links = {at: asked.answer[other - 1] for at, one, other in asked.links if one >= told and other > 0}
            boxes = [box.split(",") for box in re.findall(r"\[([\d,]+)\]", asked.answer)]
            if asked.question.startswith("Is "):
                axis = 0 if " left of " in asked.question or " right of " in asked.question else 1
                assert links == {AIMING: boxes[0][axis][0], RELATING: boxes[1][axis][0]}
                found += 1
    assert found > 12


def test_a_count_goes_on_from_cell_to_cell() -> None:
    for seed in range(6):
        lesson = SceneWorld(chains=0, relations=0, tallies=4).lesson(seed)
        for asked in lesson.asked:
            rows = re.findall(r"row \d: (\d+)", asked.answer)
            so_far = [int(number) for number in "".join(rows)]
            up = [cell for cell, (one, other) in enumerate(zip([0, *so_far], so_far, strict=False)) if other > one]
            assert list(looked_at(lesson, asked, AIMING).values()) == up
            asks = [word.rstrip("s") for word in re.findall(r"\w+", asked.question)]
            for cell, (before, now) in enumerate(zip([0, *so_far], so_far, strict=False)):
                shown = lesson.shown[cell] or frozenset()
                named = [word for word in asks if word in PairWorld().words]
                assert (now > before) == (bool(shown) and shown.issuperset(named))
            assert asked.answer.endswith(f"<answer>{so_far[-1]}</answer>")
            assert len(linked(asked, RELATING)) == 16


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_packed_lessons_equal_separate_forwards(
    world: World, processor: Qwen2_5_VLProcessor, model: Qwen2_5_VLForConditionalGeneration
) -> None:
    writer, lesson = Writer(processor, world), world.lesson(2)
    view = PackedModel(model, writer.prefix, world.grid)
    pictures = torch.stack([torch.from_numpy(picture).permute(2, 0, 1) for picture in lesson.pictures])
    with torch.no_grad():
        features = view.see(to_patches(pictures)).flatten(0, 1)[None]
        (bucket,) = writer.buckets([lesson], 1)
        hidden = view.hidden(features, [bucket])[0][0]
        for row, ids in zip(hidden, bucket.ids[0], strict=True):
            text = processor.tokenizer.decode(torch.cat([writer.prefix, ids[ids > 0]]))
            text = re.sub(r"(<\|image_pad\|>)+", r"\1", text)
            inputs = processor(text=[text], images=list(lesson.pictures), return_tensors="pt")
            expected = model.model(**inputs).last_hidden_state[0, len(writer.prefix) :]
            torch.testing.assert_close(row[: len(expected)], expected, atol=2e-4, rtol=1e-4)


def test_every_look_lies_before_who_looks(processor: Qwen2_5_VLProcessor) -> None:
    for world in WORLDS:
        writer = Writer(processor, world)
        for asked in world.lesson(6).asked:
            segment = writer.segment(asked)
            assert segment.looks.shape == (3, len(segment.ids))
            for layer, looks in enumerate(segment.looks):
                for at in range(len(segment.ids)):
                    to = int(looks[at])
                    assert to < 0 or to in writer.cells or len(writer.prefix) <= to <= len(writer.prefix) + at, layer


def test_a_box_is_opened_with_an_eye_on_what_is_asked_for(processor: Qwen2_5_VLProcessor) -> None:
    world = SceneWorld(tallies=0)
    writer = Writer(processor, world)
    for asked in world.lesson(8).asked:
        segment, first = writer.segment(asked), len(writer.prefix)
        words = [processor.tokenizer.decode([token]) for token in segment.ids]
        seen = [(words[at], int(to)) for at, to in enumerate(segment.looks[RELATING]) if to >= 0]
        assert {word.strip() for word, _ in seen} <= {"["}
        assert len(seen) == len(re.findall(r"\[\d", asked.answer))
        for at, to in enumerate(segment.looks[NAMING]):
            if to >= first:
                assert words[int(to) - first].strip() in {"red", "green", "blue", "yellow", "ow", "n"}, words[at]


QUESTION = f"Which of these lines stop at U?\nA Red\nB Blue\nC Green\nD Orange\n{SHORT}"


def test_options_look_at_letters_and_answers_at_conclusions(processor: Qwen2_5_VLProcessor) -> None:
    prompts = Prompts(processor)
    segment = prompts.segment(QUESTION, "<think>U: Red, Green. So Red, Green.</think><answer>A,C</answer>", {})
    words = [processor.tokenizer.decode([token]) for token in segment.ids]

    def seen(layer: int) -> list[tuple[str, str]]:
        at = segment.looks[layer]
        return [(words[i], words[int(at[i]) - len(prompts.prefix)]) for i in range(len(words)) if at[i] >= 0]

    assert seen(NAMING) == [(" Red", "A"), (" Blue", "B"), (" Green", "C"), (" Orange", "D")]
    assert seen(RELATING) == [(" Red", " Red"), (" Green", " Green")]
    assert seen(AIMING) == [("answer", " Red"), (",", " Green")]


def test_an_answer_beside_its_thought_teaches_no_look() -> None:
    told = "<think>U: Red. So Red.</think><answer>B</answer>"
    assert AIMING not in {layer for layer, *_ in option_looks("\n" + QUESTION + "\n", told)}
    assert list(option_looks("\nHow many?\n", told)) == []


def test_an_answer_at_once_looks_at_its_options_and_they_at_the_station() -> None:
    transit_map, mix = make_map(3), Mix(counts={}, descriptions=0, directories=0, options=2, at_once=4)
    found = [pair for pair in segments(transit_map, mix, 3) if pair[0].endswith(AT_ONCE)]
    assert len(found) == 4
    answers = {f"{MultipleChoice.from_record(r).text(STYLE)}\n{AT_ONCE}": r["answer"] for r in line_options(
        transit_map, 3, per_kind=6)}  # fmt: skip
    for question, told in found:
        assert told == f"<answer>{answers[question]}</answer>"
        asked = f"\n{question}\n"
        for layer, one, other in option_looks(asked, told):
            if layer == RELATING:
                assert asked[other - 1] in transit_map.stations
            elif layer == AIMING:
                letter = told[one - len(asked) - 1]
                assert asked.splitlines()[asked[:other].count("\n")].startswith(f"{letter} ")


def test_the_reader_learns_from_cells_that_are_known(
    processor: Qwen2_5_VLProcessor, model: Qwen2_5_VLForConditionalGeneration
) -> None:
    world = PairWorld()
    lesson = world.lesson(1)
    truth, known = labels([lesson], world.words)
    assert truth.sum() == sum(len(cell) for cell in lesson.shown if cell)
    assert known.sum() == sum(cell is not None for cell in lesson.shown)
    reader = WorldReader(model, processor.tokenizer, world)
    features = torch.randn(1, len(lesson.shown), reader.directions.shape[1], requires_grad=True)
    loss, right = reader(features, [lesson])
    (gradient,) = torch.autograd.grad(loss, features)
    assert torch.isfinite(loss)
    assert 0 <= right <= 1
    assert gradient.abs().sum() > 0
