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

    def get(self, key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """Give the entry, made anew where it is missing. One larger than the whole budget is not kept."""
        if key in self.entries:
            self.entries.move_to_end(key)
            return self.entries[key]
        made = make()
        self.put(key, made)
        return made

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

    def __contains__(self, key: Hashable) -> bool:
        return key in self.entries


def size_of(value: Tensor) -> int:
    """Bytes of a tensor."""
    return value.numel() * value.element_size()
