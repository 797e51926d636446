"""``mmreason demo``: what is refused before anything is opened, and which checkpoints may be asked."""

from __future__ import annotations

import socket
from importlib.util import find_spec
from pathlib import Path

import pytest

from mmreason.cli.demo import find_model, free_port
from mmreason.cli.suggest import CommandError
from mmreason.errors import CheckpointError
from tests.mmreason.cli.conftest import Say


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone"], "gone is no folder; give the folder of a run"),
        (["--port", "70000"], "--port: expected 0 to 65535, got 70000"),
        (["--port", "web"], "--port: expected a whole number, got 'web'"),
        (["--max-upload", "0"], "--max-upload: expected 1 to 4096 megabytes, got 0"),
        (["--prot", "1"], "unknown option '--prot'; did you mean '--port'?"),
    ],
)
def test_a_mistake_is_one_line(say: Say, words: list[str], said: str) -> None:
    found = say("demo", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.skipif(find_spec("gradio") is None, reason="needs the extra demo")
@pytest.mark.parametrize(
    ("words", "said"),
    [(["."], "holds no run: expected metrics.jsonl"), (["--recipe", "rewardmpa"], "did you mean 'rewardmap'?")],
)
def test_a_folder_without_a_run_and_an_unknown_recipe(say: Say, words: list[str], said: str) -> None:
    found = say("demo", *words)
    assert found.code == 2
    assert said in found.err


@pytest.mark.skipif(find_spec("gradio") is not None, reason="gradio is here")
def test_without_gradio_it_says_what_to_install(say: Say) -> None:
    assert "pip install 'mmreason[demo]'" in say("demo").err


def test_the_help_reads_nothing_heavy(say: Say) -> None:
    found = say("demo", "--help")
    assert found.code == 0
    for option in ("RUN", "--checkpoint", "--recipe", "--host", "--port", "--max-upload"):
        assert option in found.out


def test_a_server_for_others_offers_only_what_was_named(tmp_path: Path) -> None:
    assert find_model("mmreason-tiny", only=("mmreason-tiny",))[0].model == "mmreason-tiny"
    for name in (str(tmp_path), "/etc", "owner/name", "../x"):
        with pytest.raises(CommandError, match="this server offers mmreason-tiny"):
            find_model(name, only=("mmreason-tiny",))


def test_on_this_machine_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(CheckpointError, match="unknown run or checkpoint"):
        find_model(str(tmp_path / "runs" / "gone"))


def test_a_taken_port_makes_way_for_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert number < free_port("127.0.0.1", number) <= number + 20
    assert free_port("127.0.0.1", 0) > 0


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(CommandError, match="no address of this machine"):
        free_port(host, 7860)
