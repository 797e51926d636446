from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmreason.errors import CheckpointError
from mmreason.runs.log_file import LogFile


def test_what_is_no_finite_number_becomes_null(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "deep" / "m.jsonl")
    file.append({"a": float("nan"), "b": [float("inf"), 1.5, (float("-inf"),)], "c": {"d": float("nan")}})
    assert file.read() == [{"a": None, "b": [None, 1.5, [None]], "c": {"d": None}}]


def test_any_text_can_be_written_and_ordinary_text_stays_readable(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "m.jsonl")
    texts = ["北京 → é", "\ud800 alone", 'quote " and \n line', "\x00\u2028"]
    for text in texts:
        file.append({"text": text})
    assert [line["text"] for line in file.read()] == texts
    assert "北京" in file.path.read_bytes().split(b"\n")[0].decode()


def test_a_file_is_cut_back_to_where_it_was(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "m.jsonl")
    assert file.position() == 0
    file.append({"n": 1})
    position = file.position()
    file.append({"n": 2})
    with open(file.path, "ab") as stream:
        stream.write(b'{"n": 3, "half')
    assert [line["n"] for line in file.read()] == [1, 2]
    file.cut(position)
    file.append({"n": 4})
    assert [json.loads(line)["n"] for line in file.path.read_text().splitlines()] == [1, 4]
    file.cut(0)
    assert not file.path.exists()


def test_a_file_that_lost_lines_is_refused(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "m.jsonl")
    file.append({"n": 1})
    with pytest.raises(CheckpointError, match=r"m\.jsonl has 9 bytes, but the checkpoint was made when it had 100"):
        file.cut(100)
