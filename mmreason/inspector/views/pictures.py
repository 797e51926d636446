"""Pictures with what was said about them drawn on top: boxes, points and routes, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from mmreason.inspector.model import BoxMark, Line, Medium, Picture
from mmreason.inspector.views.html import LABEL, TIMES, Html, el, number, short
from mmreason.inspector.views.written import COLOURS

Src: TypeAlias = Callable[[str], str]
"""Gives the address of a picture from its path below the run's folder: a URL, a data URI, or ``#id`` of a picture that
is kept once in the page; empty where there is none."""
FRAMES, BOXES, POINTS = 64, 200, 500
"""Most that are drawn of each."""


def framed(picture: Picture, src: Src, marks: Sequence[Html] = (), alt: str = "", lazy: bool = True) -> Html:
    """A picture with marks on it; a box with its name where there is no file."""
    at = src(picture.path) if picture.path else ""
    told = short(alt or picture.label or "picture", LABEL)
    wide, high = sizes(picture)
    if at.startswith("#"):
        use = el("use", href=at, transform=f"scale({wide} {high})")
        seen = el("svg", use, viewBox=f"0 0 {wide} {high}", class_="img", role="img", aria_label=told)
    elif at:
        known = picture.width > 0 < picture.height
        seen = el(
            "img",
            src=at,
            alt=told,
            loading="lazy" if lazy else None,
            decoding="async",
            width=wide if known else None,
            height=high if known else None,
        )
        if "src=" not in seen:
            at = ""
    if not at:
        return el("span", el("span", short(picture.label, LABEL) or "no picture", class_="gone"), class_="frame empty")
    over = el("svg", *marks, class_="over", width="100%", height="100%", aria_hidden="true") if marks else None
    return el("span", seen, over, class_="frame")


def sizes(picture: Picture) -> tuple[int, int]:
    """Width and height to draw in; a common shape where they are not known."""
    return (picture.width, picture.height) if picture.width > 0 < picture.height else (400, 300)


def box_marks(boxes: Sequence[BoxMark], picture: int, tags: bool = True) -> list[Html]:
    """Rectangles of the boxes of one picture: a pale edge below, the colour above, the number at the corner."""
    out: list[Html] = []
    for i, box in list(enumerate(boxes))[:BOXES]:
        if box.picture != picture or not all(map(math.isfinite, box.numbers)):
            continue
        x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in box.numbers)
        x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        place = {"x": cent(x0), "y": cent(y0), "width": cent(x1 - x0), "height": cent(y1 - y0)}
        gold = box.colour < 0
        drawn = "gold" if gold else f"c{box.colour % COLOURS}"
        out += [el("rect", class_="halo", **place), el("rect", class_=f"box {drawn}", **place)]
        if tags and not gold:
            out.append(tag(x0, y0, str(i + 1), drawn))
    return out


def tag(x: float, y: float, text: str, drawn: str) -> Html:
    """A number in the corner of a box, inside the picture."""
    back = el("rect", width=9 + 8 * len(text), height=17, rx=3, class_=f"tag {drawn}")
    return el(
        "svg", back, el("text", text, x=4, y=13, class_=f"tagno {drawn}"), x=cent(x), y=cent(y), overflow="visible"
    )


def line_marks(lines: Sequence[Line], picture: int) -> list[Html]:
    """Routes of one picture as polylines over a pale edge, first and last point marked; gold ones are dashed."""
    out: list[Html] = []
    for i, line in enumerate(lines):
        points = [p for p in line.points[:POINTS] if all(map(math.isfinite, p))]
        if line.picture != picture or not points:
            continue
        drawn = "gold" if line.gold else f"c{i % COLOURS}"
        path = " ".join(f"{round(1000 * clip(x), 1):g},{round(1000 * clip(y), 1):g}" for x, y in points)
        both = [el("polyline", points=path, class_=kind) for kind in ("halo", f"way {drawn}")]
        out.append(el("svg", *both, viewBox="0 0 1000 1000", preserveAspectRatio="none", width="100%", height="100%"))
        for place, (x, y) in (("from", points[0]), ("to", points[-1])):
            out.append(
                el("circle", cx=cent(x), cy=cent(y), r=5 if place == "from" else 6, class_=f"stop {place} {drawn}")
            )
    return out


def point_marks(points: Sequence[tuple[float, float]]) -> list[Html]:
    """Crosses at single points, such as clicks."""
    out: list[Html] = []
    for i, (x, y) in enumerate(points[:POINTS]):
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        cross = [el("path", d="M-7 0H7M0-7V7", class_=kind) for kind in ("halo", f"way c{i % COLOURS}")]
        out.append(el("svg", *cross, x=cent(x), y=cent(y), overflow="visible"))
    return out


def clip(share: float) -> float:
    """Keep a share within the picture."""
    return min(max(share, 0.0), 1.0)


def cent(share: float) -> str:
    """A share of a side as SVG writes it."""
    return f"{round(100 * clip(share), 2):g}%"


def media(media: Sequence[Medium], src: Src, gold: Sequence[BoxMark] = (), lines: Sequence[Line] = ()) -> Html:
    """All pictures and videos of a sample, gold boxes and routes drawn on them."""
    out, first = [], 0
    for medium in media:
        show = video if medium.kind == "video" else image
        out.append(show(medium, src, gold, lines, first))
        first += len(medium.pictures)
    return el("div", *out, class_="media")


def image(medium: Medium, src: Src, gold: Sequence[BoxMark], lines: Sequence[Line], first: int) -> Html:
    """A picture with its name and size; the gold marks have a legend."""
    shown = medium.pictures or (Picture("", label=medium.source or medium.note or "no picture"),)
    out = []
    for i, picture in enumerate(shown[:FRAMES], start=first):
        marks = [*box_marks(gold, i), *line_marks(lines, i)]
        size = f"{picture.width} {TIMES} {picture.height} px" if picture.width > 0 < picture.height else ""
        key = el("span", el("i", class_="goldkey"), "gold", class_="key") if marks else None
        caption = el(
            "figcaption", short(picture.label, LABEL), " " if picture.label else "", size, key, note(medium.note)
        )
        out.append(el("figure", framed(picture, src, marks, picture.label or f"picture {i + 1}"), caption))
    return el("div", *out, class_="images")


def video(medium: Medium, src: Src, gold: Sequence[BoxMark], lines: Sequence[Line], first: int) -> Html:
    """The chosen frames in order below a line of time; each with its second and why it was chosen."""
    shown, over = medium.pictures[:FRAMES], len(medium.pictures) - FRAMES
    frames = []
    for i, picture in enumerate(shown, start=first):
        when = f"{number(picture.second, 3)} s" if picture.second is not None else ""
        seen = framed(picture, src, [*box_marks(gold, i), *line_marks(lines, i)], f"frame {i - first + 1} at {when}")
        caption = el("figcaption", el("b", i - first + 1), f" {when}", el("small", short(picture.reason, LABEL)))
        frames.append(el("figure", seen, caption))
    head = [el("b", "video"), el("span", short(medium.source, LABEL))]
    if medium.seconds is not None:
        head.append(el("span", f"{number(medium.seconds, 3)} s"))
    head.append(
        el("span", f"{len(medium.pictures)} frames", f" by {short(medium.selector, LABEL)}" if medium.selector else "")
    )
    more = note(f"{over} more frames are not shown") if over > 0 else None
    strip = el("div", *frames, class_="strip", tabindex=0, role="group", aria_label="chosen frames")
    return el("div", el("p", *head, class_="facts"), timeline(medium), strip, more, note(medium.note), class_="video")


def timeline(medium: Medium) -> Html | None:
    """Where in the video the frames stand."""
    times = [p.second for p in medium.pictures[:FRAMES] if p.second is not None and math.isfinite(p.second)]
    length = medium.seconds if medium.seconds and math.isfinite(medium.seconds) else max(times, default=0.0)
    if not times or length <= 0:
        return None
    ticks = []
    for i, second in enumerate(times):
        x = cent(second / length)
        named = el("title", f"frame {i + 1} at {number(second, 3)} s")
        ticks.append(el("circle", named, cx=x, cy=12, r=6, class_="tick"))
        if len(times) <= 16:
            ticks.append(el("text", str(i + 1), x=x, y=32, class_="tickno"))
    line = el("line", x1="0%", x2="100%", y1=12, y2=12, class_="rail")
    inner = el("svg", line, *ticks, x=8, width="96%", height=36, overflow="visible")
    told = f"{len(times)} frames over {number(length, 3)} seconds"
    return el("svg", inner, class_="timeline", width="100%", height=38, role="img", aria_label=told)


def note(text: str) -> Html | None:
    """A remark, where there is one."""
    return el("small", short(text), class_="note") if text else None
