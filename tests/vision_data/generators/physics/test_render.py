from __future__ import annotations

import hashlib

import numpy as np
import pytest

from vision_data.errors import MediaError
from vision_data.generators.films import write_mp4
from vision_data.generators.physics import Body, Level, World, film, frames, make_world, render
from vision_data.generators.physics.spec import COLOURS, KINDS, MATERIALS

decord = pytest.importorskip("decord")


def still(*looks):
    """A world of objects at rest side by side."""
    places = [(0.2 + 0.2 * at, 0.5) for at in range(len(looks))]
    bodies = tuple(Body(*look, place, (0.0, 0.0), 0.0) for look, place in zip(looks, places, strict=True))
    return World(0, "train", Level(collisions=(0, 0)), bodies)


@pytest.mark.parametrize("level", ["tiny", "middle", pytest.param("hard", marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_frames_and_the_video_holds_them(level, tmp_path):
    world = make_world(5, level)
    drawn = frames(world)
    again = frames(make_world(5, level))
    assert hashlib.sha256(drawn.tobytes()).digest() == hashlib.sha256(again.tobytes()).digest()
    reader = decord.VideoReader(str(film(world, tmp_path / "a.mp4")))
    assert len(reader) == world.level.frames
    assert reader.get_avg_fps() == pytest.approx(world.level.fps)
    read = reader.get_batch(range(len(reader))).asnumpy()
    assert read.shape == drawn.shape
    error = ((read.astype(float) - drawn) ** 2).mean(axis=(1, 2, 3))
    assert error.max() < 65  # 30 dB
    assert film(world, tmp_path / "b.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()


@pytest.mark.parametrize("level", ["tiny", "middle"])
def test_objects_are_drawn_where_the_trajectory_says(level):
    for seed in range(2):
        world = make_world(seed, level)
        drawn, history, size = frames(world), world.simulate(), world.level.size
        for at in range(0, world.level.frames, 3):
            mask = np.abs(drawn[at].astype(int) - drawn[0, 0, 0].astype(int)).sum(2) > 40
            rows, columns = np.nonzero(mask)
            for body, own in enumerate(world.bodies):
                state = history.state(body, at / world.level.fps)
                if state is None or not all(0 < value < 1 for value in state[0]):
                    continue
                x, y = (int(value * size) for value in state[0])
                near = np.abs(drawn[at, y, x].astype(int) - COLOURS[own.colour]).max()
                assert near <= (0 if own.material == "plain" else 130)
                distances = np.hypot(columns + 0.5 - state[0][0] * size, rows + 0.5 - state[0][1] * size)
                assert distances.min() < 1
            states = [history.state(body, at / world.level.fps) for body in range(len(world.bodies))]
            centres = np.array([state[0] for state in states if state]) * size
            away = np.hypot(columns[:, None] + 0.5 - centres[:, 0], rows[:, None] + 0.5 - centres[:, 1]).min(1)
            assert away.max(initial=0) <= 1.15 * world.level.radius * size + 1


def test_looks_differ():
    for colour in COLOURS:
        pictures = {frames(still((colour, kind, material)))[0].tobytes() for kind in KINDS for material in MATERIALS}
        assert len(pictures) == len(KINDS) * len(MATERIALS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shiny_object_has_a_white_light_and_a_plain_one_has_none(kind):
    for material in MATERIALS:
        picture = frames(still(("blue", kind, material)))[0]
        around = picture[45:67, 11:33].reshape(-1, 3).astype(int)
        table = picture[0, 0].astype(int)
        white = (around.min(1) > 245) & (np.abs(around - table).sum(1) > 10)
        assert bool(white.any()) == (material == "shiny")


def test_area_is_nearly_that_of_the_disc():
    for kind in KINDS:
        picture = frames(still(("red", kind, "plain")))[0].astype(int)
        area = (np.abs(picture - picture[0, 0]).sum(2) > 100).sum()
        assert area == pytest.approx(3.1416 * (0.085 * 112) ** 2, rel=0.2)


def test_one_frame():
    world = make_world(0)
    assert np.array_equal(np.asarray(render(world, 3)), frames(world)[3])
    with pytest.raises(MediaError, match="frame must be 0 to 15, got 16"):
        render(world, 16)


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        ((4, 16, 16), np.uint8, "expected uint8"),
        ((4, 16, 16, 3), np.float32, "expected uint8"),
        ((0, 16, 16, 3), np.uint8, "expected uint8"),
        ((4, 15, 16, 3), np.uint8, "even numbers"),
    ],
)
def test_frames_of_another_form_are_refused(shape, dtype, words, tmp_path):
    with pytest.raises(MediaError, match=words):
        write_mp4(tmp_path / "x.mp4", np.zeros(shape, dtype), 8.0)


def test_a_missing_folder_is_one_clear_error(tmp_path):
    with pytest.raises(MediaError, match="folder exists"):
        write_mp4(tmp_path / "none" / "x.mp4", np.zeros((2, 16, 16, 3), np.uint8), 8.0)
