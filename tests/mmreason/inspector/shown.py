"""Model objects with one text in every place where a text can stand, and what a page may consist of."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from mmreason.inspector.model import (
    BoxMark,
    Change,
    CompletionView,
    Curve,
    Exam,
    Extra,
    Line,
    Medium,
    Picture,
    Row,
    RunInfo,
    SampleKey,
    SampleView,
    TermValue,
    Track,
)
from mmreason.inspector.views import (
    show_card,
    show_changes,
    show_curves,
    show_pair,
    show_run,
    show_runs,
    show_sample,
    show_table,
)

TAG = re.compile(r'</?([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)>')
ATTRIBUTE = re.compile(r' ([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?')
TAGS = frozenset(
    re.findall(
        r"\S+",
        "a article b blockquote circle dd details div dl dt figcaption figure h1 h2 h3 h4 h5 header i img "
        "input label li line mark ol p path polygon polyline pre rect section small span summary sup svg "
        "table tbody td text th thead title tr ul use ",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"\S+",
        "alt aria-current aria-hidden aria-label checked class cx cy d data-label data-sample decoding dir "
        "for height href id loading name overflow points preserveAspectRatio r role rx scope src tabindex "
        "text-anchor title transform type viewBox width x x1 x2 y y1 y2 ",
    )
)
VOID = {"img", "input"}


def completion(text: str = "a", number: int = 0) -> CompletionView:
    """A completion with every field filled."""
    half = len(text) // 2
    line = Line(((0.1, 0.1), (0.9, 0.5)), (text, text), 0, text)
    return CompletionView(
        number=number,
        text=text * 3,
        think=(0, half),
        answer=(len(text), 2 * len(text)),
        finish=text,
        tokens=7,
        arm=text,
        asked=text,
        rewards=(TermValue(text, 0.5, 1.0), TermValue(text + "2", 1.0, float("nan"))),
        total=0.5,
        advantage=-0.25 + number,
        logprob=-0.5,
        token_ends=(1, half, len(text), 2 * len(text), 3 * len(text)),
        tracks=(Track("credit", (0.1, -0.2, 0.3, 0.0, 1.0), text), Track(text, (1.0, 2.0, 3.0, 4.0, float("nan")))),
        boxes=(BoxMark((0.1, 0.1, 0.5, 0.5), 0, (0, half), 0), BoxMark((0.2, 0.1, 0.5, 0.5), 9, (1, len(text)), 8)),
        extras=(Extra(text, text, text, ((text, text), (text, text)), {text: 0.5}, ((0.5, 0.5),), (line,)),),
        skipped=True,
        right=float(number),
    )


def sample(text: str = "a", num: int = 2) -> SampleView:
    """A sample with every field filled."""
    picture = Picture(text, 40, 30, text, 0.5, text)
    media = (
        Medium("image", (picture,), text, text, None, text),
        Medium("video", (picture, picture), text, text, 3.0, text),
    )
    line = Line(((0, 0), (1, 1)), (text,), 0, text, True)
    return SampleView(
        key=key(text),
        question=text,
        answer=text,
        media=media,
        completions=tuple(completion(text, i) for i in range(num)),
        kind=text,
        record={text: text},
        statistics={text: 1.0},
        gold_boxes=(BoxMark((0, 0, 1, 1), 0, None, -1),),
        gold_lines=(line,),
        options=(text, text),
        extras=(Extra(text, text, text, ((text, text), (text, text)), {text: 0.5}, lines=(line,), agrees=False),),
        stage_step=3,
        when=text,
        flags=(text, "flat"),
        warnings=(text,),
    )


def key(text: str = "a") -> SampleKey:
    """A key."""
    return SampleKey(text, text, 3, text)


def row(text: str = "a") -> Row:
    """A row."""
    return Row(key(text), 2, 1.0, 0.5, 7.0, 0.5, (text, "flat"), text, 9, text, text)


def info(text: str = "a") -> RunInfo:
    """A run."""
    return RunInfo(
        text,
        text,
        1,
        5,
        (text, text),
        text,
        text,
        (Exam(text, text, 0.1, 0.2), Exam(text, "accuracy", 0.1, 0.2)),
        {text: 5},
        {text: text},
        10,
        (text,),
    )


def curve(text: str = "a", group: str | None = None, run: str | None = None) -> Curve:
    """A curve."""
    points = ((1, 0.1), (2, 0.4), (3, 0.2))
    return Curve(text, text if group is None else group, points, text if run is None else run, 1)


def everything(text: str, src: Callable[[str], str] | None = None) -> list[str]:
    """All views of all objects."""
    at = src or (lambda path: path)
    one = sample(text)
    return [
        show_sample(one, at),
        show_pair(one, one, at, at, (text, text)),
        show_card(completion(text), at, one.pictures, text),
        show_table([row(text)], key(text)),
        show_table([row(text)], None, lambda key: key.task),
        show_changes([Change(text, row(text), row(text), 0.5)]),
        show_run(info(text)),
        show_runs([info(text), info("b")]),
        show_curves([curve(text), curve(text, "Reward terms"), curve("b", "Reward terms"), curve(text, "Accuracy")]),
        show_curves([curve(text), curve(text, run="other")]),
    ]


def check_markup(page: str) -> str:
    """Refuse anything but balanced known tags with harmless attributes; give the text that is seen."""
    seen: list[str] = []
    for found in TAG.finditer(page):
        tag, attributes = found[1], found[2]
        assert tag in TAGS, tag
        if found[0].startswith("</"):
            assert seen.pop() == tag
            continue
        if tag not in VOID:
            seen.append(tag)
        for name, value in ATTRIBUTE.findall(attributes):
            assert name in ATTRIBUTES, name
            if name in ("href", "src"):
                address = unescape(value)
                assert re.match(r"data:image/(png|jpeg|webp|gif|bmp);base64,|https?:|[^:]*($|[/?#])", address), address
                assert not address.startswith("//")
                assert "\\" not in address
    assert seen == []
    text = TAG.sub("", page)
    assert "<" not in text
    assert ">" not in text
    return unescape(text)
