"""Says how many tests a program passes. What is right never enters a program's process."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isclose
from typing import Any

from mmreason.errors import DataError
from mmreason.sandbox.cases import Asserts, Calls, Cases, Streams
from mmreason.sandbox.keepers import POOL
from mmreason.sandbox.limits import Limits, SandboxError
from mmreason.sandbox.programs import run_in
from mmreason.sandbox.remote import UNUSABLE
from mmreason.sandbox.runs import finish, outcome, sealed, start
from mmreason.sandbox.wire import line, pack, unpack

LONGEST = 60
"""Characters of a token that is still read as a number."""


@dataclass(frozen=True)
class Verdict:
    """What the tests say of a program."""

    passed: int
    total: int
    reason: str = ""
    """Why the first test that was not passed was not; empty where all were."""
    usable: bool = True
    """False where the tests themselves cannot be run here, whatever the program does."""


def judged(source: str, cases: Cases, limits: Limits, mode: str, tolerance: float = 0.0, stop: bool = True) -> Verdict:
    """Run a program on its tests.

    Args:
        source: The program.
        cases: Its tests.
        limits: Of one run: each input is one, all calls together are one, all asserts together are one.
        mode: How to hold it, from ``programs.mode_for``.
        tolerance: Of numbers, relative and absolute.
        stop: The first test that is not passed is the last one run.

    Raises:
        SandboxError: no program can be run; never the program's fault.
    """
    if isinstance(cases, Streams):
        return _by_streams(source, cases, limits, mode, tolerance, stop)
    if isinstance(cases, Calls):
        return _by_calls(source, cases, limits, mode, tolerance)
    return _by_asserts(source, cases, limits, mode, stop)


def _by_streams(source: str, cases: Streams, limits: Limits, mode: str, tolerance: float, stop: bool) -> Verdict:
    passed, reason = 0, ""
    for given, wanted in zip(cases.inputs, cases.outputs, strict=True):
        ran = run_in(mode, source, given, limits=limits)
        right = ran.ok and same_output(ran.stdout, wanted, tolerance)
        passed += right
        reason = reason or ("" if right else ran.reason or "wrong output")
        if not right and stop:
            break
    return Verdict(passed, len(cases), reason)


def _by_calls(source: str, cases: Calls, limits: Limits, mode: str, tolerance: float) -> Verdict:
    requests = [line(["get", cases.function])]
    for arguments in cases.arguments:
        requests.append(line(["call", 0, [pack(x, _nothing_else) for x in arguments], {}]))
    replies, replies_end = os.pipe()
    with POOL.lend(mode) as (keeper,):
        job = {"do": "calls", "source": source}
        run = start(keeper, job, limits, given=[sealed(b"".join(requests)), replies_end], read={"replies": replies})
        finish([run])
        ended = outcome(run)
    found, *said = run.text("replies").split(b"\n")[:-1] or [b""]
    if b'"raised"' in found:  # the function itself is not there
        said = [found] * len(cases)
    wrong = [_wrong(text, value, cases.wrapped, tolerance) for text, value in zip(said, cases.values, strict=False)]
    wrong += [ended.reason or "no answer"] * (len(cases) - len(wrong))
    return Verdict(wrong.count(""), len(cases), next(filter(None, wrong), ""))


def _nothing_else(value: Any) -> int:
    raise DataError(
        f"a test gives its function a {type(value).__name__}; expected numbers, text, lists and dictionaries"
    )


def _wrong(text: bytes, wanted: Any, wrapped: bool, tolerance: float) -> str:
    """Why a reply is not right; nothing where it is."""
    try:
        reply = json.loads(text)
        if "raised" in reply:
            return f"{reply['raised']}: {reply['said']}"[:300]
        value = unpack(reply["value"], _Other)
        right = same_value(value, wanted, tolerance)
        if not right and wrapped and isinstance(wanted, (list, tuple)) and len(wanted) == 1:
            right = same_value(value, wanted[0], tolerance)
        return "" if right else f"wrong value: {value!r}"[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "an answer that cannot be read"


@dataclass(frozen=True, eq=False)
class _Other:
    """Something that is no plain data, and so equal to nothing."""

    number: int
    type: str


def _by_asserts(source: str, cases: Asserts, limits: Limits, mode: str, stop: bool) -> Verdict:
    ask, ask_end = os.pipe()
    answer, answer_end = os.pipe()
    results, results_end = os.pipe()
    test = {"do": "judge", "source": cases.setup, "tests": cases.tests, "entries": cases.entries, "stop": stop}
    with POOL.lend(mode, 2) as (first, second):
        job = {"do": "calls", "source": source}
        program = start(first, job, limits, given=[ask, answer_end])
        given = [ask_end, answer, results_end]
        judge = start(second, {**test}, limits, given=given, read={"results": results})
        finish([program, judge])
        ended, over = outcome(program), outcome(judge)
    try:
        wrong = [str(json.loads(row)) for row in judge.text("results").splitlines()]
    except ValueError as error:
        raise SandboxError(f"a judge does not say what it found: {error}") from error
    for why in wrong:
        if why.startswith(UNUSABLE):
            return Verdict(0, len(cases), why, usable=False)
    lost = ended.reason or over.reason
    if len(wrong) < len(cases) and not (stop and any(wrong)):
        wrong.append(lost or "the tests did not end")
    reason = next(filter(None, wrong), "")
    return Verdict(wrong.count(""), len(cases), lost if reason and lost else reason)


def same_output(said: str, wanted: str, tolerance: float = 0.0) -> bool:
    r"""Compare line by line, without white space at the ends and empty lines at the end; numbers as numbers.

    >>> same_output("1.50 x\n", "1.5 x")
    True
    """
    left, right = ([row.strip() for row in text.rstrip().split("\n")] for text in (said, wanted))
    if left == right:
        return True
    return len(left) == len(right) and all(map(_same_row, left, right, [tolerance] * len(left)))


def _same_row(said: str, wanted: str, tolerance: float) -> bool:
    left, right = said.split(), wanted.split()
    return len(left) == len(right) and all(a == b or _same_number(a, b, tolerance) for a, b in zip(left, right))  # noqa: B905


def _same_number(said: str, wanted: str, tolerance: float) -> bool:
    if max(len(said), len(wanted)) > LONGEST or not (said.isascii() and wanted.isascii()) or "_" in said:
        return False
    try:
        left, right = Decimal(said), Decimal(wanted)
    except InvalidOperation:
        return False
    if not (left.is_finite() and right.is_finite()):
        return False
    return left == right or (tolerance > 0 and isclose(left, right, rel_tol=tolerance, abs_tol=tolerance))


def same_value(said: Any, wanted: Any, tolerance: float = 0.0) -> bool:
    """Compare plain data; a tuple is as good as a list, and a key of JSON, which is text, as good as what it spells.

    >>> same_value((1, [2.0]), [1, [2]]), same_value({1: "a"}, {"1": "a"})
    (True, True)
    """
    if isinstance(wanted, (list, tuple)):
        alike = isinstance(said, (list, tuple)) and len(said) == len(wanted)
        return alike and all(same_value(a, b, tolerance) for a, b in zip(said, wanted, strict=True))
    if isinstance(wanted, dict):
        if not isinstance(said, dict) or len(said) != len(wanted):
            return False
        left, right = ({str(k): v for k, v in x.items()} for x in (said, wanted))
        return left.keys() == right.keys() and all(same_value(left[k], right[k], tolerance) for k in right)
    if isinstance(said, (int, float)) and isinstance(wanted, (int, float)):
        if isinstance(said, bool) is not isinstance(wanted, bool):
            return False
        return said == wanted or (tolerance > 0 and _close(said, wanted, tolerance))
    return type(said) is type(wanted) and bool(said == wanted)


def _close(said: float, wanted: float, tolerance: float) -> bool:
    try:
        return isclose(said, wanted, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # a whole number that no float holds
        return False
