"""From token ids to text with character offsets, exact for byte-level and SentencePiece tokenizers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

SPACE = "▁"
"""What tokenizers of the SentencePiece kind write for a space."""
BYTE = re.compile(r"<0x([0-9A-F]{2})>")


@lru_cache(maxsize=1)
def byte_of_symbol() -> dict[str, int]:
    """The printable symbols that byte-level BPE writes for the 256 bytes, turned around."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = {chr(b): b for b in printable}
    for n, b in enumerate(b for b in range(256) if b not in printable):
        symbols[chr(256 + n)] = b
    return symbols


def kind_of(tokenizer: Any) -> tuple[bool, bool]:
    """Say whether a tokenizer writes signs for spaces, and whether it takes the first space of a text away.

    Its decoder tells; where it shows none, its vocabulary does.
    """
    if "ByteLevel" in repr(getattr(getattr(tokenizer, "backend_tokenizer", None), "decoder", None)):
        return False, False
    word = min((token for token in tokenizer.get_vocab() if token[:1] == SPACE and len(token) > 1), default=None)
    if word is None:
        return False, False
    found = tokenizer.decode([tokenizer.convert_tokens_to_ids(word)])
    return SPACE not in found, not found.startswith(" ")


class Detokeniser:
    """Text and offsets of completions; special tokens have no text.

    Byte-level tokenizers (GPT-2, Qwen, Llama 3) write every byte as a symbol. Those of the SentencePiece kind (Llama 2,
    Mistral, Gemma) write a space as a sign and bytes of rare characters as ``<0x0A>``; many of them put a space in
    front of a text, which is taken away again where the text begins.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        added: dict[int, Any] = tokenizer.added_tokens_decoder
        self.special = {*tokenizer.all_special_ids, *(number for number, token in added.items() if token.special)}
        self.known: dict[int, bytes] = {}
        self.signs, self.strips = kind_of(tokenizer)

    def bytes_of(self, token: int) -> bytes:
        """Bytes of one token."""
        if token not in self.known:
            self.known[token] = self.look_up(token)
        return self.known[token]

    def look_up(self, token: int) -> bytes:
        """Ask the tokenizer; added tokens are stored as plain text, the others in byte symbols."""
        if token in self.special:
            return b""
        symbol = self.tokenizer.convert_ids_to_tokens(token)
        if symbol is None:
            return b""
        if symbol in self.tokenizer.get_added_vocab():
            return str(symbol).encode()
        if self.signs:
            rare = BYTE.fullmatch(symbol)
            return bytes.fromhex(rare[1]) if rare else str(symbol).replace(SPACE, " ").encode()
        table = byte_of_symbol()
        return bytes(table[s] for s in symbol) if all(s in table for s in symbol) else str(symbol).encode()

    def __call__(self, ids: Sequence[int]) -> tuple[str, tuple[int, ...]]:
        """Give the text, and for each token the number of characters before it, plus the length of the text.

        A character whose bytes are spread over several tokens belongs to the token that completes it. Bytes that are
        no UTF-8 become replacement characters, as in ``tokenizer.decode``.
        """
        pieces = [self.bytes_of(i) for i in ids]
        first = next((n for n, piece in enumerate(pieces) if piece), None) if self.strips else None
        if first is not None:
            pieces[first] = pieces[first].removeprefix(b" ")
        offsets, seen, waiting, text = [0], 0, b"", ""
        for piece in pieces:
            waiting += piece
            whole = complete_prefix(waiting)
            text += waiting[:whole].decode("utf-8", errors="replace")
            waiting = waiting[whole:]
            seen = len(text)
            offsets.append(seen)
        if waiting:
            text += waiting.decode("utf-8", errors="replace")
            offsets[-1] = len(text)
        return text, tuple(offsets)


def complete_prefix(data: bytes) -> int:
    """How many leading bytes end at a character border: only a cut-off last character waits for more."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        need = 2 if byte & 0xE0 == 0xC0 else 3 if byte & 0xF0 == 0xE0 else 4 if byte & 0xF8 == 0xF0 else 1
        return len(data) - back if need > back else len(data)
    return len(data)
