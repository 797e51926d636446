"""Images with many question and answer segments each, for training mmreason-tiny on transit maps."""

from __future__ import annotations

import random
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2_5_VLProcessor

from mmreason.data.line_options import SHORT, STYLE
from mmreason.data.reasonmap import SYSTEM
from tools.tiny.packed import AIMING, NAMING, RELATING, Bucket, to_patches
from tools.tiny.worlds.lesson import Segment, bucket
from vision_data.generators.seeds import derive
from vision_data.generators.transit import TransitMap, describe, explain, make_map, questions, render
from vision_data.generators.transit.line_options import LineTeacher, line_options
from vision_data.generators.transit.names import LETTERS
from vision_data.generators.transit.spec import COLOUR_LINES
from vision_data.prompts import MultipleChoice

AT_ONCE = "Give all right letters in <answer>."
CELLS = 6
_SIDES = ((1, 0), (0, 1), (-1, 0), (0, -1))
_MARK = "@@"
_OPTION = re.compile(r"(?<=\n)([A-D]) (\w+)(?=\n)")
_SAID = re.compile(r"So ([^.]*)\.</think><answer>([^<]*)</answer>")
_AT_ONCE = re.compile(r"<answer>([^<]*)</answer>")
_STATION = re.compile(r"(?<= at )\w+")
_WORD, _LETTER = re.compile(r"\w+"), re.compile(r"[A-D]")


@dataclass(frozen=True)
class Mix:
    """What is asked about one image.

    Attributes:
        counts: segments of each question type; where a map has fewer, the description is repeated instead.
        descriptions: segments that list every line with its stops.
        directories: segments that list every station with its lines.
        slip: probability per step that the teacher errs, from 0 to 1.
    """

    counts: Mapping[str, int] = field(
        default_factory=lambda: {
            "TorF1": 2,
            "TorF2": 2,
            "Counting1": 2,
            "Counting2": 1,
            "Counting3": 1,
            "planning": 2,
        }
    )
    descriptions: int = 1
    directories: int = 1
    slip: float = 0.0
    options: int = 0
    """Segments that ask which of four lines stop where."""
    at_once: int = 0
    """Segments that ask the same and want the letters without a thought."""

    @property
    def size(self) -> int:
        """Segments per image."""
        return sum(self.counts.values()) + self.options + self.at_once + self.descriptions + self.directories


@dataclass(frozen=True)
class CellBatch:
    """Pictures and what their cells show.

    Attributes:
        patches: [B, 144, 1176].
        letters: [B, 36], 0 where no station is, else 1 + the index of its letter.
        flags: [B, 36, 4, 5] of 0 and 1; per colour: its line stops here; its track leaves right, down, left, up.
        ahead: [B, 36, 4], the letter that the track leaving to that side reaches first, coded as ``letters``.
    """

    patches: Tensor
    letters: Tensor
    flags: Tensor
    ahead: Tensor


@dataclass(frozen=True)
class Batch:
    """Pictures with their cells and their segments, the segments sorted by length into buckets."""

    cells: CellBatch
    buckets: list[Bucket]


