"""Ordinary programs run as they would anywhere; what is asked wrongly or cannot be held is refused in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mmreason.errors import RecipeError
from mmreason.sandbox import kernel, programs
from mmreason.sandbox.keepers import POOL
from mmreason.sandbox.limits import MIB, Limits, Protection, SandboxError
from mmreason.sandbox.programs import mode_for, protection, run_in, run_program

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=["strong", "weak"])
def mode(request: pytest.FixtureRequest) -> str:
    try:
        mode = "weak" if request.param == "weak" else mode_for(False, Limits())
        run_in(mode, "")
    except SandboxError as error:
        pytest.skip(str(error))
    return mode


def test_input_output_and_exit_codes(mode: str) -> None:
    ran = run_in(mode, "import sys\nprint(input()[::-1])\nprint('é', file=sys.stderr)\nsys.exit(3)", "abc\n")
    assert (ran.status, ran.stdout, ran.stderr, ran.reason) == ("failed", "cba\n", "é\n", "é")
    assert not ran.ok
    assert 0.0 < ran.cpu_seconds < 5.0
    assert ran.peak_bytes > MIB
    assert run_in(mode, "import sys; sys.exit('no')").reason == "no"
    assert run_in(mode, "import sys; sys.exit(256)").ok, "as anywhere: the lower eight bits"
    assert run_in(mode, "raise SystemExit(7)").reason == "exit code 7"
    assert run_in(mode, "").ok


def test_big_input_and_output(mode: str) -> None:
    text = "é" * 2_000_000
    ran = run_in(
        mode, "t = open(0, encoding='utf-8').read()\nprint(t, end='')", text, limits=Limits(output_bytes=8 * MIB)
    )
    assert ran.stdout == text
    assert run_in(mode, "print('x' * 10)", limits=Limits(output_bytes=11)).ok
    over = run_in(mode, "print('x' * 11)", limits=Limits(output_bytes=11))
    assert (over.status, over.stdout, over.reason) == ("output", "x" * 11, "more than 11 bytes on stdout")


def test_what_a_program_expects_of_python(mode: str) -> None:
    source = """
