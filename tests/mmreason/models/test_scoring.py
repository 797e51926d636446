"""The scoring service: any cut into forwards and windows gives the same numbers, and the numbers are the dense ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, Entropy, LogProb, Quantity, Rank, Row, Score, Slab
from mmreason.errors import RecipeError
from mmreason.models.policy import LanguageModel
from tests.mmreason.models.scene import dense, gradient, rows_of, scored
from vision_data.messages import Prompt


@dataclass(frozen=True)
class Spread(Quantity["list[Tensor]"]):
    """How far each row's distribution is from the mean of the live rows at the position: needs them side by side."""

    aligned = True

    def window(self, slab: Slab) -> Tensor:
        live = slab.alive[..., None].float()
        p = slab.logits.softmax(-1) * live
        mean = p.sum(0) / live.sum(0).clamp(min=1)
        return ((p - mean).abs().sum(-1) * slab.alive).float()


@dataclass(frozen=True)
class Longest(Quantity[int]):
    """A reply that is no list of rows."""

    def window(self, slab: Slab) -> Tensor:
        return torch.ones_like(slab.ids)

    def finish(self, rows: list[Tensor]) -> int:
        return max(len(row) for row in rows)


def test_log_probs_entropies_and_ranks_are_those_of_the_dense_logits(
    model: LanguageModel, asked: dict[str, Prompt]
) -> None:
    rows = rows_of(asked["image"], [5, 1, 3], heat=0.8, before=2)
    with torch.no_grad():
        logps, entropies, ranks = scored(model, rows, (LogProb(), Entropy(), Rank()))
    for row, logp, entropy, rank in zip(rows, logps, entropies, ranks, strict=True):
        every, ids = dense(model, row).log_softmax(-1), row.pieces[-1]
        chosen = every.gather(-1, ids[:, None])
        assert torch.allclose(logp, chosen[:, 0], atol=1e-5)
        assert torch.allclose(entropy, torch.distributions.Categorical(logits=every).entropy(), atol=1e-5)
        assert torch.equal(rank, (every > chosen).sum(-1).float())


def test_an_aligned_quantity_sees_the_rows_of_its_request_side_by_side(
    model: LanguageModel, asked: dict[str, Prompt]
) -> None:
    rows = rows_of(asked["image"], [2, 4, 3])
    with torch.no_grad():
        spread, logps = scored(model, rows, (Spread(), LogProb()))
    every = [dense(model, row).softmax(-1) for row in rows]
    for t in range(4):
        here = [i for i, row in enumerate(rows) if len(row.pieces[-1]) > t]
        mean = torch.stack([every[i][t] for i in here]).mean(0)
        for i in here:
            assert float(spread[i][t]) == pytest.approx(float((every[i][t] - mean).abs().sum()), abs=1e-5)
    assert [len(x) for x in spread] == [len(x) for x in logps] == [2, 4, 3]


@pytest.mark.parametrize("slab", [1024, 3 * 1024, 7 * 1024])
def test_windows_change_nothing(model: LanguageModel, asked: dict[str, Prompt], slab: int) -> None:
    rows = rows_of(asked["several"], [5, 1, 9], heat=0.7)
    want = (LogProb(), Entropy(), Spread())
    found = []
    for size in (1 << 25, slab):
        model.runner.max_logits = size
        values = scored(model, rows, want)
        sum((x * (i + 1)).sum() for value in values for i, x in enumerate(value)).backward()  # type: ignore[union-attr]
        found.append((values, gradient(model.core)))
    for a, b in zip(found[0][0], found[1][0], strict=True):
        assert all(torch.allclose(x, y, atol=1e-6) for x, y in zip(a, b, strict=True))
    assert float((found[0][1] - found[1][1]).norm() / found[0][1].norm()) < 1e-5


def many(asked: dict[str, Prompt]) -> list[Score]:
    """Requests of several kinds in an order that scatters their prompts, with rows that they share."""
    a, b, c = (rows_of(asked[kind], [4, 2, 6], seed) for seed, kind in enumerate(("image", "text", "several")))
    return [
        Score(POLICY, tuple(a), (LogProb(),)), Score(POLICY, tuple(b), (Spread(), Entropy())),
        Score(POLICY, (a[1], c[0], b[2]), (Entropy(), LogProb())), Score(POLICY, tuple(c), (Spread(), Longest())),
        Score(POLICY, (), (LogProb(),)), Score(POLICY, (a[0],), ()),
    ]  # fmt: skip


@pytest.mark.parametrize("room", [200, 100, 20, 0])
def test_any_token_budget_gives_the_same_replies(model: LanguageModel, asked: dict[str, Prompt], room: int) -> None:
    with torch.no_grad():
        wanted = model.answer(many(asked))
        model.runner.budget = len(model.runner.encode(asked["several"])) + room
        found = model.answer(many(asked))
    for request, a, b in zip(many(asked), wanted, found, strict=True):
        for quantity in request.want:
            if isinstance(quantity, Longest):
                assert a[quantity] == b[quantity] == 6
            else:
                assert all(torch.allclose(x, y, atol=1e-6) for x, y in zip(a[quantity], b[quantity], strict=True))


def test_a_forward_keeps_to_the_budget_where_it_can_be_cut(
    model: LanguageModel, asked: dict[str, Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    count = model.runner.count
    monkeypatch.setattr(model.runner, "count", lambda packed: (sizes.append(len(packed.ids)), count(packed)))
    model.runner.budget = 80
    with torch.no_grad():
        scored(model, rows_of(asked["image"], [9] * 12))
    assert len(sizes) > 1
    assert max(sizes) <= 80
    assert sum(sizes) - len(sizes) * len(model.runner.encode(asked["image"])) == 108


def test_no_rows_and_rows_of_nothing(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    none, empty = torch.zeros(0, dtype=torch.long), torch.tensor([400, 401])
    rows = [Row(asked["text"], (none,)), Row(asked["text"], (empty, none)), Row(asked["text"], (none, empty))]
    with torch.no_grad():
        found = scored(model, rows)[0]
        assert [len(x) for x in found] == [0, 0, 2]
        assert torch.allclose(found[2], scored(model, [Row(asked["text"], (empty,))])[0][0], atol=1e-6)
        assert scored(model, []) == [[]]


def test_what_stands_beside_a_row_does_not_reach_it(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    (row,) = rows_of(asked["image"], [6])
    with torch.no_grad():
        alone = scored(model, [row])[0][0]
        company: Sequence[Row] = [*rows_of(asked["several"], [9, 2], 1), *rows_of(asked["image"], [12, 1], 2), row]
        assert torch.allclose(scored(model, company)[0][-1], alone, atol=1e-6)


def test_a_row_beyond_the_context_is_refused_with_both_numbers(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    size = len(model.runner.encode(asked["text"]))
    with pytest.raises(RecipeError, match=rf"has {size} tokens and up to 5000 follow, .* context of 4096"):
        scored(model, rows_of(asked["text"], [5000]))


def test_a_language_model_says_what_it_cannot_answer(model: LanguageModel) -> None:
    from mmreason.asks import Request

    with pytest.raises(TypeError, match="policy is a language model and cannot answer a Request"):
        model.answer([Request(POLICY)])
