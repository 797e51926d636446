"""One token per row over a shared prompt and its own keys, against ordinary attention row by row."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mmreason.models.cache import dead, grid
from mmreason.models.decode_attention import DecodePlan

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("of_row", "prompts", "starts"),
    [
        ([0, 0, 1, 1], [7, 7], [2, 2, 2, 2]),  # in order, nothing masked
        ([0, 0, 0], [5], [2, 4, 3]),
        ([1, 0, 1, 1, 2], [3, 9, 4], [2, 5, 2, 7, 3]),  # ragged and out of order, a prompt with one row
        ([0, 2], [6, 8, 2], [3, 2]),  # a prompt that nobody asks any more
    ],
)
def test_every_row_sees_its_prompt_and_its_own_columns(
    of_row: list[int], prompts: list[int], starts: list[int]
) -> None:
    torch.manual_seed(0)
    num, kv, rep, dim, at, first = len(of_row), 2, 3, 8, 9, 2
    shared = torch.randn(2, kv, len(prompts), max(prompts), dim, dtype=torch.float64)
    own = torch.randn(2, kv, num, 16, dim, dtype=torch.float64)
    q = torch.randn(1, kv * rep, num, dim, dtype=torch.float64)
    k, v = torch.randn(2, 1, kv, num, dim, dtype=torch.float64)
    shape, place = grid(of_row, len(prompts))
    mask = dead([prompts[i] for i in of_row], max(prompts), [start - first for start in starts], CPU)
    where = torch.tensor(place) if place is not None else None
    plan = DecodePlan({4: shared}, {4: own}, first, at, mask, shape, where)
    before = own.clone()
    out = plan.attend(4, q, k, v, scale=0.3)
    assert out.shape == (1, num, kv * rep, dim)
    for row, (prompt, start) in enumerate(zip(of_row, starts, strict=True)):
        keys, values = (
            torch.cat([s[:, prompt, : prompts[prompt]], o[:, row, start:at], new[0, :, row, None]], 1)
            for s, o, new in zip(shared, before, (k, v), strict=True)
        )
        wanted = F.scaled_dot_product_attention(q[0, :, row, None], keys, values, scale=0.3, enable_gqa=True)
        assert torch.allclose(out[0, row], wanted[:, 0], atol=1e-6)  # weights are in single precision
    before[0, :, :, at], before[1, :, :, at] = k[0], v[0]
    assert torch.equal(own, before)  # one column written


def test_what_is_masked() -> None:
    assert dead([3, 3], 3, [0, 0], CPU) is None
    found = dead([3, 2], 4, [0, 2], CPU)
    assert found is not None
    assert found.int().tolist() == [[[0, 0, 0, 1, 0, 0]], [[0, 0, 1, 1, 1, 1]]]


def test_places_in_the_grid() -> None:
    assert grid([0, 0, 1, 1], 2) == ((2, 2), None)
    assert grid([1, 0, 1], 2) == ((2, 2), [2, 0, 3])
    assert grid([0, 0], 3) == ((3, 2), [0, 1])
    assert grid([0, 1, 0, 1], 2) == ((2, 2), [0, 2, 1, 3])
