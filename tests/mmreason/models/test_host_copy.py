from __future__ import annotations

import torch

from mmreason.models.host_copy import on_host


def test_a_copy_does_not_follow_what_changes_later() -> None:
    weight, numbers = torch.arange(6.0).reshape(2, 3), [1, 2]
    state = {"weight": weight, "nested": [{"numbers": numbers, "pair": (weight[0], "a")}], 3: None}
    copied = on_host(state)
    weight.zero_()
    numbers.append(3)
    assert torch.equal(copied["weight"], torch.arange(6.0).reshape(2, 3))
    assert copied["nested"][0]["numbers"] == [1, 2]
    assert torch.equal(copied["nested"][0]["pair"][0], torch.arange(3.0))
    assert (copied["nested"][0]["pair"][1], copied[3]) == ("a", None)


def test_what_shares_memory_shares_that_of_the_copy() -> None:
    weight = torch.arange(6.0).reshape(2, 3).requires_grad_()
    copied = on_host({"tied": weight, "to": weight, "turned": weight.T, "part": weight[1:]})
    homes = {tensor.untyped_storage().data_ptr() for tensor in copied.values()}
    assert len(homes) == 1
    assert homes != {weight.untyped_storage().data_ptr()}
    assert torch.equal(copied["turned"], weight.T)
    assert copied["turned"].stride() == weight.T.stride()
    assert torch.equal(copied["part"], weight[1:])
    assert not copied["tied"].requires_grad


def test_empty_tensors_and_every_kind_of_number_are_kept() -> None:
    state = [torch.empty(0, 3), torch.tensor(2, dtype=torch.int64), torch.tensor([True]), torch.ones(2).bfloat16()]
    for before, after in zip(state, on_host(state), strict=True):
        assert torch.equal(before, after)
        assert before.dtype == after.dtype
