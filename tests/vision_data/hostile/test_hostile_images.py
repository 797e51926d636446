"""Whatever lies in a file or stands in a record: one line that names it; no crash, no hang, nothing opened outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from vision_data import MediaError
from vision_data.formats.read import read
from vision_data.sources import file_path, inside

from .make_hostile_images import good, names_outside, special, write

# Reads files under a limit of memory, and says of each whether it came out, and how much memory there ever was.
READ_ALL = """
import json, resource, sys, warnings
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
warnings.simplefilter("ignore")
from vision_data import MediaError, load_image
said = {}
for path in json.load(sys.stdin):
    try:
        said[path] = "x".join(map(str, load_image(path).size))
    except MediaError as error:
        said[path] = f"MediaError: {error}"
print(json.dumps(said))
"""

# Reads a data set in every way there is, and lists whatever was opened meanwhile.
WATCHED = """
import json, os, sys
from pathlib import Path
from mmreason.data.media_check import MediaCheck
from vision_data import MediaError, from_text
from vision_data.formats.read import Reader, Rejected
root, names = json.load(sys.stdin)
opened, reasons = [], []
events = ("open", "os.listdir", "os.scandir")
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event in events else None)
list(Reader(root + "/rows.jsonl", "trl", decode=True))  # what is imported late is imported now
del opened[:]
for item in Reader(root + "/rows.jsonl", "trl", decode=True):
    reasons.append(item.reason if isinstance(item, Rejected) else "read")
for name in names:
    try:
        MediaCheck(decode=True)(from_text("<image>?", [name], root=Path(root)), Path(root))
        reasons.append("read")
    except MediaError as error:
        reasons.append(str(error))
print(json.dumps([[os.path.realpath(path) for path in opened], reasons]))
"""


def run(code: str, given: Any, seconds: float = 90) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(given), capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], dict[str, str]]:
    """Folder, what is expected of its files, and what became of them within 1 GiB."""
    folder = tmp_path_factory.mktemp("hostile")
    expected = write(folder)
    said = run(READ_ALL, [str(folder / name) for name in expected])
    return folder, expected, {Path(path).name: text for path, text in said.items()}


def test_the_corpus_is_the_same_every_time(corpus, tmp_path):
    folder, expected, _ = corpus
    assert write(tmp_path) == expected
    for name in expected:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert len(expected) > 300


def test_every_file_is_read_or_refused_in_one_line_that_names_it(corpus):
    folder, expected, said = corpus
    for name, kind in expected.items():
        text = said[name]
        if kind == "refused" or (kind == "either" and text.startswith("MediaError")):
            assert text.startswith("MediaError: "), f"{name}: {text}"
            assert str(folder / name) in text
            assert "\n" not in text
            assert text.isprintable()
            assert len(text) < 600
        else:
            assert text in ("40x30", "1x1", "20000x1", "1x20000"), f"{name}: {text}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cut_4.png", "is not an image"),
        ("noise.jpg", "is not an image"),
        ("text.png", "is not an image"),
        ("empty.gif", "0 bytes"),
        ("size_90000x1000.png", "90000x1000 pixels, expected at most 89478485"),
        ("bomb_pixels.png", "too large to be decoded safely"),
        ("bomb_tile_32000.tif", "32000x32000 pixels"),
        ("bomb_height.tif", "has 50x40 of 50x1000000 pixels"),
        ("bomb_scans.jpg", "2010 scans"),
        ("bomb_fill.jpg", "without end"),
        ("bomb_chunks.png", "without end"),
        ("bomb_icon.ico", "is not an image"),
    ],
)
def test_the_reason_is_told(name, words, corpus):
    assert words in corpus[2][name]


def test_whole_pictures_of_the_corpus_can_be_read(tmp_path):
    paths = []
    for name, content in good().items():
        (tmp_path / name).write_bytes(content)
        paths.append(str(tmp_path / name))
    assert len(paths) > 10
    assert set(run(READ_ALL, paths).values()) == {"40x30"}


def test_what_is_no_file_is_refused_at_once(tmp_path):
    paths = [f"{tmp_path}/{name}" for name in special(tmp_path)] + ["/dev/zero", "/dev/null", "/proc/self/mem"]
    for path, text in run(READ_ALL, paths, 30).items():
        assert text.startswith("MediaError: "), f"{path!r}: {text}"
        assert Path(path).name.replace("\0", "\\x00") in text or len(path) > 1000
        assert text.isprintable()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "data"
    home.mkdir()
    (tmp_path / "elsewhere").mkdir()
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "elsewhere" / "secret.png")
    PIL.Image.new("RGB", (4, 4)).save(home / "a.png")
    return home


def test_nothing_outside_the_root_is_opened(root):
    names = names_outside(root, root.parent / "elsewhere" / "secret.png")
    rows = [{"prompt": "<image>?", "images": [name], "answer": "1"} for name in ["a.png", *names]]
    (root / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    opened, reasons = run(WATCHED, [str(root), ["a.png", *names]])
    assert opened
    assert {path for path in opened if not Path(path).is_relative_to(root.resolve())} == set()
    assert len(reasons) == 2 * len(rows)
    for reason, name in zip(reasons, 2 * ["a.png", *names], strict=True):
        if name == "a.png":
            assert reason == "read"
        else:
            assert "outside the data root" in reason, f"{name}: {reason}"
            assert "\n" not in reason


def test_inside_follows_links_and_dots(root):
    (root / "same.png").symlink_to(root / "a.png")
    (root / "sub").mkdir()
    for name in ("a.png", "sub/../a.png", "same.png", str(root / "a.png"), f"file://{root}/a.png", "file://%61.png"):
        assert inside(root, name).resolve() == (root / "a.png").resolve()
    assert inside(root, "not/there/yet.png") == root / "not/there/yet.png"
    for name in names_outside(root, root.parent / "elsewhere" / "secret.png"):
        with pytest.raises(MediaError, match="outside the data root"):
            inside(root, name)
    for name in ("a\0b", "loop"):
        (root / "loop").symlink_to("loop") if name == "loop" else None
        with pytest.raises(MediaError, match="is no path"):
            inside(root, name)


def test_a_root_that_is_a_link_itself_is_no_way_out(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)
    assert file_path(str(inside(tmp_path / "alias", "a.png"))).exists()
    with pytest.raises(MediaError, match="outside the data root"):
        inside(tmp_path / "alias", "../elsewhere/secret.png")


@pytest.mark.parametrize("box", ["[NaN, 0, 1, 1]", "[0, 0, Infinity, 1]", "[0, 0, 1e999, 1]", "[-1e999, 0, 1, 1]"])
def test_boxes_that_are_no_numbers_are_refused_with_their_row(box, root):
    row = (
        '{"messages": [{"role": "user", "content": "<image>Where?"}], "images": ["a.png"], "solution": "[%s]", '
        '"objects": {"ref": ["disc"], "bbox": [%s], "bbox_type": "real"}}'
    )
    (root / "rows.jsonl").write_text(row % (box, box) + "\n")
    quarantine: list[Any] = []
    assert list(read(root / "rows.jsonl", "ms-swift", quarantine=quarantine)) == []
    (refused,) = quarantine
    assert refused.where == f"{root / 'rows.jsonl'}:1"
    assert "\n" not in refused.reason
