"""Calls from a judge to a program in another process: tests run where the program can reach neither them nor Python.

The judge has the tests. What they use of the program is a stand-in that sends the call over and gets plain data back,
see ``wire``. So a program cannot replace ``==``, ``assert`` or ``isclose``, nor see what it is compared with.
"""

from __future__ import annotations

import builtins
import importlib
import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from mmreason.sandbox.wire import line, pack, unpack

ASKED, ANSWERED, RESULTS = 3, 4, 5
"""Descriptors: requests to the program, its answers, and the judge's results."""
UNUSABLE = "the tests cannot be run here: "
"""How a result begins that is not the program's fault."""
MANY = 1_000_000
"""Items that the judge takes from one iterator."""


def answer(module: ModuleType) -> int:
    """Answer calls into the module until the judge hangs up."""
    held: list[Any] = []

    def hold(value: Any) -> int:
        held.append(value)
        return len(held) - 1

    with open(ASKED, "rb") as requests, open(ANSWERED, "wb", buffering=0) as replies:
        for text in requests:
            try:
                reply = _do(json.loads(text), module, held, hold)
            except BaseException as error:
                reply = {"raised": type(error).__name__, "said": str(error)[:500]}
            replies.write(line(reply))
    return 0


def _do(request: list[Any], module: ModuleType, held: list[Any], hold: Callable[[Any], int]) -> dict[str, Any]:
    """Do one of get, attribute, call, items, length and text."""

    def here(number: int, _: str) -> Any:
        return held[number]

    match request:
        case ["get", name]:
            return {"value": pack(_found(module, name), hold)}
        case ["names"]:
            return {"value": [name for name in vars(module) if not name.startswith("__")]}
        case ["attribute", number, name]:
            return {"value": pack(getattr(held[number], name), hold)}
        case ["call", number, args, kwargs]:
            given = [unpack(arg, here) for arg in args]
            value = held[number](*given, **{k: unpack(v, here) for k, v in kwargs.items()})
            reply = {"value": pack(value, hold)}
            after = [pack(arg, hold) if isinstance(arg, (list, dict, set, bytearray)) else None for arg in given]
            changed = {
                str(i): new for i, (new, old) in enumerate(zip(after, args, strict=True)) if new not in (None, old)
            }
            return {**reply, "changed": changed} if changed else reply
        case ["items", number]:
            return {"value": pack([item for item, _ in zip(held[number], range(MANY), strict=False)], hold)}
        case ["length", number]:
            return {"value": len(held[number])}
        case ["text", number]:
            return {"value": str.__str__(str(held[number]))}
    raise ValueError("no request of ours")


def _found(module: ModuleType, name: str) -> Any:
    """Find a name of the module, else the method of that name of its ``Solution``, as some sets of problems have it."""
    if name in vars(module):
        return vars(module)[name]
    if "Solution" not in vars(module):
        raise NameError(f"the program does not define {name!r}")
    return getattr(vars(module)["Solution"](), name)


class NotSent(TypeError):
    """A test hands the program something that cannot go over, such as a function."""


class Line:
    """The judge's end."""

    def __init__(self) -> None:
        self.requests = open(ASKED, "wb", buffering=0)  # noqa: SIM115
        self.replies = open(ANSWERED, "rb")  # noqa: SIM115
        self.asked = 0

    def ask(self, *request: Any) -> Any:
        """Give the program's answer, or raise what it raised."""
        self.asked += 1
        try:
            self.requests.write(line(request))
            reply = json.loads(self.replies.readline())
        except (ValueError, OSError, RecursionError):
            raise RuntimeError("the program ended, or did not answer") from None
        if not isinstance(reply, dict) or "value" not in reply:
            raise _error(reply)
        return reply

    def value(self, *request: Any) -> Any:
        """Give the answer as a value."""
        return unpack(self.ask(*request)["value"], lambda number, kind: Far(self, number, kind))


