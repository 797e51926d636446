"""Hostile programs: none gets out, stays, hangs or takes anything down, and each is a failed sample with a reason."""

from __future__ import annotations

import os
import signal
import socket
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mmreason.sandbox.cases import Streams
from mmreason.sandbox.keepers import POOL
from mmreason.sandbox.limits import MIB, Limits, SandboxError
from mmreason.sandbox.programs import mode_for, run_in
from mmreason.sandbox.room import landlock_version
from mmreason.sandbox.verdicts import judged
from tests.mmreason.sandbox.attack import Attack
from tests.mmreason.sandbox.attacks import ATTACKS, NETWORK
from tests.mmreason.sandbox.attacks_on_resources import FILES, READS

REPOSITORY = Path(__file__).parents[3]
LIMITS = Limits(cpu_seconds=1, wall_seconds=2, memory_bytes=160 * MIB, file_bytes=MIB, output_bytes=1 << 16, threads=16)
SLACK = 15.0
"""Seconds past its wall clock that a run may take on a busy machine."""


READING = [*READS.values(), *(FILES[name] for name in ("way up", "way up by descriptor")), NETWORK["name"]]


@dataclass
class Host:
    """What programs must not reach."""

    folder: Path
    names: dict[str, str]
    signals: list[int]
    sockets: list[socket.socket]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("host")
    secret = folder / "secret"
    secret.write_text("the-secret")
    names = {
        "PARENT": str(os.getpid()), "SECRET": str(secret), "HOST": str(folder), "REPOSITORY": str(REPOSITORY),
        "SOCKET": f"/tmp/mmreason-{os.getpid()}", "ABSTRACT": f"mmreason-{os.getpid()}",
    }  # fmt: skip
    caught: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: caught.append(number))
    listening = []
    for address in (names["SOCKET"], f"\0{names['ABSTRACT']}"):
        listening.append(socket.socket(socket.AF_UNIX))
        listening[-1].bind(address)
        listening[-1].listen()
        listening[-1].setblocking(False)
    yield Host(folder, names, caught, listening)
    for one in listening:
        one.close()
    os.remove(names["SOCKET"])
    signal.signal(signal.SIGUSR1, before)


@pytest.fixture(scope="module", params=["strong", "weak"])
def mode(request: pytest.FixtureRequest) -> str:
    weak = request.param == "weak"
    try:
        mode = "weak" if weak else mode_for(False, LIMITS)
        run_in(mode, "")
    except SandboxError as error:
        pytest.skip(str(error))
    return mode


def limits_of(attack: Attack, mode: str) -> Limits:
    if attack.processes and mode == "weak":
        pytest.skip("a program may start no process where nothing holds them")
    if mode == "weak" and attack in READING and not landlock_version():
        pytest.skip("no Landlock here, which alone keeps a program without a root of its own from reading")
    wall = LIMITS.wall_seconds if "time" in attack.ends else 10 * LIMITS.wall_seconds
    return replace(LIMITS, processes=attack.processes, wall_seconds=wall)


def left_over() -> list[str]:
    """Processes that run for this one, without the idle keepers."""
    idle = {keeper.popen.pid for keepers in POOL._idle.values() for keeper in keepers}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in idle:
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"# for process {os.getpid()}\0".encode() in command:
                found.append(entry.name)
    return found


def written(host: Host) -> list[Path]:
    places = [host.folder, REPOSITORY, Path.home(), Path.cwd(), *map(Path, ("/etc", "/tmp", "/var/tmp", "/dev/shm"))]
    return [place for place in places if (place / "mmreason-escaped").exists()]


def knocked(host: Host) -> int:
    count = 0
    for one in host.sockets:
        try:
            one.accept()[0].close()
            count += 1
        except BlockingIOError:
            pass
    return count


ALWAYS = ("time: loop", "time: sleep", "time: never leaves at exit")
"""Those that are run to the end of their time in every run of the tests."""


def marked(name: str) -> object:
    slow = name.startswith("time: ") and name not in ALWAYS
    return pytest.param(name, marks=pytest.mark.slow) if slow else name


@pytest.mark.parametrize("name", [marked(name) for name in ATTACKS])
def test_attack(name: str, mode: str, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    attack = ATTACKS[name]
    limits = limits_of(attack, mode)
    monkeypatch.setenv("MMREASON_SECRET", "the-secret")
    source = string.Template(attack.source).safe_substitute(host.names)
    began = time.monotonic()

    ran = run_in(mode, source, "input", limits=limits)

    assert time.monotonic() - began < limits.wall_seconds + SLACK
    ends = attack.ends if mode != "weak" or not name.startswith("files: ") else ("failed", "killed")
    assert ran.status in ends, (ran.status, ran.reason, ran.stdout[-300:], ran.stderr[-300:])
    assert ran.ok or ran.reason
    assert "ESCAPED" not in ran.stdout, ran.stdout[-500:]
    assert "the-secret" not in ran.stdout + ran.stderr
    assert len(ran.stdout) <= limits.output_bytes
    assert left_over() == []
    assert written(host) == []
    assert host.signals == []
    assert knocked(host) == 0
    assert run_in(mode, "print(6 * 7)").stdout == "42\n", "the next program runs as ever"


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if "ok" in attack.ends])
def test_ending_well_earns_nothing(name: str, mode: str) -> None:
    attack = ATTACKS[name]
    found = judged(attack.source, Streams(("",), ("right",)), limits_of(attack, mode), mode)
    assert (found.passed, found.total) == (0, 1)
    assert found.usable
    assert found.reason


def test_there_are_enough() -> None:
    assert len(ATTACKS) >= 60
