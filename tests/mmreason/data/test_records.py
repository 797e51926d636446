from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.records import Record, load_tasks, read_records
from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.messages import user


def build(record: Record) -> Task | None:
    fields = record.fields()
    if fields.get("media"):
        raise MediaError("'x.png' does not exist; check the path")
    if fields.get("skip"):
        return None
    if "q" not in fields:
        raise DataError(f"{record.where}: field 'q' is missing")
    return Task(id=str(fields["q"]), prompt=(user(str(fields["q"])),))


def write(folder: Path, text: str | bytes, name: str = "data.jsonl") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_lines_become_tasks_in_order(tmp_path) -> None:
    path = write(tmp_path, '{"q": 1}\n\n  \n{"q": 2}\r\n{"skip": true}\n{"q": 3}')
    tasks, bad = load_tasks(path, build)
    assert [task.id for task in tasks] == ["1", "2", "3"]
    assert bad == []
    assert [record.number for record in read_records(path)] == [1, 4, 5, 6]


def test_a_list_in_a_json_file(tmp_path) -> None:
    path = write(tmp_path, '[{"q": 1}, {"q": 2}]', "data.json")
    assert [task.id for task in load_tasks(str(path), build)[0]] == ["1", "2"]
    path = write(tmp_path, '[{"q": 1}, {"r": 2}]', "data.json")
    with pytest.raises(DataError, match=r"data\.json, record 2: field 'q' is missing"):
        load_tasks(path, build)


def test_separators_inside_a_string_do_not_part_records(tmp_path) -> None:
    path = write(tmp_path, '{"q": "a\u2028b\u0085c"}\n{"q": 2}\n')
    assert [task.id for task in load_tasks(path, build)[0]] == ["a\u2028b\u0085c", "2"]


def test_a_byte_order_mark_is_no_content(tmp_path) -> None:
    assert len(load_tasks(write(tmp_path, b'\xef\xbb\xbf{"q": 1}\n'), build)[0]) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"q": ', "bad JSON"),
        ("[1]", "is a list, expected a JSON object"),
        ("3", "is a number"),
        ("null", "is a null"),
        ('{"r": 1}', "field 'q' is missing"),
        ('{"media": 1}', "does not exist"),
        ('{"q": 1}', "id '1' is taken"),
        ("[" * 200_000, "bad JSON"),
        ('{"q": ' + "9" * 5000 + "}", "bad JSON"),
    ],
)
def test_a_bad_record_stops_or_is_listed(tmp_path, line: str, told: str) -> None:
    path = write(tmp_path, f'{{"q": 1}}\n{line}\n{{"q": 2}}\n')
    with pytest.raises(DataError, match=told) as caught:
        load_tasks(path, build)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "\n" not in str(caught.value)
    tasks, bad = load_tasks(path, build, on_bad_record="skip")
    assert [task.id for task in tasks] == ["1", "2"]
    assert [(b.where, b.reason) for b in bad] == [(f"{path}:2", str(caught.value))]


def test_one_line_in_another_encoding_does_not_spoil_the_file(tmp_path) -> None:
    path = write(tmp_path, b'{"q": 1}\n{"q": "\xff"}\n')
    tasks, bad = load_tasks(path, build, "skip")
    assert len(tasks) == 1
    assert bad[0].reason.startswith(f"{path}:2: not UTF-8")


def test_a_file_that_gives_nothing_is_an_error(tmp_path) -> None:
    with pytest.raises(DataError, match="no record can be used"):
        load_tasks(write(tmp_path, ""), build)
    with pytest.raises(DataError, match=r"the first of 2 bad records: .*:1: field 'q' is missing"):
        load_tasks(write(tmp_path, "{}\n{}\n"), build, "skip")


def test_a_file_that_cannot_be_read(tmp_path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl: this data file does not exist"):
        load_tasks(tmp_path / "none.jsonl", build)
    with pytest.raises(DataError, match="cannot be read"):
        load_tasks(tmp_path, build)
    with pytest.raises(DataError, match=r"holds an? object, expected a list"):
        load_tasks(write(tmp_path, "{}", "data.json"), build)
    with pytest.raises(DataError, match="bad JSON"):
        load_tasks(write(tmp_path, "[{]", "data.json"), build)


def test_an_unknown_policy_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="expected 'skip' or 'stop'"):
        load_tasks(write(tmp_path, "{}"), build, "ignore")


def test_a_fault_in_our_own_code_is_not_a_bad_record(tmp_path) -> None:
    def broken(record: Record) -> Task:
        raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        load_tasks(write(tmp_path, "{}"), broken, "skip")
