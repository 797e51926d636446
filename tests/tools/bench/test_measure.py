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
    assert {"torch", "transformers", "python"} <= set(found["versions"])


SMALL = ("--size", "56", "--tokens", "4", "--rounds", "1", *THREADS)


@pytest.mark.parametrize("arm", ["full", "frozen", "lora"])
def test_a_small_case_agrees_and_counts_what_each_side_runs(
    arm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "learn.json"
    assert command.main(["learn", *SMALL, "--num", "3", "--arm", arm, "--json", str(path)]) == 0
    assert f"G 3, 4 tokens, {arm}" in capsys.readouterr().out
    counters = json.loads(path.read_text())["results"][0]["counters"]
    assert counters["ours"]["patches"] == (16 if arm == "full" else 0)  # a frozen tower's features are there already
    assert counters["plain"]["patches"] == 3 * 16
    assert counters["plain"]["tokens"] - counters["ours"]["tokens"] == 2 * (counters["plain"]["tokens"] / 3 - 4)


@pytest.mark.parametrize("case", [("--kl", "0.1"), ("--groups", "2"), ("--images", "0", "--words", "20")])
def test_other_cases_agree(case: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["learn", *SMALL, "--num", "2", *case]) == 0
    assert "x  " in capsys.readouterr().out


def test_the_scoring_service_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["score", *SMALL, "--num", "2", "--tokens", "6"]) == 0
    assert "forwards 6" in capsys.readouterr().out


def test_growth_of_one_axis(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.bench import scale
    from tools.bench.cases import Case

    small = Case(size=56, num=2, tokens=3)
    monkeypatch.setattr(scale, "AXES", {"completions": (small, "num", (2, 3)), "frames": (small, "frames", (2, 4))})
    assert command.main(["scale", "--axis", "comp", "--rounds", "1", *THREADS]) == 0
    out = capsys.readouterr().out
    assert "completions" in out
    assert "frames" not in out


@pytest.mark.slow
def test_trl_agrees_where_it_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("trl")
    assert command.main(["learn", "--against", "trl", *SMALL, "--num", "2", "--micro", "2"]) == 0
    assert "TRL, micro-batch 2: images 0, patches 32" in capsys.readouterr().out
    assert command.main(["step", *SMALL, "--num", "2", "--micro", "2"]) == 0
    assert "TRL, micro-batch 2: images 4, patches 64" in capsys.readouterr().out


def test_a_disagreement_ends_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from tools.bench import learn

    monkeypatch.setattr(learn, "LIMITS", dict.fromkeys(learn.LIMITS, -1.0))
    assert command.main(["learn", *SMALL, "--num", "2"]) == 1
    seen = capsys.readouterr()
    assert "x  " not in seen.out
    assert "do not compute the same" in seen.err
