"""What the inspector shows, as plain values: nothing here reads a file, knows HTML or needs PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mmreason.inspector.permalink import InspectorError, SampleKey
from mmreason.inspector.table import FLAGS, SORTS, Change, Curve, Exam, Flag, Query, Row, RunInfo, Sort

__all__ = [
    "FLAGS", "NAN", "SORTS", "Box", "BoxMark", "Change", "CompletionView", "Curve", "Exam", "Extra", "Flag",
    "InspectorError", "Line", "Medium", "Picture", "Query", "Row", "RunInfo", "SampleKey", "SampleView", "Sort",
    "TermValue", "Track",
]  # fmt: skip

NAN = float("nan")
"""Not measured."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """One picture or one frame of a video.

    Attributes:
        path: below the run's folder, with ``/``; empty where there is no file that may be shown.
        width: in pixels; 0 for unknown.
        height: in pixels; 0 for unknown.
        label: what it is called, or why it cannot be shown.
        second: of a frame, from the start of its video; None for a picture.
        reason: why a selector chose the frame.
    """

    path: str
    width: int = 0
    height: int = 0
    label: str = ""
    second: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Medium:
    """An image, or a video as the frames that were chosen.

    Attributes:
        kind: image or video.
        pictures: one of an image; the chosen frames of a video in order of time.
        selector: who chose the frames, with its settings.
        source: the video's file below the run's folder, where it is one; else its name.
        seconds: length of the video.
        note: what is unusual, such as frames that are not kept.
    """

    kind: Literal["image", "video"]
    pictures: tuple[Picture, ...] = ()
    selector: str = ""
    source: str = ""
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True)
class TermValue:
    """A reward term's value for a completion (NaN: not measured) and the weight it had at that step."""

    name: str
    weight: float
    value: float


@dataclass(frozen=True)
class Track:
    """One number a token, NaN where none was measured.

    Attributes:
        name: logprob, entropy, weight, credit, ratio, or a probe's own.
        values: as many as the completion has tokens.
        unit: of the values, such as nats.
    """

    name: str
    values: tuple[float, ...]
    unit: str = ""


@dataclass(frozen=True)
class BoxMark:
    """A box that a completion names.

    Attributes:
        numbers: (x0, y0, x1, y1) in shares of the picture's sides, 0 to 1.
        picture: number of the picture, counted over all media of the sample.
        phrase: (start, end) characters of the text that mention it; None for a gold box.
        colour: number of the colour; a gold box has -1.
    """

    numbers: Box
    picture: int = 0
    phrase: tuple[int, int] | None = None
    colour: int = 0


@dataclass(frozen=True)
class Line:
    """A polyline on a picture, such as a planned route.

    Attributes:
        points: (x, y) in shares of the picture's sides.
        labels: of the points, as many, or none.
        picture: number of the picture, counted over all media of the sample.
        name: such as the name of the transit line.
        gold: belongs to the right answer, not to the completion.
    """

    points: tuple[tuple[float, float], ...]
    labels: tuple[str, ...] = ()
    picture: int = 0
    name: str = ""
    gold: bool = False


@dataclass(frozen=True)
class Extra:
    """What a method measured about a completion, beside its rewards.

    Attributes:
        kind: second_pass (ACRE), likelihood (CARE), listener, table (charts), route (RewardMap), judge, or another.
        title: a heading for people.
        text: free text, such as the second answer.
        table: rows of cells, the first row is the heading.
        numbers: by name; NaN where not measured.
        points: single points (x, y) in shares of the first picture's sides.
        lines: polylines on a picture.
        agrees: whether it says the same as the completion's own answer; None where that cannot be told.
    """

    kind: str
    title: str
    text: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    points: tuple[tuple[float, float], ...] = ()
    lines: tuple[Line, ...] = ()
    agrees: bool | None = None


@dataclass(frozen=True)
class CompletionView:
    """One completion with everything that is known of it.

    Attributes:
        number: in its group, from 0.
        text: as written.
        think: (start, end) characters of the inside of the think block; None without one.
        answer: (start, end) characters of the inside of the answer block; None without one.
        finish: stop, length, or what the rollout noted.
        tokens: written.
        arm: of the rollout, such as a prompt variant; empty for the only one.
        asked: the prompt, where this completion was asked otherwise than the group.
        rewards: by term, in the recipe's order.
        total: sum of weight times value.
        advantage: mean credit over its tokens; NaN where nothing was learned.
        logprob: mean over the written tokens, when they were sampled.
        token_ends: for each token the character at which it ends; empty where unknown.
        tracks: one number a token each.
        boxes: that the text names.
        extras: what methods measured.
        skipped: the thought is there and empty (TON).
        right: 1 right, 0 wrong, NaN unknown.
    """

    number: int
    text: str
    think: tuple[int, int] | None = None
    answer: tuple[int, int] | None = None
    finish: str = ""
    tokens: int = 0
    arm: str = ""
    asked: str = ""
    rewards: tuple[TermValue, ...] = ()
    total: float = NAN
    advantage: float = NAN
    logprob: float = NAN
    token_ends: tuple[int, ...] = ()
    tracks: tuple[Track, ...] = ()
    boxes: tuple[BoxMark, ...] = ()
    extras: tuple[Extra, ...] = ()
    skipped: bool = False
    right: float = NAN


@dataclass(frozen=True)
class SampleView:
    """A group: one question with its media and all its completions.

    Attributes:
        key: of the sample.
        question: the prompt's text.
        answer: the gold one, or None.
        media: in the prompt's order.
        completions: in the rollout's order.
        kind: type of the task, such as the question type; empty for none.
        record: further fields of the task's record, as text (options, gold boxes, the planned route).
        statistics: of the group: num, mean, std, least, most (of the totals), right (share), answers (different ones),
            length_mean, length_max (tokens), truncated (share), logprob (mean).
        gold_boxes: boxes of the right answer.
        gold_lines: routes of the right answer.
        options: texts of the options of a multiple-choice question.
        extras: what belongs to the question, such as the chart's own table.
        stage_step: of the stage.
        when: before or after, in an exam.
        flags: as in the row.
        warnings: what could not be read, one text each.
    """

    key: SampleKey
    question: str
    answer: str | None = None
    media: tuple[Medium, ...] = ()
    completions: tuple[CompletionView, ...] = ()
    kind: str = ""
    record: Mapping[str, str] = field(default_factory=dict)
    statistics: Mapping[str, float] = field(default_factory=dict)
    gold_boxes: tuple[BoxMark, ...] = ()
    gold_lines: tuple[Line, ...] = ()
    options: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    stage_step: int = 0
    when: str = ""
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures in order: what ``BoxMark.picture`` and ``Line.picture`` count."""
        return tuple(picture for medium in self.media for picture in medium.pictures)
