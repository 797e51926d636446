"""Frames into one array, each resized as it comes, while the next one is being decoded."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vision_data.errors import MediaError

Frames = npt.NDArray[np.uint8]
Size = Callable[[tuple[int, ...]], tuple[int, int]]
T = TypeVar("T")

# Frames decoded and not yet resized: enough to even out frames that are slow to decode.
_WAITING = 6


def stack(frames: Iterable[tuple[int, Frames]], count: int, size: Size | None, name: str) -> tuple[list[int], Frames]:
    """Put frames into one array.

    Args:
        frames: numbers and frames ``[H, W, 3]`` of uint8.
        count: frames there are at most.
        size: tells the height and width that frames of a shape get; None leaves them as they are.
        name: the video, for messages.

    Returns:
        The numbers that came, and the frames ``[T, h, w, 3]``.

    Raises:
        MediaError: no frame came, or they differ in size.
    """
    rows, numbers, shape = np.empty((0, 1, 1, 3), np.uint8), list[int](), (0, 0, 3)
    for number, frame in frames if size is None else ahead(frames):
        if not numbers:
            shape = frame.shape
            height, width = shape[:2] if size is None else size(shape)
            rows = np.empty((count, height, width, 3), np.uint8)
        if frame.shape != shape:
            raise MediaError(
                f"{name}: frame {number} has {frame.shape[1]}x{frame.shape[0]} pixels and "
                f"the first {shape[1]}x{shape[0]}; "
                "expected frames of one size"
            )
        resize(frame, into=rows[len(numbers)])
        numbers.append(number)
    if not numbers:
        raise MediaError(f"{name} gave none of the {count} chosen frames; write the video again")
    return numbers, rows[: len(numbers)]


def resize(frame: Frames, into: Frames) -> None:
    """Resize as qwen-vl-utils does, to the bit: bicubic with antialiasing in single precision, then rounded."""
    if frame.shape == into.shape:
        into[...] = frame
        return
    import torch

    # What is done to each number alone is left to numpy: torch would wake its threads for every step.
    planes = torch.from_numpy(frame.astype(np.float32)).permute(2, 0, 1)[None]
    sized = torch.nn.functional.interpolate(planes, into.shape[:2], mode="bicubic", antialias=True)[0].numpy()
    np.rint(sized, out=sized)
    into[...] = np.clip(sized, 0, 255, out=sized).transpose(1, 2, 0)


def ahead(items: Iterable[T], waiting: int = _WAITING) -> Generator[T]:
    """Take items in a thread of their own, a few before they are asked for; an error comes out in its place.

    The thread has ended when this generator has, however it ends.
    """
    queue: Queue[tuple[bool, object]] = Queue(waiting)
    stopped = Event()

    def put(more: bool, item: object) -> None:
        while not stopped.is_set():
            try:
                return queue.put((more, item), timeout=0.1)
            except Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(True, item)
                if stopped.is_set():
                    return
            put(False, None)
        except BaseException as error:  # it is raised again, in the thread of who asked
            put(False, error)

    worker = Thread(target=work, name="vision_data frames", daemon=True)
    worker.start()
    try:
        while True:
            more, item = queue.get()
            if not more:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        worker.join()
