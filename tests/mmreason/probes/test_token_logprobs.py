"""Log-probs of completions: noted by the sampler, or scored under a role and one of two prompts."""

from __future__ import annotations

from dataclasses import replace

from mmreason.asks import POLICY, REFERENCE, Sampling
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rollouts.sample import Sample
from tests.mmreason.fakes import Tasks, close, comp, group, prompt, run_of, scene, settled
from tests.mmreason.tiny_lm import TinyLM


def test_sampled_is_what_the_sampler_noted() -> None:
    g = group(comp([1, 2], [-0.5, -1.0]), comp([]))
    found = settled([g], Sampled()).groups[0][Sampled()]
    close(found[0], [-0.5, -1.0])
    assert found[1].tolist() == []


def test_scored_again_under_the_same_role_prompt_and_temperature_is_the_same() -> None:
    run = run_of({POLICY: TinyLM(), REFERENCE: TinyLM(1)})
    groups = Sample(num=3, limit=5, temperature=0.7)(Tasks().open().next(2), scene(run))
    batch = settled(groups, TokenLogprobs(), TokenLogprobs(REFERENCE), models=run.models)
    assert Sampling().temperature != 0.7
    for g in batch.groups:
        for c, same, other in zip(g.completions, g[TokenLogprobs()], g[TokenLogprobs(REFERENCE)], strict=True):
            close(same, c.logprobs, 1e-12)
            assert float((other - c.logprobs).abs().max()) > 1e-3


def test_the_prompt_is_the_one_trained_under_or_the_one_sampled_under() -> None:
    run = run_of({POLICY: TinyLM()})
    c = comp([1, 2, 3])
    plain, hinted = group(c, text="q"), group(replace(c, asked=prompt("q hint")), text="q")
    trained, seen = TokenLogprobs(), TokenLogprobs(trained=False)
    batch = settled([plain, hinted], trained, seen, models=run.models)
    close(batch.groups[1][trained][0], batch.groups[0][trained][0].tolist(), 1e-12)
    close(batch.groups[0][seen][0], batch.groups[0][trained][0].tolist(), 1e-12)
    assert float((batch.groups[1][seen][0] - batch.groups[1][trained][0]).abs().max()) > 1e-3


def test_empty_completions_cost_no_row() -> None:
    policy = TinyLM()
    batch = settled([group(comp([]), comp([1])), group(comp([]), id="q1")], TokenLogprobs(), models={POLICY: policy})
    assert policy.rows == 1
    assert [len(x) for g in batch.groups for x in g[TokenLogprobs()]] == [0, 1, 0]
