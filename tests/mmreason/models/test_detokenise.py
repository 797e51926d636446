"""Text and offsets: the text is the tokenizer's own, and offsets say where each token's characters begin."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmreason.models.detokenise import Detokeniser
from mmreason.models.loading import TINY, load_processor

TOKENIZER = load_processor(TINY).tokenizer
DETOKENISE = Detokeniser(TOKENIZER)


def check(ids: list[int]) -> None:
    text, offsets = DETOKENISE(ids)
    assert text == TOKENIZER.decode(ids, skip_special_tokens=True)
    assert len(offsets) == len(ids) + 1
    assert list(offsets) == sorted(offsets)
    assert (offsets[0], offsets[-1]) == (0, len(text))


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=200)
def test_any_text(text: str) -> None:
    check(TOKENIZER(text, add_special_tokens=False)["input_ids"])


@given(st.lists(st.integers(0, len(TOKENIZER) - 1), max_size=30))
@settings(deadline=None, max_examples=300)
def test_any_tokens_also_halves_of_characters_and_special_ones(ids: list[int]) -> None:
    check(ids)


@given(st.lists(st.integers(0, 255), max_size=12))
@settings(deadline=None, max_examples=300)
def test_any_bytes(data: list[int]) -> None:
    symbols = {DETOKENISE.bytes_of(i): i for i in range(len(TOKENIZER)) if len(DETOKENISE.bytes_of(i)) == 1}
    check([symbols[bytes([byte])] for byte in data])


@pytest.mark.parametrize("text", ["naïve", "東京メトロ", "👩‍👩‍👧 ok", "a\u0301e", "\u202eabc", "日\n\t本", "🚇" * 5])
def test_an_offset_is_where_a_whole_character_is_complete(text: str) -> None:
    ids = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    whole, offsets = DETOKENISE(ids)
    for n in range(len(ids) + 1):
        seen = b"".join(DETOKENISE.bytes_of(i) for i in ids[:n])
        assert len(seen.decode("utf-8", errors="ignore")) == offsets[n] or n == len(ids)
    assert whole == TOKENIZER.decode(ids)


def test_a_cut_character_becomes_one_replacement_and_belongs_to_the_last_token() -> None:
    ids = TOKENIZER("é", add_special_tokens=False)["input_ids"]
    symbols = {DETOKENISE.bytes_of(i): i for i in range(len(TOKENIZER)) if len(DETOKENISE.bytes_of(i)) == 1}
    assert b"".join(DETOKENISE.bytes_of(i) for i in ids) == "é".encode()
    assert DETOKENISE([symbols[b"a"], symbols[b"\xc3"]]) == ("a\ufffd", (0, 1, 2))
    assert DETOKENISE([symbols[b"\xc3"], symbols[b"a"]]) == ("\ufffda", (0, 0, 2))
    assert DETOKENISE([]) == ("", (0,))
