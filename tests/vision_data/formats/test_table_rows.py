from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vision_data.errors import MediaError
from vision_data.formats.rows import read_rows

DATA = Path(__file__).parents[2] / "data"


def test_csv_rows_have_lines_and_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('q,a\n"two\nlines",1\nthree,2,3\n')
    first, second = read_rows(path)
    assert (first.value, first.line, first.number) == ({"q": "two\nlines", "a": "1"}, 3, 1)
    assert "1 value(s) more than the heading" in second.damage


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 rubbish PAR1")
    with pytest.raises(MediaError, match=r"a\.parquet: is damaged"):
        list(read_rows(path))


def test_a_folder_of_parquet_files_is_one_data_set(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    for name in ("b", "a"):
        shutil.copy(DATA / "easyr1/train.parquet", tmp_path / f"{name}.parquet")
    assert [(row.path.name, row.number) for row in read_rows(tmp_path)] == [
        ("a.parquet", 1), ("a.parquet", 2), ("b.parquet", 1), ("b.parquet", 2),
    ]  # fmt: skip


def test_a_state_file_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    home = tmp_path / "set"
    shutil.copytree(DATA / "saved/set", home)
    secret = tmp_path / "secret.arrow"
    secret.write_bytes(next(home.glob("*.arrow")).read_bytes())
    (home / "state.json").write_text(json.dumps({"_data_files": [{"filename": "../secret.arrow"}]}))
    with pytest.raises(MediaError, match="outside the folder"):
        list(read_rows(home))
    (home / "state.json").write_text(json.dumps({"_data_files": [{"filename": "link.arrow"}]}))
    (home / "link.arrow").symlink_to(secret)
    with pytest.raises(MediaError, match="outside the folder"):
        list(read_rows(home))
    (home / "state.json").write_text("{}")
    with pytest.raises(MediaError, match="no state of a saved data set"):
        list(read_rows(home))


def test_several_splits_are_named(tmp_path: Path) -> None:
    for name in ("test", "train"):
        shutil.copytree(DATA / "saved/set", tmp_path / name)
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(MediaError, match="holds the splits test, train"):
        list(read_rows(tmp_path))
    shutil.rmtree(tmp_path / "test")
    assert len(list(read_rows(tmp_path))) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone.json", "does not exist"), ("a.txt", "ends in '.txt', expected one of .json"), ("empty", "a.txt|no saved")],
)
def test_what_is_no_data_set_is_refused(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError, match=said):
        list(read_rows(tmp_path / name))
