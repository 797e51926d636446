from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmreason.errors import CheckpointError
from mmreason.runs.plain_file import read_plain, write_plain


def test_plain_data_come_back_as_they_were(tmp_path: Path) -> None:
    data = {"a": [1, (2.5, None, "x")], "b": {"t": torch.arange(3)}, "big": 2**63 - 1, "none": []}
    write_plain(tmp_path / "x.pt", data)
    found = read_plain(tmp_path / "x.pt")
    assert torch.equal(found["b"].pop("t"), data["b"].pop("t"))  # type: ignore[attr-defined]
    assert found == data


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused_in_one_line(tmp_path: Path, share: float) -> None:
    path = tmp_path / "x.pt"
    write_plain(path, {"t": torch.arange(1000)})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointError, match="cut off, damaged or no file of ours") as error:
        read_plain(path)
    assert "\n" not in str(error.value)


def test_other_contents_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"hello" * 100)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_plain(tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="does not exist"):
        read_plain(tmp_path / "missing.pt")
    torch.save([1], tmp_path / "list.pt")
    with pytest.raises(CheckpointError, match="holds a list"):
        read_plain(tmp_path / "list.pt")


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("the file ran code",)


def test_a_file_cannot_run_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": Trap()}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_plain(tmp_path / "x.pt")
    assert capsys.readouterr().out == ""
