"""Processed media on the host, by content hash, within a byte budget; and vision features while they stay valid."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from torch import Tensor


class MediaStore:
    """Least recently used entries leave when the budget is exceeded; whoever needs one again brings it back.

    Rows and buffers carry hashes only, so pixels live here once, however many completions refer to them.
    """

    def __init__(self, max_bytes: int = 4 << 30) -> None:
        self.max_bytes = max_bytes
        self.num_bytes = 0
        self.entries: OrderedDict[Hashable, Tensor] = OrderedDict()

    def find(self, key: Hashable) -> Tensor | None:
        """Give the entry if it is here, and count it as used."""
        if key not in self.entries:
            return None
        self.entries.move_to_end(key)
        return self.entries[key]

    def get(self, key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """Give the entry, made anew where it is missing. One larger than the whole budget is not kept."""
        found = self.find(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found

    def put(self, key: Hashable, value: Tensor) -> None:
        """Keep an entry, letting the oldest go until it fits."""
        if key in self.entries:
            self.num_bytes -= size_of(self.entries.pop(key))
        if size_of(value) > self.max_bytes:
            return
        self.entries[key] = value
        self.num_bytes += size_of(value)
        while self.num_bytes > self.max_bytes:
            _, gone = self.entries.popitem(last=False)
            self.num_bytes -= size_of(gone)

    def drop(self, stale: Callable[[Hashable], bool]) -> None:
        """Let go of what nobody will ask for again."""
        for key in [key for key in self.entries if stale(key)]:
            self.num_bytes -= size_of(self.entries.pop(key))

    def __contains__(self, key: Hashable) -> bool:
        return key in self.entries


def size_of(value: Tensor) -> int:
    """Bytes of a tensor."""
    return value.numel() * value.element_size()