class Prompts:
    """Token ids of the parts of a prompt: what stands before the question, the question, and the answer."""

    def __init__(self, processor: Qwen2_5_VLProcessor) -> None:
        """Split the chat template's text at the question."""
        self.tokenizer = processor.tokenizer
        before, self.after = chat(processor, _MARK).split("\n" + _MARK)
        pad = processor.image_token
        self.prefix = torch.tensor(self.tokenizer(before.replace(pad, pad * CELLS**2)).input_ids)
        first = self.prefix.tolist().index(processor.image_token_id)
        self.first_cell = first
        self.letters = {
            self.tokenizer(space + letter).input_ids[0]: letter for letter in LETTERS for space in ("", " ")
        }

    def segment(self, question: str, answer: str, places: Mapping[int, int]) -> Segment:
        """Question and answer with its end token; ``places`` says where tokens that name a station look."""
        asked, told = "\n" + question + self.after, answer + "<|im_end|>"
        parts = [self.tokenizer(text, return_offsets_mapping=True) for text in (asked, told)]
        ids = [*parts[0].input_ids, *parts[1].input_ids]
        ends = [end for _, end in parts[0].offset_mapping]
        ends += [len(asked) + end for _, end in parts[1].offset_mapping]
        first, looks = len(parts[0].input_ids), torch.full((3, len(ids)), -1)
        for at, token in enumerate(ids):
            looks[NAMING, at] = places.get(token, -1)
            if at >= first:
                looks[AIMING, at - 1] = places.get(token, -1)
        for layer, one, other in option_looks(asked, told):
            at, to = bisect_left(ends, one), bisect_left(ends, other)
            looks[layer, at - (layer == AIMING)] = len(self.prefix) + to
        return Segment(ids, first, looks)

    def places(self, transit_map: TransitMap) -> dict[int, int]:
        """For each token that names a station: where in the prefix the image token of its cell stands."""
        at = {name: self.first_cell + row * CELLS + col for name, (col, row) in transit_map.positions}
        return {token: at[letter] for token, letter in self.letters.items() if letter in at}


def chat(processor: Qwen2_5_VLProcessor, question: str) -> str:
    """The prompt text that reinforcement learning uses later: system, then image, newline, question."""
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "\n" + question}]},
    ]
    text: str = processor.apply_chat_template(messages, add_generation_prompt=True)
    return text


def picture(transit_map: TransitMap) -> Tensor:
    """[3, 168, 168] bytes."""
    return torch.from_numpy(np.array(render(transit_map))).permute(2, 0, 1)


def segments(transit_map: TransitMap, mix: Mix, seed: int) -> list[tuple[str, str]]:
    """``mix.size`` pairs of question and answer about one map."""
    pairs = []
    for kind, count in mix.counts.items():
        for record in questions(transit_map, seed, [kind], count) if count else ():
            pairs.append((record["question"], explain(record, transit_map, seed, mix.slip)))
    if mix.options or mix.at_once:
        teacher = LineTeacher(slip=mix.slip, stray=mix.slip / 2, lettered=mix.slip / 2)
        records = line_options(transit_map, seed, per_kind=mix.options + mix.at_once)
        random.Random(derive("options", seed)).shuffle(records)
        for number, record in enumerate(records[: mix.options + mix.at_once]):
            asked = MultipleChoice.from_record(record).text(STYLE)
            if number < mix.options:
                pairs.append((f"{asked}\n{SHORT}", teacher.texts(str(seed), record)[0]))
            else:
                pairs.append((f"{asked}\n{AT_ONCE}", f"<answer>{record['answer']}</answer>"))
    pairs += [directory(transit_map)] * mix.directories
    return pairs + [describe(transit_map)] * (mix.size - len(pairs))


def directory(transit_map: TransitMap) -> tuple[str, str]:
    """An instruction and its full answer, row by row, such as `C: Red. U: Red, Green.`."""
    entries = (
        f"{station}: {', '.join(line.short for line in transit_map.lines_at(station))}."
        for station in transit_map.stations
    )
    return "List every station with its lines.", " ".join(entries)


