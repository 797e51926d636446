from __future__ import annotations

from mmreason.parsing.words import ngrams, words_of


def test_words() -> None:
    assert words_of("A well-known  'fact': 42%") == ["a", "well", "known", "fact", "42"]
    assert words_of("日本 GPU を使う") == ["日", "本", "gpu", "を", "使", "う"]
    assert words_of("müde", ascii=True) == ["m", "de"]
    assert words_of("") == []


def test_ngrams_are_counted() -> None:
    assert ngrams([1, 2, 1, 2], 2) == {(1, 2): 2, (2, 1): 1}
    assert not ngrams([1], 2)
