"""Instructions whose following can be checked without a model: the 25 kinds of IFEval, arXiv:2311.07911.

Names and arguments are those of its data, so that its records and others in that form are read as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import DataError
from mmreason.parsing.instructions import layout, wording
from mmreason.parsing.instructions.language import in_language

Check = Callable[[str, Mapping[str, Any]], bool | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of instruction."""

    check: Check
    """Text and arguments to whether it is followed; None where that cannot be told."""
    needs: tuple[tuple[str, type], ...] = ()
    """Arguments and what they are."""


_COUNT = (("frequency", int), ("relation", str))
KINDS: Mapping[str, Kind] = {
    "keywords:existence": Kind(wording.has_keywords, (("keywords", list),)),
    "keywords:frequency": Kind(wording.keyword_count, (("keyword", str), *_COUNT)),
    "keywords:forbidden_words": Kind(wording.lacks_words, (("forbidden_words", list),)),
    "keywords:letter_frequency": Kind(
        wording.letter_count, (("letter", str), ("let_frequency", int), ("let_relation", str))
    ),
    "language:response_language": Kind(in_language, (("language", str),)),
    "length_constraints:number_sentences": Kind(wording.sentence_count, (("num_sentences", int), ("relation", str))),
    "length_constraints:number_words": Kind(wording.word_count, (("num_words", int), ("relation", str))),
    "length_constraints:number_paragraphs": Kind(layout.paragraph_count, (("num_paragraphs", int),)),
    "length_constraints:nth_paragraph_first_word": Kind(
        layout.paragraph_begins, (("num_paragraphs", int), ("nth_paragraph", int), ("first_word", str))
    ),
    "detectable_content:number_placeholders": Kind(layout.placeholders, (("num_placeholders", int),)),
    "detectable_content:postscript": Kind(layout.postscript, (("postscript_marker", str),)),
    "detectable_format:number_bullet_lists": Kind(layout.bullets, (("num_bullets", int),)),
    "detectable_format:constrained_response": Kind(layout.one_response),
    "detectable_format:number_highlighted_sections": Kind(layout.highlights, (("num_highlights", int),)),
    "detectable_format:multiple_sections": Kind(layout.sections, (("section_spliter", str), ("num_sections", int))),
    "detectable_format:json_format": Kind(layout.is_json),
    "detectable_format:title": Kind(layout.title),
    "combination:two_responses": Kind(layout.two_responses),
    "combination:repeat_prompt": Kind(wording.repeats_prompt, (("prompt_to_repeat", str),)),
    "startend:end_checker": Kind(wording.ends_with, (("end_phrase", str),)),
    "startend:quotation": Kind(layout.quoted),
    "change_case:capital_word_frequency": Kind(
        wording.capital_words, (("capital_frequency", int), ("capital_relation", str))
    ),
    "change_case:english_capital": Kind(wording.all_capital),
    "change_case:english_lowercase": Kind(wording.all_lowercase),
    "punctuation:no_comma": Kind(wording.no_comma),
}
"""Every kind, by the name that data sets use."""


def follows(text: str, kind: str, args: Mapping[str, Any] | None = None, loose: bool = False) -> bool | None:
    r"""Say whether a text follows an instruction; None where that cannot be told without a model.

    Args:
        text: A response; an empty one follows nothing.
        kind: One of ``KINDS``.
        args: Its arguments; those that are None or not its own are passed over, as data sets fill them up.
        loose: The paper's loose score: it is enough that the text does so without its first line, its last or both, or
            without asterisks.

    Raises:
        DataError: the kind is unknown, or an argument is missing or of another type.

    >>> follows("Hi, you", "punctuation:no_comma"), follows("Sure, here:\nHi you", "punctuation:no_comma", loose=True)
    (False, True)
    """
    wanted = check_instruction(kind, args)
    found = [wanted.check(said, args or {}) for said in (variants(text) if loose else (text,)) if said.strip()]
    return True if True in found else None if None in found else False


def check_instruction(kind: str, args: Mapping[str, Any] | None, where: str = "instruction") -> Kind:
    """Look up a kind and see that its arguments are there.

    Raises:
        DataError: the kind is unknown, or an argument is missing or of another type.
    """
    if kind not in KINDS:
        raise DataError(f"{where}: the kind is {kind!r}, expected one of {', '.join(KINDS)}")
    for name, what in KINDS[kind].needs:
        value = (args or {}).get(name)
        # Numbers come as floats from tables with empty cells.
        whole = what is int and isinstance(value, float) and value.is_integer()
        if not (isinstance(value, what) or whole) or isinstance(value, bool):
            raise DataError(f"{where}: {kind} has {name} = {value!r}, expected a {what.__name__}")
        if name.endswith("relation") and value not in wording.RELATIONS:
            raise DataError(f"{where}: {kind} has {name} = {value!r}, expected {' or '.join(wording.RELATIONS)}")
    return KINDS[kind]


def variants(text: str) -> Iterator[str]:
    """Give the eight readings of the loose score, the text itself first."""
    lines = text.split("\n")
    for kept in (lines, lines[1:], lines[:-1], lines[1:-1]):
        said = "\n".join(kept)
        yield said if kept is lines else said.strip()
        yield (said if kept is lines else said.strip()).replace("*", "")