def _error(reply: Any) -> Exception:
    """What the program raised, where Python has such an exception."""
    raised, said = (reply.get("raised"), reply.get("said")) if isinstance(reply, dict) else (None, None)
    kind = getattr(builtins, raised, None) if isinstance(raised, str) else None
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError):
        return kind(said)
    return RuntimeError(f"{raised}: {said}")


class Far:
    """Something of the program's that was not copied: it can be asked, but is equal to nothing and has no truth."""

    def __init__(self, link: Line, number: int, kind: str) -> None:
        self.__dict__.update(_link=link, _number=number, _kind=kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it; containers that it changed are changed here too."""
        link: Line = self._link
        there = [pack(arg, _number) for arg in args]
        reply = link.ask("call", self._number, there, {k: pack(v, _number) for k, v in kwargs.items()})

        def far(number: int, kind: str) -> Far:
            return Far(link, number, kind)

        for place, new in reply.get("changed", {}).items():
            _replace(args[int(place)], unpack(new, far))
        return unpack(reply["value"], far)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.value("attribute", self._number, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._link.value("items", self._number))

    def __len__(self) -> int:
        return int(self._link.value("length", self._number))

    def __str__(self) -> str:
        return str(self._link.value("text", self._number))

    def _refuse(self, *_: Any) -> Any:
        raise TypeError(f"the program gave an object of its own, a {self._kind}, where plain data can be compared")

    __eq__ = __ne__ = __bool__ = __hash__ = _refuse


def _number(value: Any) -> int:
    if isinstance(value, Far):
        return int(value._number)
    raise NotSent(f"a {type(value).__name__} cannot be given to the program")


def _replace(old: Any, new: Any) -> None:
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)


def judge(job: dict[str, Any]) -> int:
    """Run each test on the program at the other end of the line, and write one result a line: why not, or nothing."""
    link = Line()
    with open(RESULTS, "wb", buffering=0) as results:
        space: dict[str, Any] = {"__name__": "tests"}
        broken = _prepared(job, space, link)
        for test in job["tests"]:
            why = broken or _tried(test, space, link)
            results.write(line(why))
            if why and job["stop"]:
                break
    return 0


def _prepared(job: dict[str, Any], space: dict[str, Any], link: Line) -> str:
    """Put names where tests look for them, and run what tests need; why that does not work, or nothing."""
    try:
        space |= _names(job, link)
    except BaseException as error:  # whatever it is, it is about the program's answers
        return f"{type(error).__name__}: {error}"[:300]
    before = link.asked
    try:
        exec(compile(job["source"], "setup", "exec"), space)
    except NameError as error:
        return _said(error)
    except BaseException as error:
        return _said(error) if link.asked > before else f"{UNUSABLE}{error}"[:300]
    return ""


def _names(job: dict[str, Any], link: Line) -> dict[str, Any]:
    """What tests may mean by a name of the program's; not what could bend them, such as an ``isclose`` of its own."""
    text = "\n".join((job["source"], *job["tests"]))
    used = set(re.findall(r"\w+", text))
    space: dict[str, Any] = {"isclose": math.isclose} if "isclose" in used else {}
    for name in used & sys.stdlib_module_names - set(job["entries"]):
        if re.search(rf"\b{name}\.", text):
            space[name] = importlib.import_module(name)
    defined = [name for name in link.value("names") if isinstance(name, str)]
    wanted = [name for name in defined if name in used and name not in space and not hasattr(builtins, name)]
    return space | {name: link.value("get", name) for name in dict.fromkeys([*wanted, *job["entries"]])}


def _tried(test: str, space: dict[str, Any], link: Line) -> str:
    """Run one test; why it failed, or nothing."""
    before = link.asked
    try:
        exec(compile(test, "test", "exec"), space)
    except BaseException as error:
        return _said(error, test)
    return "" if link.asked > before else f"the test did not call the program: {test[:200]}"


def _said(error: BaseException, test: str = "") -> str:
    if isinstance(error, NotSent) or (isinstance(error, ImportError) and error.name):
        return f"{UNUSABLE}{error}"[:300]
    if isinstance(error, AssertionError) and not error.args:
        return f"not true: {test.strip()[:280]}"
    return f"{type(error).__name__}: {error}"[:300]
