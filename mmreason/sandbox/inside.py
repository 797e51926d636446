"""What a program's process does once it holds nothing any more: run the program, answer calls to it, or judge one."""

from __future__ import annotations

import atexit
import os
import random
import sys
import threading
import traceback
from types import ModuleType
from typing import Any, NoReturn

from mmreason.sandbox import remote

NAME = "program.py"
UNFLUSHED = 120
"""Exit code of Python where the last output could not be written."""


def run(job: dict[str, Any]) -> NoReturn:
    """Do the job, and end as Python ends."""
    random.seed(0)  # equal programs, equal results
    if job["do"] == "judge":
        leave(remote.judge(job))
    module = ModuleType("solution" if job["do"] == "calls" else "__main__")
    sys.modules[module.__name__] = module
    code = executed(job["source"], module)
    if job["do"] == "calls" and code in (None, 0):  # what it defined until it left is what it defines
        code = remote.answer(module)
    leave(code or 0)


def executed(source: str, module: ModuleType) -> int | None:
    """Run it in the module; None at its end, or the exit code with which it left."""
    try:
        exec(compile(source, NAME, "exec"), module.__dict__)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return int(error.code or 0) & 0xFF
        sys.stderr.write(f"{error.code}\n")
        return 1
    except BaseException as error:
        trace = error.__traceback__
        traceback.print_exception(type(error), error, trace and trace.tb_next)
        return 1
    return None


def leave(code: int) -> NoReturn:
    """End the process without taking the interpreter apart, which would take three times as long as all before."""
    while waiting := [t for t in threading.enumerate() if not t.daemon and t is not threading.main_thread()]:
        for thread in waiting:
            thread.join()
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:  # the program's own doing, whatever it is
        code = code or UNFLUSHED
    os._exit(code)
