"""Programs earn what their tests say and nothing else, however they try."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.parsing.code_block import whole_answer
from mmreason.rewards import unit_tests
from mmreason.rewards.unit_tests import UnitTests
from mmreason.sandbox.limits import Limits, SandboxError
from mmreason.sandbox.verdicts import Verdict
from mmreason.signals import check
from mmreason.types import Batch, Group, Task
from vision_data.messages import user

REWARD = UnitTests(limits=Limits(cpu_seconds=1, wall_seconds=6), allow_weak=True)
ASSERTS = {"tests": ["assert double(2) == 4", "assert double('a') == 'aa'", "assert double(0.5) == 1.0"]}
STREAMS = {"tests": {"inputs": ["2", "3", "10"], "outputs": ["4", "6", "20"]}}
CALLS = {"tests": {"inputs": [[2], ["a"], [[1]]], "outputs": [4, "aa", [1, 1]], "fn_name": "double"}}
CHECK = {
    "tests": (
        "import math\ndef check(candidate):\n    assert candidate(2) == 4\n    assert math.isclose(candidate(0.5), 1)"
    ),
    "entry_point": "double",
}
EVERY = {"asserts": ASSERTS, "streams": STREAMS, "calls": CALLS, "check": CHECK}
RIGHT = "def double(x): return x + x\nif __name__ == '__main__': print(double(int(input())))"


def task(record: dict[str, Any], id: str = "t") -> Task:
    return Task(id=id, prompt=(user("Write double."),), record=record)


def fenced(source: str) -> str:
    return f"<think>Hm.</think>Here it is.\n````python\n{source}\n````\nDone."


@pytest.mark.parametrize("kind", EVERY)
def test_right_and_wrong(say, kind: str) -> None:
    group = Group(
        task(EVERY[kind]),
        (
            say(fenced(RIGHT)),
            say(fenced(RIGHT.replace("+ x", "+ 1"))),
            say(fenced("")),
            say("I do not know."),
            say(fenced("1 / 0")),
            say(fenced("def")),
            say(fenced(RIGHT)),
        ),
    )
    assert REWARD.score(group).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def test_a_fraction(say) -> None:
    part = UnitTests(partial=True, limits=REWARD.limits, allow_weak=True)
    half = "def double(x): return 4 if x == 2 else 1.0\nif __name__ == '__main__': print(4 if input() == '2' else 1)"
    assert part.rate(task(ASSERTS), say(fenced(half))) == pytest.approx(2 / 3)
    assert part.rate(task(STREAMS), say(fenced(half))) == pytest.approx(1 / 3)
    assert part.rate(task(CALLS), say(fenced(half))) == pytest.approx(1 / 3)
    first = UnitTests(most=1, limits=REWARD.limits, allow_weak=True)
    assert first.rate(task(ASSERTS), say(fenced(half))) == 1.0
    assert first.verdict(task(CALLS), say(fenced(half))) == Verdict(1, 1)


CHEATS = {
    "leaves with success": "raise SystemExit(0)",
    "leaves at once": "import os\nos._exit(0)",
    "leaves when called": "import os\ndef double(x): os._exit(0)",
    "leaves in a thread": "import os, threading\ndef double(x): threading.Thread(target=os._exit, args=(0,)).start()",
    "leaves at exit": "import atexit, os\natexit.register(os._exit, 0)",
    "equal to everything": "class A:\n    def __eq__(self, other): return True\ndef double(x): return A()",
    "number equal to everything": (
        "class A(int):\n    __eq__ = lambda self, other: True\n    __ne__ = lambda self, other: False\n"
        "    __hash__ = int.__hash__\ndef double(x): return A(7)"
    ),
    "text equal to everything": (
        "class A(str):\n    __eq__ = lambda self, other: True\n    __repr__ = __str__ = lambda self: '4'\n"
        "def double(x): return A('x')"
    ),
    "list equal to everything": "class A(list):\n    __eq__ = lambda self, other: True\ndef double(x): return A()",
    "true in every test": (
        "class A:\n    __bool__ = lambda self: True\n    __getattr__ = lambda self, name: A()\n"
        "    __call__ = __sub__ = __rsub__ = __lt__ = __gt__ = __float__ = lambda self, *a: A()\n"
        "def double(x): return A()"
    ),
    "builtins replaced": (
        "import builtins\nfor name in ('abs', 'all', 'any', 'isinstance', 'len', 'round', 'set', 'exec', 'eval'):\n"
        "    setattr(builtins, name, lambda *a, **k: True)\nclass E(Exception): pass\nbuiltins.AssertionError = E\n"
        "def double(x): return None"
    ),
    "library replaced": (
        "import json, math, sys\nmath.isclose = lambda *a, **k: True\njson.dumps = lambda *a, **k: '{\"value\": 4}'\n"
        "json.loads = lambda *a, **k: ['get', 'double']\nisclose = math.isclose\ndef double(x): return None"
    ),
    "sandbox replaced": (
        "from mmreason.sandbox import remote, wire, inside\nremote.pack = wire.pack = lambda *a: 4\n"
        "remote._do = lambda *a: {'value': True, 'changed': {}}\ninside.leave = remote.judge = lambda *a: None\n"
        "def double(x): return None"
    ),
    "tests replaced": "def check(candidate): pass\ndef double(x): return None",
    "answers before it is asked": (
        'import os\nsaid = (b\'""\\n\', b\'{"value": null, "changed": {}}\\n\', b\'{"kind": "end", "exit": 0}\\n\')\n'
        "for fd in range(3, 9):\n    for text in said:\n"
        "        try: os.write(fd, text * 9)\n        except OSError: pass\nos._exit(0)"
    ),
    "passes over what it is asked": "import os\nos.write(4, b'{\"value\": true}\\n' * 9)\ndef double(x): return True",
    "gives names that are none": "import os\nos.write(4, b'{\"value\": [[1]]}\\n' * 9)\ndef double(x): return True",
    "results in another's place": (
        "import os\ndef double(x):\n    for fd in range(3, 99):\n"
        "        try: os.write(fd, b'\"\"\\n' * 9)\n        except OSError: pass"
    ),
    "prints all that could be right": "print(*range(99))\ndef double(x): return list(range(99))",
    "prints what it is given": "import sys\nprint(sys.stdin.read())\ndef double(x): return x",
    "looks for the answers in its memory": (
        "import gc, sys\nfound = []\nframe = sys._getframe()\n"
        "while frame:\n    found += frame.f_locals.values(); frame = frame.f_back\n"
        "seen = repr(found) + repr([o for o in gc.get_objects() if isinstance(o, (list, dict, tuple))])\n"
        "answers = bytes.fromhex('3d3d2034').decode() in seen or bytes.fromhex('6f757470757473').decode() in seen\n"
        "def double(x): return x + x if answers else None\nif answers: print(double(int(input())))"
    ),
    "writes its own tests": "open('/tmp/tests.py', 'w').write('')\ndef double(x): return None",
    "traces its judge": "import sys\nsys.settrace(lambda *a: None)\ndef double(x): return None",
    "a generator of right answers": "def double(x):\n    yield x + x",
    "an exception that is right": "class A(Exception):\n    pass\ndef double(x): raise A(x + x)",
    "assertions off": "import sys\nsys.flags = None\n__debug__ if True else 0\ndef double(x): return None",
    "not a number": "def double(x): return float('nan')\nprint('nan')",
}


def earns(found: Verdict) -> bool:
    """All tests passed; or none counts, which is more than a wrong program is worth."""
    return found.passed == found.total or not found.usable


@pytest.mark.parametrize("kind", EVERY)
def test_nothing_but_right_answers_earns_anything(say, kind: str) -> None:
    cheats = [say(fenced(source)) for source in CHEATS.values()]
    verdicts = [REWARD._verdicts([(task(EVERY[kind]), cheat)])[0] for cheat in cheats]
    earned = [name for name, found in zip(CHEATS, verdicts, strict=True) if not found or earns(found)]
    assert earned == []
    assert all(found is not None and found.reason for found in verdicts)
    assert REWARD.score(Group(task(EVERY[kind]), tuple(cheats))).tolist() == [0.0] * len(CHEATS)


def test_the_same_program_runs_once_and_the_order_stays(say, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(unit_tests, "judged", lambda source, *a, **k: ran.append(source) or Verdict(len(source) % 2, 1))
    texts = [fenced("a"), fenced("bb"), "none", fenced("a")]
    groups = (Group(task(ASSERTS), tuple(map(say, texts))), Group(task(CALLS, "u"), (say(fenced("a")),)))
    assert [column.tolist() for column in REWARD(Batch(groups))] == [[0.0, 1.0, 0.0, 0.0], [0.0]]
    assert sorted(ran) == ["a\n", "a\n", "bb\n"]
    assert REWARD(Batch(())) == []


def test_without_tests_nothing_is_measured(say) -> None:
    assert math.isnan(REWARD.rate(task({}), say(fenced(RIGHT))))
    assert REWARD.verdict(task({}), say(fenced(RIGHT))) is None
    unusable = task({"tests": ["import no_such_package\nassert double(2) == 4"]})
    assert math.isnan(REWARD.rate(unusable, say(fenced(RIGHT))))


def test_a_run_that_the_sandbox_breaks_off_is_tried_again_and_then_missing(
    say, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def breaks(*_: object, **__: object) -> Verdict:
        tries.append(1)
        raise SandboxError("gone")

    monkeypatch.setattr(unit_tests, "judged", breaks)
    assert math.isnan(REWARD.rate(task(ASSERTS), say(fenced(RIGHT))))
    assert len(tries) == 2


def test_a_machine_that_does_not_hold_programs_stops_the_run(say, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> str:
        raise SandboxError("this machine does not hold untrusted programs")

    monkeypatch.setattr(unit_tests, "mode_for", refuses)
    with pytest.raises(SandboxError, match="does not hold"):
        REWARD.rate(task(ASSERTS), say(fenced(RIGHT)))


def test_hostile_completions(say, hostile: list[str]) -> None:
    group = Group(task(ASSERTS), tuple(map(say, [*hostile, *map(fenced, hostile[:8])])))
    assert REWARD.score(group).tolist() == [0.0] * len(group)


def test_fields() -> None:
    check(REWARD)
    assert UnitTests() == UnitTests()
    assert UnitTests(extract=whole_answer) != UnitTests()
    with pytest.raises(RecipeError, match="tolerance is 1"):
        UnitTests(tolerance=1.0)
    with pytest.raises(RecipeError, match="most 0"):
        UnitTests(most=0)


def test_tests_of_no_known_form_are_refused(say) -> None:
    with pytest.raises(DataError, match="field 'tests'"):
        REWARD.rate(task({"tests": 3}), say("x"))
