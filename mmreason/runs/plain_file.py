"""Files of plain containers and tensors: written atomically, read without running anything that stands in them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from mmreason.errors import CheckpointError
from mmreason.runs.atomic import new_file, refusal


def write_plain(path: Path, data: dict[str, Any]) -> None:
    """Write dictionaries, lists, tuples, numbers, texts, None and tensors.

    Raises:
        OSError: the disk is full or refuses.
    """
    with new_file(path) as draft:
        try:
            with open(draft, "wb") as file:
                torch.save(data, file)
        except RuntimeError as error:  # torch hides what the system said
            raise refusal(error) or error from None


def read_plain(path: Path) -> dict[str, Any]:
    """Read what ``write_plain`` wrote; tensors come to the CPU.

    Raises:
        CheckpointError: the file is missing, cut off, damaged, or holds more than plain data.
    """
    try:
        data = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist; the folder it belongs to is incomplete") from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, pickle.UnpicklingError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise CheckpointError(
            f"{path} ({size} bytes) cannot be read: it is cut off, damaged or no file of ours "
            f"({type(error).__name__}); use an older checkpoint or buffer"
        ) from None
    if not isinstance(data, dict):
        raise CheckpointError(f"{path} holds a {type(data).__name__}, expected a dictionary; it is no file of ours")
    return data
