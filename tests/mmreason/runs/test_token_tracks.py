from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.probes.token_entropies import TokenEntropies
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.recipe import Stage
from mmreason.runs.token_tracks import decode, encode, halves, unpacked
from mmreason.types import Group
from tests.mmreason.fakes import comp, group
from tests.mmreason.runs.world import recipe

TEXTS = (
    comp([1, 2, 3], [-1.0, 0.0, -3.0], [True, False, True], text="a cup", offsets=(0, 1, 2, 5)),
    comp([4], [-0.25], text="é"),
)


def stage() -> Stage:
    return replace(recipe().stages[0], losses=(ClippedSurrogate(by=GroupNorm()),))


def known(**signals: Any) -> Group:
    made = group(*TEXTS)
    made.signals[GroupNorm()] = [torch.full((3,), 0.5), torch.full((1,), -0.5)]
    made.signals.update(signals.get("more", {}))
    return made


def back(of: Group) -> Any:
    return decode(json.loads(json.dumps(encode(stage(), of))))


def test_ends_and_numbers_come_back() -> None:
    (ends, tracks), (no_ends, second) = back(known())
    assert ends == (1, 2, 5)
    assert no_ends == ()
    assert tracks["credit"] == (0.5, 0.5, 0.5)
    assert second["logprob"] == (-0.25,)


def test_what_the_policy_did_not_choose_has_no_log_prob() -> None:
    (_, tracks), _ = back(known())
    first, forced, last = tracks["logprob"]
    assert (first, last) == (-1.0, -3.0)
    assert math.isnan(forced)


def test_signals_with_a_number_a_token_become_tracks_by_their_names() -> None:
    numbers = [torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.4])]
    more = {TokenEntropies(): numbers, TokenLogprobs(REFERENCE): numbers, Sampled(): numbers}
    (_, tracks), _ = back(known(more=more))
    assert set(tracks) == {"logprob", "credit", "entropy", "logprob of reference"}
    assert tracks["entropy"] == pytest.approx([0.1, 0.2, 0.3], abs=1e-3)


def test_the_trainers_own_scores_give_the_ratio() -> None:
    again = [torch.tensor([-1.0, 0.0, -3.0 + math.log(2)]), torch.tensor([-0.25])]
    (_, tracks), _ = back(known(more={TokenLogprobs(POLICY): again}))
    assert set(tracks) == {"logprob", "credit", "ratio"}
    assert (tracks["ratio"][0], tracks["ratio"][2]) == pytest.approx((1.0, 2.0), abs=1e-3)
    assert math.isnan(tracks["ratio"][1])


def test_signals_of_another_shape_are_left_out() -> None:
    more = {
        TokenEntropies(): [torch.tensor([1.0]), torch.tensor([1.0])],
        TokenLogprobs(REFERENCE): [torch.tensor([1, 2, 3]), torch.tensor([1])],
    }
    (_, tracks), _ = back(known(more=more))
    assert set(tracks) == {"logprob", "credit"}


def test_numbers_too_large_for_half_precision_are_bounded() -> None:
    values = torch.tensor([1e9, -math.inf, math.nan, 2.0])
    large, low, nothing, two = unpacked(halves(values), "e")
    assert (large, low, two) == (65504.0, -65504.0, 2.0)
    assert math.isnan(nothing)


@pytest.mark.parametrize(
    "line",
    [{}, {"completions": [1]}, {"completions": [{"tracks": {"a": "!!"}}]}, {"completions": [{"tracks": {"a": "YQ=="}}]},
     {"completions": [{"lens": 3, "tracks": {}}]}, {"completions": [{"tracks": []}]}, {"completions": 7}],
)  # fmt: skip
def test_a_damaged_line_is_refused(line: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no line of token tracks"):
        decode(line)


def test_reading_needs_no_torch() -> None:
    told = "import sys, mmreason.runs.token_tracks, mmreason.inspector.run_folder; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "False\n"
