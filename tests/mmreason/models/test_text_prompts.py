"""Prompts of text models: chat templates, plain text, special tokens, ends of turns, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmreason.asks import POLICY, Tokenise
from mmreason.engine import rolled
from mmreason.errors import CheckpointError, DataError, PromptError, RecipeError
from mmreason.models.detokenise import Detokeniser
from mmreason.models.text import ENDLESS, TextEncoder, context_of
from mmreason.recipe import Stage
from mmreason.types import Task
from tests.mmreason.models.scene import picture, sampled
from tests.mmreason.models.text_scene import ASKED, CHATML, TEXTS, TURNS, build, byte_level, policy, sentence_piece
from vision_data.messages import assistant, system, user

BYTES, SIGNS = byte_level(), sentence_piece()


def config(**settings: Any) -> Any:
    from transformers import Qwen3Config

    return Qwen3Config(**{"vocab_size": 1000, **settings})


def text_of_ids(encoder: TextEncoder, ids: list[int]) -> str:
    return str(encoder.tokenizer.decode(ids))


def test_a_chat_template_is_filled_as_the_tokenizer_fills_it() -> None:
    encoder = TextEncoder(BYTES, config())
    prompt = (system("Be short."), user("What is ", "1 + 1?"), assistant("2"), user("And 2 + 2?"))
    found = encoder.encode(prompt)
    messages = [{"role": m.role, "content": "".join(map(str, m.content))} for m in prompt]
    wanted = BYTES.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert found.ids.tolist() == wanted
    assert found.text.endswith("<|im_start|>assistant\n")
    assert found.positions.tolist() == [list(range(len(wanted)))] * 3
    assert found.next_position == len(wanted)
    assert encoder.encode(prompt) is found


def test_a_template_says_itself_where_text_begins() -> None:
    encoder = TextEncoder(byte_level(TURNS, bos=True), config())
    found = encoder.encode(ASKED["sum"])
    begins = encoder.tokenizer.bos_token_id
    assert found.ids.tolist().count(begins) == 1
    assert found.ids[0] == begins


def test_a_template_without_a_system_role_is_a_line() -> None:
    with pytest.raises(DataError, match="the chat template refuses messages of the roles 'system user'") as caught:
        TextEncoder(byte_level(TURNS), config()).encode(ASKED["system"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bos", [False, True])
def test_without_a_template_a_prompt_is_its_text(bos: bool) -> None:
    encoder = TextEncoder(byte_level(None, bos=bos), config())
    found = encoder.encode((user("12 + 30 ="),))
    assert found.text == "12 + 30 ="
    assert text_of_ids(encoder, found.ids.tolist()) == ("<s>" if bos else "") + "12 + 30 ="
    both = encoder.encode((system("Be short."), user("12 + 30 =")))
    assert both.text == "Be short.\n12 + 30 ="


def test_a_tokenizer_that_closes_every_text_does_not_close_a_prompt() -> None:
    from tokenizers import processors

    tokenizer = byte_level(None)
    end = tokenizer.eos_token_id
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A <|im_end|>", special_tokens=[("<s>", tokenizer.bos_token_id), ("<|im_end|>", end)]
    )
    encoder = TextEncoder(tokenizer, config())
    assert tokenizer("ab")["input_ids"][-1] == end
    assert text_of_ids(encoder, encoder.encode((user("ab"),)).ids.tolist()) == "<s>ab"
    assert text_of_ids(encoder, encoder.encode((user("ab<|im_end|>"),)).ids.tolist()) == "<s>ab<|im_end|>"


def test_an_empty_prompt_and_a_tokenizer_of_another_model_are_refused() -> None:
    with pytest.raises(PromptError, match="the prompt is empty"):
        TextEncoder(byte_level(None), config()).encode((user(""),))
    with pytest.raises(CheckpointError, match="and the model knows only 20"):
        TextEncoder(BYTES, config(vocab_size=20)).encode(ASKED["sum"])


def test_a_picture_is_refused_with_the_record(tmp_path: Path) -> None:
    model = policy(build("qwen3", tmp_path))
    task = Task(id="k1", prompt=(user(picture(0), "How many?"),), where="sums.jsonl:7")

    def rollout(tasks: list[Task], scene: Any) -> list[Any]:
        return [sampled(model, of.prompt) for of in tasks]

    stage: Any = Stage(tasks=(), rollout=rollout)  # type: ignore[arg-type]
    with pytest.raises(RecipeError) as caught:
        rolled(stage, [task], None)  # type: ignore[arg-type]
    assert str(caught.value).startswith("sums.jsonl:7: the prompt 'How many?' holds 1 image")
    assert "reads only text" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_end_token_ends_an_answer_and_the_template_s_own_ends_a_turn(tmp_path: Path) -> None:
    tokenizer = byte_level(eos="<|endoftext|>")
    ends = tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"])
    model = policy(build("qwen3", tmp_path, tokenizer, eos=ends))
    assert model.eos == frozenset(ends)
    assert model.turn_end == ends[1]
    said = model.answer([Tokenise(POLICY, "42")])[0]
    assert said.tokens[-1] == ends[1]
    assert said.text == "42"
    found = [c for seed in range(12) for c in sampled(model, ASKED["sum"], num=8, limit=40, seed=seed)]
    stopped = [c for c in found if c.finish == "stop"]
    assert {int(c.tokens[-1]) for c in stopped} == set(ends)
    assert not any(int(token) in model.eos for c in found for token in c.tokens[:-1])


def test_a_base_model_ends_a_turn_with_its_end_of_text() -> None:
    tokenizer = byte_level(None)
    encoder = TextEncoder(tokenizer, config())
    assert encoder.turn_end(frozenset({tokenizer.eos_token_id, 9})) == tokenizer.eos_token_id
    assert encoder.turn_end(frozenset({9, 12})) == 9


def test_context_is_what_the_positions_reach_to() -> None:
    from transformers import BloomConfig, GPT2Config

    assert context_of(GPT2Config(n_positions=77)) == 77
    assert context_of(BloomConfig()) == ENDLESS


def test_a_prompt_beyond_the_context_is_a_line_for_text(tmp_path: Path) -> None:
    model = policy(build("qwen3", tmp_path, max_position_embeddings=20))
    with pytest.raises(PromptError, match="more than the model's context of 20; shorten the prompt"):
        sampled(model, ASKED["long"])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_text_comes_back_as_the_tokenizer_decodes_it(text: str) -> None:
    for tokenizer in (BYTES, SIGNS):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        found, offsets = Detokeniser(tokenizer)(ids)
        assert found == tokenizer.decode(ids, skip_special_tokens=True)
        assert len(offsets) == len(ids) + 1
        assert offsets[-1] == len(found)
        assert list(offsets) == sorted(offsets)


@pytest.mark.parametrize("text", [*TEXTS, " lead", "a\nb  c", "\n"])
def test_signs_for_spaces_and_bytes_become_text_again(text: str) -> None:
    ids = SIGNS(text, add_special_tokens=False)["input_ids"]
    assert Detokeniser(SIGNS)([SIGNS.bos_token_id, *ids, SIGNS.eos_token_id])[0] == text


def test_stop_texts_are_found_where_spaces_are_signs(tmp_path: Path) -> None:
    model = policy(build("llama", tmp_path, sentence_piece(CHATML)))
    found = sampled(model, ASKED["sum"], num=24, limit=40, stop=(" a",))
    ended = [c for c in found if c.finish == "stop" and " a" in c.text]
    assert ended
    assert all(c.text.count(" a") == 1 for c in ended)
