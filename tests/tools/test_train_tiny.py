"""mmreason-tiny: its files load through plain transformers, and packed training computes what the model computes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from tools.tiny.architecture import TinyShape, build_model, build_processor
from tools.tiny.cells import pair_words
from tools.tiny.corpus import future_families
from tools.tiny.data import CELLS, Mix, Prompts, cell_labels, chat, make_batch, picture, segments, tokenizer_texts
from tools.tiny.evaluate import held_out, is_right
from tools.tiny.loop import Phase, Trainer, start_weights
from tools.tiny.packed import PackedModel, to_patches
from tools.tiny.phases import clean_phases
from tools.tiny.tokenizer import SPECIAL_TOKENS, VOCAB_SIZE, train_tokenizer
from vision_data.generators.transit import explain, make_map, questions, render
from vision_data.generators.transit.line_options import LineTeacher

SMALL = TinyShape(hidden=32, layers=3, heads=2, kv_heads=1, intermediate=48, vision_hidden=16, vision_layers=2)


@pytest.fixture(scope="module")
def processor() -> Qwen2_5_VLProcessor:
    return build_processor(train_tokenizer(future_families(0) + tokenizer_texts(200)))


@pytest.fixture(scope="module")
def model(processor: Qwen2_5_VLProcessor) -> Qwen2_5_VLForConditionalGeneration:
    model = build_model(processor.tokenizer, SMALL, seed=0)
    start_weights(model, 0)
    return model.eval()


@pytest.fixture(scope="module")
def folder(
    processor: Qwen2_5_VLProcessor,
    model: Qwen2_5_VLForConditionalGeneration,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path: Path = tmp_path_factory.mktemp("tiny")
    model.save_pretrained(path)
    processor.save_pretrained(path)
    return path


def test_tokenizer_survives_a_reload(folder: Path, processor: Qwen2_5_VLProcessor) -> None:
    loaded = AutoProcessor.from_pretrained(folder).tokenizer
    text = "Route Name: Red Line\nDeparture Stop: A\n--\n<think> x += 3 </think> \\boxed{12} café\n\n\tend"
    assert len(loaded) == VOCAB_SIZE
    assert loaded(text).input_ids == processor.tokenizer(text).input_ids
    assert loaded.decode(loaded(text).input_ids) == text
    assert [loaded.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS] == list(range(len(SPECIAL_TOKENS)))
    assert loaded.eos_token == "<|im_end|>"


def test_too_little_text_for_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="expected texts that fill 1024 tokens"):
        train_tokenizer(["hello"])


def test_chat_template_adds_the_system_message_once(processor: Qwen2_5_VLProcessor) -> None:
    user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "\nHi"}]}
    bare = processor.apply_chat_template([user], add_generation_prompt=True)
    assert bare == chat(processor, "Hi")
    assert bare.count("<|im_start|>system") == 1
    assert bare.endswith("<|vision_start|><|image_pad|><|vision_end|>\nHi<|im_end|>\n<|im_start|>assistant\n")


def test_small_picture_is_36_image_tokens(folder: Path) -> None:
    loaded = AutoProcessor.from_pretrained(folder)
    inputs = loaded(text=[chat(loaded, "Hi")], images=[render(make_map(0))], return_tensors="pt")
    assert inputs.image_grid_thw.tolist() == [[1, 12, 12]]
    assert int((inputs.input_ids == loaded.image_token_id).sum()) == 36


def test_patches_equal_those_of_the_processor(processor: Qwen2_5_VLProcessor) -> None:
    transit_map = make_map(3)
    inputs = processor(text=[chat(processor, "Hi")], images=[render(transit_map)], return_tensors="pt")
    torch.testing.assert_close(to_patches(picture(transit_map)[None])[0], inputs.pixel_values, atol=1e-5, rtol=0)


def test_reloaded_model_is_equal_and_complete(folder: Path, model: Qwen2_5_VLForConditionalGeneration) -> None:
    loaded, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert loaded.dtype == torch.float32
    for name, parameter in loaded.named_parameters():
        assert torch.equal(parameter, model.get_parameter(name)), name


@torch.no_grad()
def test_packed_segments_equal_separate_forwards(
    processor: Qwen2_5_VLProcessor, model: Qwen2_5_VLForConditionalGeneration
) -> None:
    prompts, mix = Prompts(processor), Mix(options=1, directories=0)
    batch = make_batch(prompts, mix, [1, 2], num_buckets=3)
    packed = PackedModel(model, prompts.prefix, (CELLS, CELLS))
    hidden = packed.hidden(packed.see(batch.cells.patches), batch.buckets)
    for at, seed in enumerate((1, 2)):
        transit_map = make_map(seed)
        pairs = sorted(segments(transit_map, mix, seed), key=lambda pair: len(prompts.segment(*pair, {}).ids))
        for number, (question, answer) in enumerate(pairs):
            text = chat(processor, question) + answer + "<|im_end|>"
            inputs = processor(text=[text], images=[render(transit_map)], return_tensors="pt")
            expected = model.model(**inputs).last_hidden_state[0, len(prompts.prefix) :]
            bucket, place = divmod(number, mix.size // 3)
            torch.testing.assert_close(hidden[bucket][at, place, : len(expected)], expected, atol=1e-5, rtol=1e-5)


def test_only_the_answer_and_its_end_are_learned(processor: Qwen2_5_VLProcessor) -> None:
    prompts = Prompts(processor)
    transit_map = make_map(5)
    record = questions(transit_map, 5, ["TorF2"])[0]
    bucket = make_batch(prompts, Mix({"TorF2": 1}, descriptions=0, directories=0), [5], num_buckets=1).buckets[0]
    learned = processor.tokenizer.decode(bucket.ids[0, 0][bucket.learn[0, 0]])
    assert learned == explain(record, transit_map, 5) + "<|im_end|>"


def test_cells_named_by_tokens_hold_that_letter(processor: Qwen2_5_VLProcessor) -> None:
    prompts, transit_map = Prompts(processor), make_map(7)
    places = prompts.places(transit_map)
    letters, flags, ahead = cell_labels(transit_map)
    assert len(places) == 2 * len(transit_map.stations)
    assert int((letters > 0).sum()) == len(transit_map.stations)
    stops = sum(len(line.stops) for line in transit_map.lines)
    assert int(flags[..., 0].sum()) == stops
    # Each track leaves every stop once per neighbour on its line.
    leaving = sum(2 * (len(line.stops) - 1) for line in transit_map.lines)
    assert int((ahead[letters > 0] > 0).sum()) == leaving
    for token, place in places.items():
        named = processor.tokenizer.decode([token]).strip()
        assert transit_map.positions[transit_map.stations.index(named)][1] == (
            (place - prompts.first_cell) % CELLS,
            (place - prompts.first_cell) // CELLS,
        )


def test_teacher_is_right_without_slips_and_decoys_are_wrong() -> None:
    maps = {made.city: made for made in (make_map(seed, split="test") for seed in range(12))}
    for item in held_out(12):
        record = item.record
        if "city" in record:
            assert is_right(record, explain(record, maps[record["city"]], 0))
        else:
            assert is_right(record, LineTeacher().texts("", record)[0])
        assert not is_right(record, "")
        assert not is_right(record, record["question"])
        assert not is_right(record, "yes no A B C D 1 2 3")


def test_route_must_join_and_stay_on_its_lines() -> None:
    record = {
        "type": "planning",
        "station_1": "A",
        "station_2": "D",
        "json": {"Red Line": ["A", "B"], "Blue Line": ["B", "D"]},
    }
    ride = "Route Name: {} Line\nDeparture Stop: {}\nArrival Stop: {}"
    good = [ride.format("Red", "A", "B"), ride.format("Blue", "B", "D")]
    assert is_right(record, "Change at B.\n" + "\n--\n".join(good))
    assert not is_right(record, "\n--\n".join(reversed(good)))
    assert not is_right(record, ride.format("Red", "A", "D"))
    assert not is_right(record, ride.format("Green", "A", "D"))


def test_same_seed_gives_the_same_steps(processor: Qwen2_5_VLProcessor) -> None:
    def losses() -> list[dict[str, float]]:
        model = build_model(processor.tokenizer, SMALL, seed=3)
        start_weights(model, 3)
        pair_words(model, processor.tokenizer)
        seen: list[dict[str, float]] = []
        trainer = Trainer(model, Prompts(processor), 3, lambda name, step, numbers: seen.append(numbers))
        trainer.run(Phase("cells", 2, 2, 1e-3))
        trainer.run(Phase("questions", 2, 2, 1e-3, Mix()))
        return [{key: value for key, value in numbers.items() if key != "images/s"} for numbers in seen]

    first = losses()
    assert first == losses()
    assert {"read", "followed"} <= first[0].keys()
    assert {"loss", "right", "naming", "aiming"} <= first[1].keys()


def test_budget_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="expected minutes above 0, got 0"):
        clean_phases(0)