import atexit, collections, decimal, sqlite3, sys, threading, zoneinfo
atexit.register(print, 'exit')
sys.setrecursionlimit(10**5)
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
threading.stack_size(64 * 2**20)
thread = threading.Thread(target=lambda: print(depth(50_000), __name__, sys.argv))
thread.start()
"""
    ran = run_in(mode, source)
    assert (ran.stdout, ran.stderr) == ("50000 __main__ ['program.py']\nexit\n", "")


def test_files_are_there_and_can_be_imported(mode: str) -> None:
    files = {"data/a.bin": b"\x00\xff", "helper.py": "WORD = 'é'", "b.txt": "x"}
    source = "import helper, os\nprint(helper.WORD, open('data/a.bin', 'rb').read(), sorted(os.listdir('.')))"
    assert run_in(mode, source, files=files).stdout == "é b'\\x00\\xff' ['b.txt', 'data', 'helper.py']\n"
    assert run_in(mode, "import os\nprint(os.listdir('.'))").stdout == "[]\n", "nothing is left of the run before"


def test_files_can_be_written_in_a_folder_of_its_own(mode: str) -> None:
    ran = run_in(mode, "open('x', 'w').write('y')\nprint(open('x').read())")
    assert ran.stdout == ("" if mode == "weak" else "y\n")


def test_what_cannot_be_set_up_is_an_error_and_no_outcome(mode: str) -> None:
    too_many = {"x": b"1" * 65_536} if mode != "weak" else {"x/y": "", "x": ""}
    with pytest.raises(SandboxError, match="a program could not be run: sandbox: "):
        run_in(mode, "", files=too_many, limits=Limits(file_bytes=4096))
    assert run_in(mode, "print(1)").ok


def test_equal_programs_give_equal_output(mode: str) -> None:
    source = "import random\nprint(random.random(), {str(i) for i in range(99)})"
    assert run_in(mode, source).stdout == run_in(mode, source).stdout


def test_many_at_once(mode: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda i: run_in(mode, f"print({i} * {i})").stdout, range(40)))
    assert found == [f"{i * i}\n" for i in range(40)]
    assert 1 <= len(POOL._idle[mode]) <= 4


def test_a_keeper_that_died_is_replaced(mode: str) -> None:
    POOL.close()
    run_in(mode, "")
    (keeper,) = POOL._idle[mode]
    keeper.popen.kill()
    keeper.popen.wait()
    with pytest.raises(SandboxError, match="keeper"):
        run_in(mode, "")
    assert run_in(mode, "print(1)").stdout == "1\n"


def test_no_descriptor_is_left(mode: str) -> None:
    run_in(mode, "")
    before = len(os.listdir("/proc/self/fd"))
    for source in ("", "1 / 0", "print('x' * 10**7)"):
        run_in(mode, source)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", ".", "a\0b"])
def test_a_file_outside_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match="expected a path inside"):
        run_program("", files={name: ""}, allow_weak=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpu_seconds", 0.0),
        ("wall_seconds", float("inf")),
        ("wall_seconds", float("nan")),
        ("memory_bytes", MIB),
        ("file_bytes", 0),
        ("processes", -1),
        ("threads", 0),
        ("output_bytes", 1.5),
    ],
)
def test_limits_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(RecipeError, match=f"Limits: {field} is {value}"):
        Limits(**{field: value})


def test_a_machine_that_does_not_hold_programs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = Protection(False, "mount: not permitted", ("they can read your files",))
    monkeypatch.setattr(programs, "probe", lambda: ("weak", weak))
    with pytest.raises(SandboxError, match=r"mount: not permitted.*they can read your files.*--allow-weak-sandbox"):
        run_program("")
    assert mode_for(True, Limits()) == "weak"
    with pytest.raises(SandboxError, match="processes is 4"):
        mode_for(True, Limits(processes=4))
    monkeypatch.setattr(programs, "probe", lambda: (None, Protection(False, "win32 is not supported", programs.NONE)))
    with pytest.raises(SandboxError, match="win32"):
        mode_for(True, Limits())
    assert not protection().strong


REFUSING = """
import json, struct, sys
from mmreason.sandbox import kernel
from mmreason.sandbox.programs import probe, run_program
from mmreason.sandbox.limits import SandboxError
refused = {"unshare": (272, 97)["x86_64 aarch64".split().index(__import__("platform").machine())]}
kernel.install_filter(b"".join(struct.pack("=HBBI", *op) for op in (
    (0x20, 0, 0, 0), (0x15, 0, 1, refused["unshare"]), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000),
)))
mode, found = probe()
try:
    run_program("")
except SandboxError as error:
    said = str(error)
ran = run_program("print(1)", allow_weak=True)
print(json.dumps([mode, found.strong, found.refused, found.missing, said, ran.stdout]))
"""


@pytest.mark.skipif(sys.platform != "linux" or kernel.arch() is None, reason="Linux on x86_64 or aarch64")
def test_a_kernel_that_refuses_namespaces_is_noticed_by_trying() -> None:
    ran = subprocess.run([sys.executable, "-c", REFUSING], cwd=ROOT, capture_output=True, text=True, check=True)
    mode, strong, refused, missing, said, stdout = json.loads(ran.stdout)
    assert (mode, strong, stdout) == ("weak", False, "1\n")
    assert "unshare: Operation not permitted" in refused
    assert missing
    assert "does not hold untrusted programs" in said


def test_runs_end_with_the_trainer() -> None:
    code = (
        "import threading, time, os\nfrom mmreason.sandbox.programs import run_program\n"
        "threading.Thread(target=run_program, args=('import time; time.sleep(60)',), "
        "kwargs={'allow_weak': True}, daemon=True).start()\n"
        "time.sleep(1.5)\nprint(os.getpid(), flush=True)\nos._exit(0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    mark = f"# for process {int(ran.stdout)}\0".encode()
    for _ in range(200):
        if not any(mark in command for command in commands()):
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError("something still runs")


def commands() -> list[bytes]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes())
            except OSError:
                continue
    return found
