from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.formats import json_rows as module
from vision_data.formats.json_rows import json_rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=6)


def rows(tmp_path: Path, text: str | bytes, name: str = "a.json") -> list[Any]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(json_rows(path))


@given(values=ROWS, indent=st.sampled_from([None, 1]), chunk=st.integers(1, 40))
def test_a_list_is_read_as_json_reads_it(values: Any, indent: Any, chunk: int, tmp_path_factory: Any) -> None:
    """Whatever the size of the pieces in which the file comes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        found = rows(tmp_path_factory.mktemp("json"), json.dumps(values, indent=indent))
    assert [row.value for row in found] == values
    assert [row.number for row in found] == list(range(1, len(values) + 1))


def test_lines_are_those_on_which_records_begin(tmp_path: Path) -> None:
    found = rows(tmp_path, '\n[\n {"a": 1},\n\n {"a":\n 2}, {"a": 3}\n]\n')
    assert [(row.line, row.value["a"]) for row in found] == [(3, 1), (5, 2), (6, 3)]
    assert found[1].where.endswith("a.json:5, record 2")


def test_one_bad_line_does_not_hide_the_others(tmp_path: Path) -> None:
    found = rows(tmp_path, b'{"a": 1}\n\n{"a": \n{"a": "\xff"}\n{"a": 4}\n', "a.jsonl")
    assert [(row.line, bool(row.damage)) for row in found] == [(1, False), (3, True), (4, True), (5, False)]
    assert "bad JSON" in found[1].damage
    assert "not UTF-8 at byte 8" in found[2].damage


@pytest.mark.parametrize(
    "text",
    ['[{"a": 1}, {"a": ', '[{"a": 1} {"a": 2}]', '[{"a": 1}, {"a": tru}]', '[{"a": 1}, nope]', '[{"a": 1}'],
)
def test_damage_ends_a_list_and_is_told(text: str, tmp_path: Path) -> None:
    found = rows(tmp_path, text)
    assert found[0].value == {"a": 1}
    assert "bad JSON" in found[-1].damage
    assert len(found) == 2


def test_an_object_of_named_rows_and_one_of_fields(tmp_path: Path) -> None:
    named = rows(tmp_path, '{"q1": {"a": 1},\n "q2": {"a": 2}}')
    assert [(row.key, row.value) for row in named] == [("q1", {"a": 1}), ("q2", {"a": 2})]
    assert rows(tmp_path, '{"a": 1, "b": 2}')[0].value == {"a": 1, "b": 2}


def test_json_lines_in_a_json_file_and_a_list_in_a_jsonl_file(tmp_path: Path) -> None:
    assert [row.value for row in rows(tmp_path, '{"a": 1}\n{"a": 2}\n', "a.json")] == [{"a": 1}, {"a": 2}]
    assert [row.value for row in rows(tmp_path, '\ufeff[{"a": 1}]', "a.jsonl")] == [{"a": 1}]


def test_hostile_nesting_and_length_are_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = rows(tmp_path, "[" * 200_000)
    assert [bool(row.damage) for row in deep] == [True]
    assert rows(tmp_path, '{"a": ' + "[" * 200_000 + "\n", "a.jsonl")[0].damage
    monkeypatch.setattr(module, "MOST_CHARACTERS", 1000)
    monkeypatch.setattr(module, "_CHUNK", 100)
    assert "longer than 1000" in rows(tmp_path, '["' + "x" * 5000)[0].damage
    found = rows(tmp_path, '{"a": "' + "x" * 5000 + '"}\n{"a": 1}\n', "a.jsonl")
    assert "longer than 1000" in found[0].damage
    assert found[1].value == {"a": 1}


def test_an_empty_file_has_no_rows_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert rows(tmp_path, "") == rows(tmp_path, "[]") == rows(tmp_path, " \n", "a.jsonl") == []
    with pytest.raises(MediaError, match=r"gone\.json: cannot be read"):
        list(json_rows(tmp_path / "gone.json"))
