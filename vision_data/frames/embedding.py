"""Calling what turns frames and words into vectors, and checking what comes back.

An embedding is a function of a module, or a frozen dataclass that can be called: a selector that holds it is part of
what a prompt is, so it must compare, hash, pickle and print the same in every process. It is called with frames
``[N, h, w, 3]`` of uint8 and gives ``[N, D]`` numbers; a selector with a query also calls it with a list of texts,
which gives one row for each text in the same space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from vision_data.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Embed = Callable[[Any], Any]


def check_embed(owner: str, embed: object) -> None:
    """Refuse an embedding that is not a value.

    Raises:
        MediaError: it is neither a function of a module nor a frozen dataclass that can be called.
    """
    if isinstance(embed, FunctionType):
        if "<" in embed.__qualname__:
            raise MediaError(
                f"{owner}: embed is {embed.__qualname__}, which has no name that another process can find; "
                "define it at the top of a module, or give a frozen dataclass with __call__"
            )
        return
    params = getattr(type(embed), "__dataclass_params__", None)
    if params is None or not params.frozen or not callable(embed) or isinstance(embed, type):
        raise MediaError(
            f"{owner}: embed is a {type(embed).__name__}, expected a function of a module or a frozen dataclass "
            "with __call__"
        )


def named(value: object) -> str:
    """Write a field of a selector; a function by its name, which unlike its ``repr`` is the same in every process."""
    return f"{value.__module__}.{value.__qualname__}" if isinstance(value, FunctionType) else repr(value)


def written(selector: Any) -> str:
    """Write a selector with all its fields, functions by name."""
    assert is_dataclass(selector)
    told = ", ".join(f"{f.name}={named(getattr(selector, f.name))}" for f in fields(selector) if f.repr)
    return f"{type(selector).__qualname__}({told})"


def embedded(embed: Embed, inputs: Any) -> npt.NDArray[np.float64]:
    """Embed N frames or N texts as rows ``[N, D]``.

    Raises:
        MediaError: what came back is not N rows of finite numbers.
    """
    import numpy as np

    given = embed(inputs)
    rows = np.asarray(given.detach().cpu().float() if hasattr(given, "detach") else given)
    if rows.ndim != 2 or len(rows) != len(inputs) or rows.dtype.kind not in "fiu" or not np.isfinite(rows).all():
        raise MediaError(
            f"{named(embed)} gave an array {list(rows.shape)} of {rows.dtype} for {len(inputs)} inputs, "
            f"expected [{len(inputs)}, D] finite numbers"
        )
    return np.asarray(rows, np.float64)


def unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Divide each row of ``[N, D]`` by its length; a row of zeros stays one."""
    import numpy as np

    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0))


def similarities(embed: Embed, frames: Any, query: str) -> npt.NDArray[np.float64]:
    """Cosine of each frame with the query: ``[N]`` in -1 to 1.

    Raises:
        MediaError: see ``embedded``, or frames and texts have vectors of different lengths.
    """
    import numpy as np

    seen, said = embedded(embed, frames), embedded(embed, [query])
    if seen.shape[1] != said.shape[1]:
        raise MediaError(
            f"{named(embed)} gave {seen.shape[1]} numbers for a frame and {said.shape[1]} for a text, "
            "expected vectors of one space"
        )
    # Rounded, so that frames with equal pixels tie whatever the order in which a library adds.
    return np.asarray((unit(seen) @ unit(said)[0]).round(12))