def option_looks(asked: str, told: str) -> Iterator[tuple[int, int, int]]:
    """Where the first heads look in a question with options and its worked answer: layer, character, character.

    Characters are counted from 1 over both texts. An option looks at its letter, a conclusion at its option, and what
    stands before a letter of the answer at the conclusion that it is for. Conclusions and answers that do not name the
    same options teach nothing. Without a thought an option looks at the first station, a letter at its option.
    """
    options = {found[2]: found for found in _OPTION.finditer(asked)}
    said, at_once = _SAID.search(told), _AT_ONCE.match(told)
    if not options or not (said or at_once):
        return
    for found in options.values():
        yield NAMING, found.end(2), found.end(1)
    if at_once:
        station, lettered = _STATION.search(asked), {found[1]: found for found in options.values()}
        for found in options.values():
            if station:
                yield RELATING, found.end(2), station.end()
        for letter in _LETTER.finditer(told, *at_once.span(1)):
            yield AIMING, len(asked) + letter.end(), lettered[letter[0]].end(2)
    if said:
        letters = list(_LETTER.finditer(told, said.start(2), said.end(2)))
        for place, word in enumerate(_WORD.finditer(told, said.start(1), said.end(1))):
            if word[0] in options:
                yield RELATING, len(asked) + word.end(), options[word[0]].end(2)
                if place < len(letters) and letters[place][0] == options[word[0]][1]:
                    yield AIMING, len(asked) + letters[place].end(), len(asked) + word.end()


def make_batch(prompts: Prompts, mix: Mix, seeds: Sequence[int], num_buckets: int) -> Batch:
    """Maps of these seeds, their pictures and their segments."""
    rows = []
    for seed in seeds:
        transit_map = make_map(seed)
        places = prompts.places(transit_map)
        row = [prompts.segment(*pair, places) for pair in segments(transit_map, mix, seed)]
        rows.append(sorted(row, key=lambda segment: len(segment.ids)))
    size = mix.size // num_buckets
    buckets = [bucket([row[at * size : (at + 1) * size] for row in rows]) for at in range(num_buckets)]
    return Batch(cell_batch(seeds), buckets)


def cell_labels(transit_map: TransitMap) -> tuple[Tensor, Tensor, Tensor]:
    """``letters``, ``flags`` and ``ahead`` of one map."""
    letters = torch.zeros(CELLS, CELLS, dtype=torch.long)
    flags = torch.zeros(CELLS, CELLS, len(COLOUR_LINES), 1 + len(_SIDES))
    ahead = torch.zeros(CELLS, CELLS, len(_SIDES), dtype=torch.long)
    names = [name for name, _ in COLOUR_LINES]
    at = dict(transit_map.positions)
    for station, (col, row) in at.items():
        letters[row, col] = LETTERS.index(station) + 1
    for line in transit_map.lines:
        stops = {at[station] for station in line.stops}
        for col, row in stops:
            flags[row, col, names.index(line.name), 0] = 1
        for path in (line.path, line.path[::-1]):
            reached = 0
            for (to_col, to_row), (col, row) in zip(path[::-1], path[-2::-1], strict=False):
                reached = int(letters[to_row, to_col]) if (to_col, to_row) in stops else reached
                side = _SIDES.index((to_col - col, to_row - row))
                flags[row, col, names.index(line.name), 1 + side] = 1
                ahead[row, col, side] = reached
    return letters.flatten(), flags.flatten(0, 1), ahead.flatten(0, 1)


def cell_batch(seeds: Sequence[int]) -> CellBatch:
    """Maps of these seeds with the labels of their cells."""
    maps = [make_map(seed) for seed in seeds]
    labels = zip(*map(cell_labels, maps), strict=True)
    return CellBatch(to_patches(torch.stack([picture(one) for one in maps])), *(torch.stack(part) for part in labels))


def seeds_for(seed: int, phase: str, step: int, batch: int) -> list[int]:
    """Map seeds of one step; they do not depend on how many steps there are."""
    return [derive("tiny", seed, phase, step, at) for at in range(batch)]


def tokenizer_texts(num_maps: int) -> list[str]:
    """Texts of small maps, and of larger ones whose stations and lines have longer names."""
    texts = []
    for seed in range(num_maps):
        for level, asked in (("tiny", "question"), ("easy", "question_long")):
            if level == "easy" and seed % 6:
                continue
            transit_map = make_map(seed, level)
            texts.append("\n".join(describe(transit_map)))
            for record in questions(transit_map, seed):
                texts.append(f"{record[asked]}\n{explain(record, transit_map, seed)}")
    return texts
