"""Checksums of a checkpoint: what was written is what is read, or the file and the tensor that differ are named."""

from __future__ import annotations

import hashlib
import json
import mmap
import pickle
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmreason.runs.atomic import write_text

FILE = "checksums.json"
"""Size and SHA-256 of every file, as ``sha256sum`` gives it; of every tensor in a safetensors file a CRC-32."""


def write_checksums(folder: Path) -> None:
    """Describe every file of a folder that is complete."""
    files = {str(path.relative_to(folder)): described(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    write_text(folder / FILE, json.dumps(files, indent=1) + "\n")


def described(path: Path) -> dict[str, Any]:
    """Size and hash of a file, and of the tensors in it."""
    told: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    return told | ({"tensors": tensor_sums(path)} if path.suffix == ".safetensors" else {})


def sha256(path: Path) -> str:
    """Hash a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage(folder: Path) -> str | None:
    """Say what of a checkpoint is not as it was written, in half a line; None where everything is."""
    try:
        files: dict[str, dict[str, Any]] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        found = (wrong_file(folder / name, told) for name, told in files.items())
        return next((wrong for wrong in found if wrong is not None), None)
    except FileNotFoundError:
        return f"{FILE} is missing: the folder is incomplete, or was written by another version"
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        return f"{FILE} cannot be read ({type(error).__name__})"


def wrong_file(path: Path, told: dict[str, Any]) -> str | None:
    """Say how a file differs from what was written."""
    name = f"{path.parent.name}/{path.name}" if path.suffix == ".safetensors" else path.name
    try:
        size = path.stat().st_size
        if size == told["bytes"] and sha256(path) == told["sha256"]:
            return None
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"
    cut = f" ({size} bytes, written were {told['bytes']})" if size != told["bytes"] else ""
    return f"{name} is damaged or was exchanged{cut}{where(path, told)}"


def where(path: Path, told: dict[str, Any]) -> str:
    """Name tensors that differ, where the file can still be taken apart."""
    try:
        if "tensors" in told:
            return differing(told["tensors"], tensor_sums(path))
        return in_archive(path) if path.suffix == ".pt" else ""
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, pickle.UnpicklingError, zipfile.BadZipFile):
        return ""


def differing(before: dict[str, str], now: dict[str, str]) -> str:
    """Name tensors that are missing, new or changed."""
    kinds = {
        "missing": [name for name in before if name not in now],
        "new": [name for name in now if name not in before],
        "changed": [name for name in before if name in now and before[name] != now[name]],
    }
    return "".join(f"; {kind}: {short(names)}" for kind, names in kinds.items() if names)


def short(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    return f"tensor {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def tensor_sums(path: Path) -> dict[str, str]:
    """CRC-32 of each tensor's bytes in a safetensors file.

    Raises:
        ValueError: its header is damaged or the file cut off.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as at:
        begin = 8 + int.from_bytes(at[:8], "little")
        header = json.loads(bytes(at[8:begin]))
        sums = {}
        for name, told in header.items():
            if name != "__metadata__":
                first, last = (begin + offset for offset in told["data_offsets"])
                if last > len(at):
                    raise ValueError(f"{path} is cut off")
                with at[first:last] as piece:
                    sums[name] = f"{zlib.crc32(piece):08x}"
        return sums


def in_archive(path: Path) -> str:
    """Name the first tensor of a file of ``torch.save`` that does not match the archive's own checksums."""
    with zipfile.ZipFile(path) as archive:
        record = archive.testzip()
    if record is None or not record.rpartition("/")[2].isdigit():
        return ""
    data = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    memories: dict[int, str] = {}
    for name, tensor in tensors(data):
        memories.setdefault(tensor.untyped_storage()._cdata, name)
    return f"; changed: tensor {list(memories.values())[int(record.rpartition('/')[2])]}"


def tensors(value: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """All tensors of nested containers with the keys that lead to them, in the order in which they are written."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, dict | list | tuple):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from tensors(item, f"{name}.{key}" if name else str(key))
