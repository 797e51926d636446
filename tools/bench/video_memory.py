"""Memory that a process holds while it reads one video after the other: it must not grow."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import PIL.Image

from tools.bench.films import film
from vision_data.errors import MediaError
from vision_data.frames import SceneChange, Uniform
from vision_data.media import Video
from vision_data.video import load_video

# Readings before the first look at the memory: pools are filled and modules imported by then.
WARM = 24
PAGE = 4096


@dataclass(frozen=True)
class Growth:
    """Memory of a process, before and after."""

    videos: int
    first: int
    """Bytes resident when the pools were warm."""
    last: int
    most: int

    def __str__(self) -> str:
        grew = (self.last - self.first) / 1e6
        return f"{self.videos} videos: {self.first / 1e6:.1f} MB, then {self.last / 1e6:.1f} MB ({grew:+.1f} MB)"


def grown(num: int) -> Growth:
    """Read so many videos in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.video_memory", str(num)], capture_output=True, text=True, check=True
    )
    return Growth(**json.loads(done.stdout.splitlines()[-1]))


def read_many(num: int, folder: Path) -> Growth:
    """Read videos of all kinds in turns: files by both readers' codecs, pictures, and one that is cut off."""
    videos = kinds(folder)
    seen = []
    for i in range(num + WARM):
        try:
            load_video(videos[i % len(videos)], factor=28)
        except MediaError as error:  # only of the file that is made to be refused
            if "cut.mp4" not in str(error):
                raise
        if i >= WARM and (i - WARM) % max(1, num // 50) == 0:
            gc.collect()
            seen.append(resident())
    gc.collect()
    return Growth(num, seen[0], resident(), max(seen))


def kinds(folder: Path) -> list[Video]:
    """A few small videos."""
    mpeg = film(folder / "a.mp4", 320, 192, 3, fps=12)
    h264 = film(folder / "b.mkv", 320, 192, 3, fps=12, codec="libx264")
    cut = folder / "cut.mp4"
    cut.write_bytes(mpeg.read_bytes()[:9000])
    pictures = [PIL.Image.fromarray(np.full((96, 160, 3), 30 * i, np.uint8)) for i in range(6)]
    (folder / "pictures").mkdir()
    for i, picture in enumerate(pictures):
        picture.save(folder / "pictures" / f"{i}.png")
    pictures[0].save(folder / "c.gif", save_all=True, append_images=pictures[1:], duration=80)
    files = [mpeg, h264, folder / "c.gif", folder / "pictures", cut]
    chosen = [Video(str(path), Uniform(8), max_pixels=28 * 28 * 32) for path in files]
    return [*chosen, Video(str(h264), SceneChange(4), max_pixels=28 * 28 * 32)]


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


if __name__ == "__main__":
    with TemporaryDirectory() as home:
        growth = read_many(int(sys.argv[1]), Path(home))
    print(json.dumps(vars(growth)))
