"""Draw the data and the looks of a chart from a seed. Not from a paper."""

from __future__ import annotations

import math
import random
import zlib
from dataclasses import dataclass, replace

from vision_data.generators.charts import values
from vision_data.generators.charts.chart import Chart, step_pixels, tidy
from vision_data.generators.charts.layout import printed_turn
from vision_data.generators.charts.spec import KINDS, LEVELS, SPLITS, Level, checked, known
from vision_data.generators.charts.styles import STYLES
from vision_data.generators.charts.table import Table
from vision_data.generators.charts.topics import LETTERS, RELATIONS, TOPICS, Topic
from vision_data.generators.seeds import rng_for

MAX_SLICES = 8
_MIN_SHARE = 6


def make_chart(
    seed: int,
    level: str | Level = "tiny",
    split: str = "train",
    kind: str | None = None,
    style: str | None = None,
    printed: bool | None = None,
    readable: bool | None = None,
) -> Chart:
    """The chart of a seed; no topic, name (letters of the tiny level aside) or table is in both splits.

    Args:
        seed: any whole number.
        level: tiny (168 by 168 px), easy (448 by 336), middle (616 by 448), hard (896 by 616), or a `Level`.
        split: train or test.
        kind: one of `KINDS`; drawn when None.
        style: a key of `STYLES`; drawn when None.
        printed: whether the values of a readable bar or line chart stand in it as text; drawn when None. Where there is
            no room for text (several lines, narrow bars, scatter) there is none.
        readable: False for a chart that is too dense to copy out or has no scale; drawn when None.

    Raises:
        MediaError: a word is unknown or the level is out of range.
    """
    size = checked(level) if isinstance(level, Level) else LEVELS[known("level", level, LEVELS)]
    split_index = SPLITS.index(known("split", split, SPLITS))
    rng = rng_for("charts", split, size, seed, kind, style, printed, readable)
    drawn = rng.choice(KINDS) if kind is None else known("kind", kind, KINDS)
    look = rng.choice(tuple(STYLES)) if style is None else known("style", style, STYLES)
    clear = rng.random() >= size.unreadable if readable is None else readable
    text = rng.random() < size.printed if printed is None else printed
    while True:
        made = _Draw(rng, size, split, look, text, clear).chart(drawn, seed)
        if made.kind != "pie" and printed_turn(made) is None:
            made = replace(made, printed=False)
        # Every table belongs to one split by its checksum.
        if zlib.crc32(repr(made.table).encode()) % len(SPLITS) == split_index:
            return made


