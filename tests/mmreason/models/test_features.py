"""Vision features: one tower call for what is missing, one pass for each distinct medium and state of the weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmreason.asks import POLICY, REFERENCE, LogProb, Score
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.runs import checkpoint
from tests.mmreason.models.scene import SYSTEM, opened, picture, rows_of, sampled, scored
from vision_data.media import Video
from vision_data.messages import Prompt, user

FROZEN = Policy(model=TINY, freeze=("vision",), optim=AdamW(lr=1e-2))


def two_prompts(film: Path | None = None) -> tuple[Prompt, Prompt]:
    """Three distinct media in five places."""
    a, b = picture(0), picture(1, 56, 56)
    third = Video(str(film)) if film else picture(2, 112, 56)
    return (SYSTEM, user(a, b, "?")), (SYSTEM, user(b, third, a, "!"))


def update(model: LanguageModel, prompts: tuple[Prompt, ...]) -> None:
    """One optimiser step on random rows."""
    asks = [Score(POLICY, tuple(rows_of(p, [3, 5])), (LogProb(),)) for p in prompts]
    torch.cat([x for reply in model.answer(asks) for x in reply[LogProb()]]).sum().backward()
    model.apply()


def scores_without_gradient(run: Run, prompts: tuple[Prompt, ...], role: object = POLICY) -> None:
    with torch.no_grad():
        for prompt in prompts:
            scored(run.models[role], rows_of(prompt, [4]))


def test_a_frozen_tower_runs_once_for_rollout_reference_and_update(film: Path) -> None:
    model, run = opened(FROZEN)
    run.models[REFERENCE] = Frozen().open(run)
    prompts, counts = two_prompts(film), run.ledger.counts
    for prompt in prompts:
        sampled(model, prompt, num=2, limit=2)
    patches = sum(
        len(model.runner.encoder.pixels(prompts[1], s, i)) for i, s in enumerate(model.runner.encode(prompts[1]).spans)
    )
    assert counts["patches"] == patches
    assert counts["tower_calls"] == 2  # one for the first prompt's two media, one for the third, a video
    scores_without_gradient(run, prompts)
    scores_without_gradient(run, prompts, REFERENCE)
    update(model, prompts)
    scores_without_gradient(run, prompts)
    scores_without_gradient(run, prompts, REFERENCE)
    assert counts["tower_calls"] == 2
    assert counts["patches"] == patches
    assert counts["media_decoded"] == counts["processor_runs"] == 3


def test_a_tower_that_learns_runs_once_per_state_of_its_weights_and_once_with_gradient() -> None:
    model, run = opened()
    prompts, counts = two_prompts(), run.ledger.counts
    for _ in range(2):
        scores_without_gradient(run, prompts)
    assert counts["tower_calls"] == 2
    update(model, prompts)  # with gradient: again, all media in one call
    assert counts["tower_calls"] == 3
    assert not [
        key for key in model.runner.store.entries if isinstance(key, tuple)
    ]  # the old weights' features are gone
    scores_without_gradient(run, prompts)
    scores_without_gradient(run, prompts)
    assert counts["tower_calls"] == 5
    assert counts["media_decoded"] == 3


@pytest.mark.parametrize("spec", [Policy(model=TINY, optim=AdamW(lr=1e-2)), FROZEN])
def test_scores_after_a_step_are_those_of_the_new_weights(spec: Policy) -> None:
    model, _ = opened(spec)
    prompts = two_prompts()
    rows = rows_of(prompts[1], [6, 2])
    with torch.no_grad():
        old = scored(model, rows)[0]
        update_with_gradient(model, prompts)
        kept = scored(model, rows)[0]
        model.runner.store.drop(lambda key: isinstance(key, tuple))
        fresh = scored(model, rows)[0]
    assert all(torch.equal(a, b) for a, b in zip(kept, fresh, strict=True))
    assert not torch.allclose(old[0], fresh[0], atol=1e-4)


def update_with_gradient(model: LanguageModel, prompts: tuple[Prompt, ...]) -> None:
    with torch.enable_grad():
        update(model, prompts)


def test_an_average_of_a_learning_tower_sees_with_its_own_eyes() -> None:
    model, run = opened()
    average = Ema(decay=0.5, every=1).open(run)
    prompts = two_prompts()
    rows = rows_of(prompts[0], [5])
    with torch.no_grad():
        scored(average, rows)  # features of the start are kept
    update(model, prompts)
    average.after_step(None)  # type: ignore[arg-type]
    with torch.no_grad():
        kept = scored(average, rows)[0][0]
        average.runner.store.drop(lambda key: isinstance(key, tuple))
        assert torch.equal(kept, scored(average, rows)[0][0])


def test_without_its_adapter_a_tower_is_another_tower() -> None:
    everywhere = Lora(rank=4, targets=r".*(language_model|visual).*(q_proj|v_proj|qkv|proj|up_proj)")
    model, run = opened(Policy(model=TINY, lora=everywhere, optim=AdamW(lr=0.05)))
    reference = run.models[REFERENCE] = Frozen().open(run)
    prompts = two_prompts()
    rows = rows_of(prompts[0], [5])
    with torch.no_grad():
        start = scored(reference, rows)[0][0]
    update(model, prompts)
    update(model, prompts)
    with torch.no_grad():
        mine = scored(model, rows)[0][0]
        assert torch.equal(scored(reference, rows)[0][0], start)
    assert not torch.allclose(mine, start, atol=1e-3)


def test_features_that_stay_take_their_own_memory(model: LanguageModel) -> None:
    prompt = two_prompts()[0]
    model.runner.store.drop(lambda key: isinstance(key, tuple))
    with torch.no_grad():
        scored(model, rows_of(prompt, [2]))
    kept = [v for key, v in model.runner.store.entries.items() if isinstance(key, tuple)]
    assert len(kept) == 2
    assert all(v.untyped_storage().nbytes() == v.numel() * v.element_size() for v in kept)


def test_a_store_too_small_for_anything_changes_no_number() -> None:
    wide, _ = opened(FROZEN)
    narrow, run = opened(Policy(model=TINY, freeze=("vision",), host_bytes=1))
    prompts = two_prompts()
    with torch.no_grad():
        for prompt in prompts:
            one, other = (scored(m, rows_of(prompt, [4]))[0][0] for m in (wide, narrow))
            assert torch.allclose(one, other, rtol=0, atol=1e-5)  # several threads round by what shares a tower call
    assert run.ledger.counts["media_decoded"] > 3
    assert not narrow.runner.store.entries


def test_saving_forgets_what_a_resumed_run_would_not_have(tmp_path: Path) -> None:
    model, run = opened(FROZEN)
    with torch.no_grad():
        scored(model, rows_of(two_prompts()[0], [4]))
    assert model.runner.store.entries
    recipe = Recipe(name="any", stages=(), models=((POLICY, FROZEN),))
    checkpoint.save(run, recipe, tmp_path)
    assert not model.runner.store.entries
    assert model.runner.store.num_bytes == 0
