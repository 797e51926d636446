"""The group-packed row: ``[prompt | c1 | ... | cG | next prompt | ...]``.

Each completion attends to its prompt and to itself, and its positions start right after the prompt's, so its keys and
values are those that a row of its own would have; the prompt, and its media, are run once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.models.encoded import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One prompt and its rows within the packed row."""

    start: int
    """Where the prompt starts."""
    prompt: int
    """P, tokens of the prompt."""
    lengths: tuple[int, ...]
    """Tokens of each row."""
    index: Tensor
    """[R, C] packed position of each row token, padded with the row's own first token."""
    alive: Tensor
    """[R, C] False on padding."""

    def ends(self) -> list[int]:
        """Packed position of each row's last token; the prompt's last for an empty row."""
        out, at = [], self.start + self.prompt
        for length in self.lengths:
            out.append((at + length if length else self.start + self.prompt) - 1)
            at += length
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A packed row, ready for the language model."""

    ids: Tensor
    """[T] int64."""
    positions: Tensor
    """[3, T] int64."""
    blocks: tuple[Block, ...]
    encoded: tuple[Encoded, ...]
    """The prompts, one per block."""

    @property
    def num_prompt_tokens(self) -> int:
        """Tokens of all prompts."""
        return sum(b.prompt for b in self.blocks)

    @property
    def num_row_tokens(self) -> int:
        """Tokens of all rows."""
        return sum(sum(b.lengths) for b in self.blocks)

    @property
    def num_logical_tokens(self) -> int:
        """Tokens that rows with a prompt of their own would have."""
        return sum(b.prompt * max(len(b.lengths), 1) + sum(b.lengths) for b in self.blocks)


def pack(work: Sequence[tuple[Encoded, Sequence[Tensor]]]) -> Packed:
    """Lay prompts and their rows side by side.

    Args:
        work: for each prompt its rows, each [C] int64; a row may be empty, and a prompt may have none.
    """
    ids, positions, blocks, at = [], [], [], 0
    for encoded, rows in work:
        ids.append(encoded.ids)
        positions.append(encoded.positions)
        start, at = at, at + len(encoded)
        lengths = tuple(len(row) for row in rows)
        longest = max(lengths, default=0)
        index, alive = torch.zeros(len(rows), longest, dtype=torch.long), torch.zeros(len(rows), longest).bool()
        for r, row in enumerate(rows):
            ids.append(row)
            positions.append((encoded.next_position + torch.arange(len(row))).expand(3, -1))
            index[r, : len(row)] = torch.arange(at, at + len(row))
            index[r, len(row) :] = start
            alive[r, : len(row)] = True
            at += len(row)
        blocks.append(Block(start, len(encoded), lengths, index, alive))
    return Packed(torch.cat(ids), torch.cat(positions, 1), tuple(blocks), tuple(e for e, _ in work))
