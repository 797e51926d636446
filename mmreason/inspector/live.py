"""Asks a live checkpoint: completions as they grow, token by token, and the whole group at the end."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from mmreason.errors import RecipeError
from mmreason.inspector.model import CompletionView
from mmreason.parsing.spans import find_spans
from vision_data.errors import MediaError
from vision_data.frames import (
    Clusters,
    FarthestPoint,
    Fps,
    FrameSelector,
    KeyFrames,
    MotionEnergy,
    SceneChange,
    Sharpest,
    Thumbnail,
    TimeFocus,
    Uniform,
)
from vision_data.media import Image, Media, Video
from vision_data.messages import Prompt, user

if TYPE_CHECKING:
    from mmreason.models.policy import LanguageModel
    from mmreason.models.sampler import Live
    from mmreason.models.specs import Policy
    from mmreason.types import Completion, Task

EVERY = 0.12
"""Seconds between two looks at completions that grow."""
MOST_NUM, MOST_TOKENS, MOST_FRAMES = 16, 2048, 64
MOST_PIXELS, MOST_FRAME_PIXELS, MOST_SECONDS = 40_000_000, 4096 * 2304, 3600.0
"""Of an uploaded picture, of one frame of a video, and its length."""

Find: TypeAlias = "Callable[[str], tuple[Policy, Path | None]]"
"""From what somebody calls a checkpoint to the model and the folder of an adapter that is laid over it."""

SELECTORS = {
    "evenly spaced": lambda num, start, end: Uniform(num),
    "frames per second": lambda num, start, end: Fps(2.0, 2, max(num, 2)),
    "key frames": lambda num, start, end: KeyFrames(num),
    "scene changes": lambda num, start, end: SceneChange(num),
    "motion": lambda num, start, end: MotionEnergy(num),
    "sharpest": lambda num, start, end: Sharpest(num),
    "most different": lambda num, start, end: FarthestPoint(num, embed=Thumbnail()),
    "most typical": lambda num, start, end: Clusters(num, embed=Thumbnail()),
    "around a time": lambda num, start, end: TimeFocus(start, end, num),
}
"""Ways to choose frames that need no further model."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked, and how.

    Attributes:
        task: prompt with media, and the answer where there is one.
        num: completions.
        limit: longest completion in tokens.
        temperature: 0 is greedy.
        seed: of the samples.
    """

    task: Task
    num: int = 4
    limit: int = 128
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would take the machine away."""
        if not 1 <= self.num <= MOST_NUM:
            raise RecipeError(f"completions: expected 1 to {MOST_NUM}, got {self.num}")
        if not 1 <= self.limit <= MOST_TOKENS:
            raise RecipeError(f"tokens: expected 1 to {MOST_TOKENS}, got {self.limit}")
        if not 0 <= self.temperature <= 5:
            raise RecipeError(f"temperature: expected 0 to 5, got {self.temperature}")


@dataclass
class Desk:
    """Holds the one checkpoint that is loaded, and lets it answer one question at a time.

    Args:
        find: what a name means.
    """

    find: Find
    lock: threading.Lock = field(default_factory=threading.Lock)
    spec: tuple[Policy, Path | None] | None = None
    part: LanguageModel | None = None

    def model(self, name: str) -> LanguageModel:
        """Load a checkpoint, unless it is the one that is there.

        Raises:
            MMReasonError: there is none, or it cannot be loaded.
        """
        spec = self.find(name)
        with self.lock:
            if self.part is None or spec != self.spec:
                self.part, self.spec = None, None
                gc.collect()  # the old one goes before the new one comes
                self.part, self.spec = loaded(*spec), spec
            return self.part

    def stream(self, part: LanguageModel, ask: Ask) -> Iterator[tuple[CompletionView, ...] | list[Completion]]:
        """Give the completions as they grow, a few times a second, and at last the whole ones.

        Whoever stops asking stops the model.

        Raises:
            MMReasonError: the prompt cannot be answered.
        """
        told: SimpleQueue[tuple[CompletionView, ...] | list[Completion] | BaseException] = SimpleQueue()
        watch = Watch(part, told.put, self.lock)
        threading.Thread(target=watch.run, args=(ask,), name="live", daemon=True).start()
        try:
            while True:
                found = told.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
                if isinstance(found, list):
                    return
        finally:
            watch.stop.set()


def loaded(spec: Policy, adapter: Path | None) -> LanguageModel:
    """Load a model that never learns."""
    from mmreason.asks import POLICY
    from mmreason.run import Run

    run = Run(models={})
    run.models[POLICY] = part = spec.open(run)
    if adapter is not None:
        part.load(adapter)
    part.core.requires_grad_(False)
    return part


