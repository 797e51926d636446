"""A benchmark refuses to compare what does not agree, and measures in turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tools.bench import __main__ as command
from tools.bench.measure import Disagree, Result, compare, table, write

LIMITS = {"logprob": 1e-4}
THREADS = ("--threads", str(torch.get_num_threads()))  # those of the other tests


@pytest.mark.parametrize("gap", [2e-4, float("nan"), float("inf")])
def test_no_ratio_for_results_that_are_apart(gap: float) -> None:
    ran: list[str] = []
    with pytest.raises(Disagree, match=r"learn: the two sides do not compute the same: logprob .* no ratio is given"):
        compare(
            "learn", lambda: ran.append("a"), ("plain", lambda: ran.append("b")), lambda: {"logprob": gap}, LIMITS, 3
        )
    assert not ran


def test_both_sides_take_turns_after_a_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    seconds = iter([9.0, 9.0, 1.0, 4.0, 2.0, 4.0, 1.0, 6.0])
    monkeypatch.setattr("tools.bench.measure.clock", lambda run: (run(), next(seconds))[1])
    found = compare(
        "learn", lambda: ran.append("a"), ("plain", lambda: ran.append("b")), lambda: {"logprob": 1e-6}, LIMITS, 3
    )
    assert ran == ["a", "b"] * 4
    assert (found.ours_s, found.peer_s, found.ratio, found.spread) == (1.0, 4.0, 4.0, (2.0, 6.0))


def test_results_for_people_and_for_programs(tmp_path: Path) -> None:
    result = Result("learn", 1.0, 4.0, "plain", 4.0, (2.0, 6.0), {"logprob": 1e-6}, 3, {"packed": {"patches": 1024}})
    assert "4.00x" in table([result])
    assert "patches 1024" in table([result])
    write(tmp_path / "a" / "out.json", [result])
    found = json.loads((tmp_path / "a" / "out.json").read_text())
    assert found["results"][0]["ratio"] == 4.0
    assert set(found["versions"]) == {"torch", "transformers", "python"}


def test_a_small_case_agrees_and_counts_what_each_side_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "learn.json"
    options = ["learn", "--size", "56", "--group", "3", "--tokens", "5", "--rounds", "1", *THREADS]
    assert command.main([*options, "--arm", "frozen", "--json", str(path)]) == 0
    assert "G 3, 5 tokens, frozen" in capsys.readouterr().out
    counters = json.loads(path.read_text())["results"][0]["counters"]
    assert counters["packed"]["patches"] == 0  # kept from the run before: a frozen tower gives the same features
    assert counters["plain"]["patches"] == 3 * 16
    assert counters["plain"]["tokens"] - counters["packed"]["tokens"] == 2 * (counters["plain"]["tokens"] / 3 - 5)


def test_a_disagreement_ends_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from tools.bench import learn

    monkeypatch.setattr(learn, "LIMITS", {"logprob": -1.0, "gradient": -1.0})
    options = ["learn", "--size", "56", "--group", "2", "--tokens", "2", "--rounds", "1", *THREADS]
    assert command.main(options) == 1
    seen = capsys.readouterr()
    assert "x  " not in seen.out
    assert "do not compute the same" in seen.err