@dataclass(frozen=True)
class _Draw:
    rng: random.Random
    level: Level
    split: str
    style: str
    printed: bool
    clear: bool

    def chart(self, kind: str, seed: int) -> Chart:
        if kind == "pie":
            return self._pie(seed)
        if kind == "scatter":
            return self._scatter(seed) if self.clear else self._cloud(seed)
        if kind == "line" and not self.clear and self.rng.random() < 0.6:
            return self._dense_lines(seed)
        return self._columns(kind, seed)

    def _columns(self, kind: str, seed: int) -> Chart:
        rng, level = self.rng, self.level
        count = rng.randint(*level.categories)
        wanted = 1 if kind == "bar" else rng.randint(*level.series)
        if kind == "line" and (self.printed or rng.random() < 0.4):
            wanted = 1
        topic = self._topic(count, (True,) if kind == "line" else (True, False))
        colours = self._colours(wanted)
        series = self._series(topic.series, wanted, colours) if wanted > 1 else (self._measure(topic),)
        pixels = step_pixels(level)
        if kind == "line":
            heights = values.line_steps(rng, count, wanted, level.lattice, max(1, round(7 / pixels)))
        elif kind == "stacked":
            heights = values.stack_steps(rng, count, wanted, level.lattice, round((level.font + 5) / pixels))
        else:
            heights = values.bar_steps(rng, count, wanted, level.lattice)
        step = rng.choice(level.steps)
        rows = zip(self._names(topic, count), *([tidy(step * h) for h in line] for line in heights), strict=True)
        if kind == "bar" and STYLES[self.style].spotted and count <= MAX_SLICES:
            colours = self._colours(count)
        printed = self.printed and self.clear and (kind != "line" or wanted == 1)
        return Chart(
            kind=kind,
            level=level,
            style=self.style,
            seed=seed,
            split=self.split,
            title=self._title(topic.title),
            table=Table((self._noun(topic), *series[: len(heights)]), tuple(rows)),
            colours=colours if kind == "bar" else colours[: len(heights)],
            printed=printed,
            scaled=self.clear,
            step=step,
            sideways=kind == "bar" and not level.lettered and rng.random() < 0.3,
        )

    def _pie(self, seed: int) -> Chart:
        level = self.level
        count = min(self.rng.randint(*level.categories), MAX_SLICES)
        topic = self._topic(count, (False,))
        low, grain = (10, 5) if level.lettered else (_MIN_SHARE, 1)
        shares = values.pie_steps(self.rng, count, low, grain)
        rows = tuple(zip(self._names(topic, count), shares, strict=True))
        table = Table((self._noun(topic), "Share in %"), rows)
        title = self._title(topic.title)
        return Chart(
            "pie", level, self.style, seed, self.split, title, table, self._colours(count), self.clear, self.clear
        )

    def _scatter(self, seed: int) -> Chart:
        level, topic = self.level, self.rng.choice(RELATIONS[self.split])
        step = self.rng.choice(level.steps)
        # Points stand side by side, never one upon the other.
        apart = math.ceil(13 * level.lattice / (0.75 * level.size[0]))
        points = values.point_steps(self.rng, self.rng.randint(*level.points), level.lattice, apart)
        heads = ("x", "y") if level.lettered else (topic.across, topic.up)
        table = Table(heads, tuple((x, tidy(step * y)) for x, y in points))
        title = self._title(topic.title)
        return Chart("scatter", level, self.style, seed, self.split, title, table, self._colours(1), step=step)

    def _cloud(self, seed: int) -> Chart:
        rng, level, topic = self.rng, self.level, self.rng.choice(RELATIONS[self.split])
        count = 2 if level.lettered else rng.randint(2, 3)
        colours = self._colours(count)
        groups = self._series(topic.series, count, colours)
        heights = rng.sample((0.25, 0.5, 0.75), count)
        size = rng.randint(*level.dense)
        rows = [
            (tidy(x * level.lattice), tidy(y * level.lattice), group)
            for group, height in zip(groups, heights, strict=True)
            for x, y in values.dense_cloud(rng, size, height)
        ]
        heads = ("x", "y", "Group") if level.lettered else (topic.across, topic.up, "Group")
        title = self._title(topic.title)
        return Chart(
            "scatter", level, self.style, seed, self.split, title, Table(heads, tuple(rows)), colours, dense=True
        )

    def _dense_lines(self, seed: int) -> Chart:
        rng, level = self.rng, self.level
        count, wanted = rng.randint(*level.dense), rng.randint(*level.series)
        topic = rng.choice([topic for topic in TOPICS[self.split] if topic.ordered])
        colours = self._colours(wanted)
        step = rng.choice(level.steps)
        lines = [values.dense_line(rng, count) for _ in range(wanted)]
        rows = zip(
            range(1, count + 1), *([tidy(level.lattice * step * h) for h in line] for line in lines), strict=True
        )
        noun = "Day" if self.split == "train" else "Hour"
        table = Table(("x" if level.lettered else noun, *self._series(topic.series, wanted, colours)), tuple(rows))
        title = self._title(topic.title)
        return Chart("line", level, self.style, seed, self.split, title, table, colours, dense=True, step=step)

    def _topic(self, count: int, ordered: tuple[bool, ...]) -> Topic:
        fits = [topic for topic in TOPICS[self.split] if len(topic.names) >= count and topic.ordered in ordered]
        return self.rng.choice(fits)

    def _names(self, topic: Topic, count: int) -> list[str]:
        if self.level.lettered:
            return sorted(self.rng.sample(LETTERS, count))
        if topic.ordered:
            start = self.rng.randint(0, len(topic.names) - count)
            return list(topic.names[start : start + count])
        return self.rng.sample(topic.names, count)

    def _series(self, pool: tuple[str, ...], count: int, colours: tuple[str, ...]) -> tuple[str, ...]:
        if self.level.lettered:
            return tuple(word.capitalize() for word in colours[:count])
        return tuple(self.rng.sample(pool, count))

    def _noun(self, topic: Topic) -> str:
        return "Letter" if self.level.lettered else topic.noun

    def _measure(self, topic: Topic) -> str:
        return "Value" if self.level.lettered else topic.measure

    def _colours(self, count: int) -> tuple[str, ...]:
        return tuple(self.rng.sample([word for word, _ in STYLES[self.style].colours], count))

    def _title(self, title: str) -> str:
        return "" if self.level.lettered else title