class Watch:
    """Runs the sampler in a thread of its own and tells how far it is.

    The thread holds the lock, and not whoever looks on: he may go away without a word.
    """

    def __init__(
        self,
        part: LanguageModel,
        put: Callable[[tuple[CompletionView, ...] | list[Completion] | BaseException], None],
        lock: threading.Lock | None = None,
    ) -> None:
        self.part, self.put, self.lock = part, put, lock or threading.Lock()
        self.stop = threading.Event()
        self.last = 0.0

    def run(self, ask: Ask) -> None:
        """Sample; an error is told as any other outcome, for whoever waits in another thread."""
        try:
            with self.lock:
                self.put(self.sample(ask))
        except BaseException as error:
            self.put(error)

    def sample(self, ask: Ask) -> list[Completion]:
        """Answer as ``LanguageModel.answer`` does, and listen."""
        from mmreason.asks import POLICY, Generate, Sampling
        from mmreason.models.sampler import generate

        part, how = self.part, Sampling(ask.temperature)
        request = Generate(POLICY, ask.task.prompt, num=ask.num, limit=ask.limit, sampling=how, seed=ask.seed)
        with part.runner.precision(), part.weights():
            part.mode(learns=False)
            return generate(part.runner, [request], part.eos, self.told)[0]

    def told(self, rows: Sequence[Live]) -> None:
        """Show the rows now and then; end them where nobody looks any more."""
        if self.stop.is_set():
            for row in rows:
                row.done = True
        elif time.monotonic() - self.last >= EVERY:
            detokenise = self.part.runner.encoder.detokenise
            self.put(tuple(growing(row.number, detokenise(row.tokens)[0], len(row.tokens), row.done) for row in rows))
            self.last = time.monotonic()


def growing(number: int, text: str, tokens: int, done: bool) -> CompletionView:
    """One completion on its way; a think block that is not closed yet goes to the end."""
    thoughts, answers = find_spans(text, "think"), find_spans(text, "answer")
    answer = answers[-1] if answers else None
    think = thoughts[0] if thoughts else None
    if think and answer and think[0] < answer[0] < think[1]:
        think = (think[0], answer[0] - len("<answer>"))
    return CompletionView(number, text, think, answer, finish="stop" if done else "", tokens=tokens)


def prompt_of(media: Sequence[Media], question: str) -> Prompt:
    """One message: the media, then the question.

    Raises:
        RecipeError: nothing is asked.
    """
    if not question.strip():
        raise RecipeError("type a question first")
    return (user(*media, question.strip()),)


def selector(name: str, num: float, start: float = 0.0, end: float = 0.0) -> FrameSelector:
    """Make a frame selector from what was chosen.

    Raises:
        MediaError: a number is out of range.
    """
    if name not in SELECTORS:
        raise MediaError(f"no frame selector {name!r}; there are {', '.join(SELECTORS)}")
    if not 1 <= num <= MOST_FRAMES:
        raise MediaError(f"frames: expected 1 to {MOST_FRAMES}, got {num:g}")
    made: FrameSelector = SELECTORS[name](int(num), start, max(end, start))  # type: ignore[no-untyped-call]
    return made


def medium_of(path: str, frames: FrameSelector) -> Media:
    """Look at an uploaded file: a picture, or a video whose frames will be chosen.

    Raises:
        MediaError: it is neither, damaged, or too large to be looked at safely.
    """
    try:
        return Image(path) if is_picture(path) else video_of(path, frames)
    except MediaError as error:
        raise MediaError(str(error).replace(path, Path(path).name)) from None  # where it lies is nobody's business


def is_picture(path: str) -> bool:
    """Decode a picture and say that it is one; an animation is a video, and so may be what is no picture.

    Raises:
        MediaError: it is a picture that is damaged or too large.
    """
    import PIL.Image

    from vision_data.image import Limits, load_image

    try:
        load_image(path, limits=Limits(max_pixels=MOST_PIXELS))
    except MediaError as error:
        if "is not an image" in str(error):
            return False
        raise
    with PIL.Image.open(path) as picture:
        return not getattr(picture, "is_animated", False)


def video_of(path: str, frames: FrameSelector) -> Video:
    """Look at a video without decoding more than its first frame.

    Raises:
        MediaError: it is none, or larger or longer than is taken.
    """
    from vision_data.video import probe_video

    video = Video(path, frames)
    info = probe_video(video)
    if info.width * info.height > MOST_FRAME_PIXELS or info.duration > MOST_SECONDS:
        raise MediaError(
            f"{path}: {info.width}x{info.height} pixels and {info.duration:.0f} s, expected at most "
            f"{MOST_FRAME_PIXELS} pixels a frame and {MOST_SECONDS:.0f} s; make it smaller or shorter"
        )
    return video
