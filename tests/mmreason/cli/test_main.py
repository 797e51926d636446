"""The front door: help, unknown words, and what becomes of errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmreason.cli.main import COMMANDS, guarded
from mmreason.errors import DataError
from vision_data.errors import MediaError

ROOT = Path(__file__).parents[3]


def in_a_process(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the module as a program."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command(say) -> None:
    told = say("--help")
    assert told.code == 0
    assert all(f"\n  {name} " in told.out for name in COMMANDS)
    assert told.err == ""


def test_without_a_word_the_help_is_shown_and_the_code_says_that_nothing_was_done(say) -> None:
    assert say().code == 2
    assert "commands:" in say().out


def test_the_version_is_one_line(say) -> None:
    assert say("--version").out.startswith("mmreason 0.")


def test_an_unknown_command_is_one_line_with_the_nearest_one(say) -> None:
    told = say("trian", "--help")
    assert told == (2, "", "error: unknown command 'trian'; did you mean 'train'?\n")


def test_an_expected_error_is_one_line_even_if_its_text_has_more(capsys: pytest.CaptureFixture[str]) -> None:
    for error in (DataError("a.jsonl:3: bad\nfor two reasons"), MediaError("a.jsonl:3: bad\n  for two reasons")):

        def fail(error: Exception = error) -> int:
            raise error

        assert guarded(fail) == 2
        assert capsys.readouterr().err == "error: a.jsonl:3: bad for two reasons\n"


def test_ctrl_c_is_130_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> int:
        raise KeyboardInterrupt

    assert guarded(stopped) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_of_ours_is_not_hidden() -> None:
    def bug() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded(bug)


def test_as_a_program_it_is_light_and_ends_with_the_code() -> None:
    """One process: the help loads nothing heavy, an error is one line on stderr."""
    program = (
        "import sys; from mmreason.cli.main import main; code = main(['--help']); bad = main(['evall']);"
        "print(code, bad, *sorted({'torch', 'tyro', 'rich', 'numpy', 'PIL', 'transformers'} & set(sys.modules)))"
    )
    ran = in_a_process("-c", program)
    assert ran.stdout.splitlines()[-1] == "0 2"
    assert ran.stderr == "error: unknown command 'evall'; did you mean 'eval'?\n"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """``mmreason ... | head``."""
    program = (
        "import sys; from mmreason.cli.main import guarded\n"
        "def work():\n    for _ in range(10**6): sys.stdout.write('line\\n')\n    return 0\n"
        "sys.exit(guarded(work))"
    )
    command = f'"{sys.executable}" -c "$PROGRAM" | head -1; exit ${{PIPESTATUS[0]}}'
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PROGRAM": program},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "line\n", "")
