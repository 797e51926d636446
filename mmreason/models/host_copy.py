"""Copies of weights and states in the host's memory, to be written while the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

V = TypeVar("V")


def on_host(state: V) -> V:
    """Copy nested dictionaries, lists and tuples with all tensors in them; nothing that changes later shows in it.

    Tensors that share memory, such as tied weights, share that of the copy, so that what is written is the same.
    """
    return Copies().of(state)  # type: ignore[no-any-return]


class Copies:
    """Remembers the memory that was copied already."""

    def __init__(self) -> None:
        self.storages: dict[int, tuple[Any, Any]] = {}
        """The original is held, so that its address is not given to another meanwhile."""

    def of(self, value: Any) -> Any:
        """The copy of a value; what is neither a container nor a tensor is given as it is."""
        if isinstance(value, Tensor):
            return self.tensor(value)
        if isinstance(value, Mapping):
            return {key: self.of(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.of(item) for item in value)
        return value

    def tensor(self, value: Tensor) -> Tensor:
        """The same window of the copied memory."""
        storage = value.detach().untyped_storage()
        _, copied = self.storages.setdefault(storage._cdata, (storage, None))
        if copied is None:
            copied = storage.clone() if value.device.type == "cpu" else storage.cpu()
            self.storages[storage._cdata] = storage, copied
        window = torch.empty(0, dtype=value.dtype)
        return window.set_(copied, value.storage_offset(), value.size(), value.stride())
