from __future__ import annotations

import hashlib

import numpy as np
import pytest

from vision_data.generators.kitchen import LEVELS, SPLITS, film, frames, make_episode, make_room, render
from vision_data.generators.kitchen.episode import Moment
from vision_data.generators.kitchen.plans import Portion, State
from vision_data.generators.kitchen.render import _draw
from vision_data.generators.kitchen.tasks import STORES

decord = pytest.importorskip("decord")

ROOM = make_room(0, LEVELS["tiny"], True)
FLOOR = ROOM.floor()[0]


def tile(picture, column, row, side=28):
    return picture[row * side : (row + 1) * side, column * side : (column + 1) * side]


def draw(moment):
    return np.asarray(_draw(ROOM, moment, 28)).astype(int)


@pytest.mark.parametrize("level", ["tiny", "easy", pytest.param("hard", marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_frames_and_the_video_holds_them(level, tmp_path):
    episode = next(e for seed in range(20) if (e := make_episode(seed, level)).done >= 2)
    drawn = frames(episode)
    assert hashlib.sha256(drawn.tobytes()).digest() == hashlib.sha256(frames(episode).tobytes()).digest()
    assert drawn.shape == (len(episode.moments()[0]), episode.level.height, episode.level.width, 3)
    assert np.array_equal(np.asarray(render(episode)), drawn[-1])
    reader = decord.VideoReader(str(film(episode, tmp_path / "a.mp4")))
    assert len(reader) == len(drawn)
    read = reader.get_batch(range(len(reader))).asnumpy()
    assert ((read.astype(float) - drawn) ** 2).mean(axis=(1, 2, 3)).max() < 150  # 26 dB


def test_foods_and_what_was_done_to_them_look_different():
    marks = [(), ("wash",), ("cut",), ("cook",), ("wash", "cut"), ("wash", "cook"), ("wash", "cut", "cook")]
    looks = {
        (food, done): tile(draw(Moment(FLOOR, State(Portion(food, done)))), *FLOOR) for food in STORES for done in marks
    }
    seen = list(looks.values())
    for at, one in enumerate(seen):
        for other in seen[at + 1 :]:
            assert (np.abs(one - other).sum(2) > 60).sum() >= 5


def test_a_moment_changes_only_its_own_tiles():
    empty = draw(Moment(FLOOR, State()))
    served = draw(Moment(FLOOR, State(None, (Portion("tomato", ("wash", "cut")), Portion("egg"), Portion("fish")))))
    changed = np.argwhere((empty != served).any(2)) // 28
    assert {(column, row) for row, column in changed} == set(ROOM.tiles("table"))
    for station, place in (*ROOM.stations, ("table", ROOM.table)):
        using = draw(Moment(FLOOR, State(), station))
        changed = np.argwhere((empty != using).any(2)) // 28
        assert {(column, row) for row, column in changed} == set(ROOM.tiles(station)), (station, place)
    moved = draw(Moment(ROOM.floor()[-1], State()))
    changed = np.argwhere((empty != moved).any(2)) // 28
    assert {(column, row) for row, column in changed} == {FLOOR, ROOM.floor()[-1]}


def test_stations_look_different():
    picture = draw(Moment(FLOOR, State()))
    icons = [tile(picture, *place) for _, place in ROOM.stations]
    for at, one in enumerate(icons):
        for other in icons[at + 1 :]:
            assert np.abs(one - other).mean() > 20


def test_pictures_fill_their_size():
    for split in SPLITS:
        for level in LEVELS.values():
            assert render(make_episode(0, level, split)).size == (level.width, level.height)
