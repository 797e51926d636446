"""vLLM in this process: asked in its own words, awake only while it samples. A stand-in runs the embedded model."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, Generate, LogProb, Row, Sampling, Score
from mmreason.errors import RecipeError
from mmreason.models.loading import TINY
from mmreason.models.specs import Lora, Policy
from mmreason.run import Run
from mmreason.serving.colocated import VllmRollouts
from mmreason.serving.sampler import SAMPLER
from tests.mmreason.models.scene import picture
from tests.mmreason.serving.vllm_server import Vllm, fine
from vision_data.messages import Prompt, user

SEEN: Prompt = (user(picture(7, 90, 61), "\nHow many?"),)


class LLM:
    """What of ``vllm.LLM`` is used: weights and caches that are gone while it sleeps."""

    made: Any = None

    def __init__(self, **settings: Any) -> None:
        LLM.made, self.settings, self.inner = self, settings, Vllm(fine)
        self.awake = {"weights", "kv_cache"}
        self.calls: list[str] = []

    def sleep(self, level: int) -> None:
        self.awake = set()
        self.calls.append(f"sleep {level}")

    def wake_up(self, tags: list[str]) -> None:
        self.awake |= set(tags)
        self.calls.append(f"wake {tags[0]}")

    def apply_model(self, work: Any) -> None:
        assert "weights" in self.awake
        self.calls.append("load")
        work(self)

    def load_weights(self, tensors: Any) -> set[str]:
        found = dict(tensors)
        missing, odd = self.inner.model.load_state_dict(found, strict=False)
        assert not odd
        assert set(missing) <= {"lm_head.weight"}
        return set(found)

    def reset_prefix_cache(self) -> None:
        self.calls.append("reset")

    def generate(self, prompts: list[Any], params: list[Any], use_tqdm: bool) -> list[Any]:
        assert self.awake == {"weights", "kv_cache"}
        self.calls.append("generate")
        return [self.one(prompt, vars(how)) for prompt, how in zip(prompts, params, strict=True)]

    def one(self, prompt: Any, how: dict[str, Any]) -> Any:
        ids, inputs = prompt["prompt_token_ids"], {}
        for image in prompt.get("multi_modal_data", {}).get("image", []):
            inputs = dict(self.inner.processor.image_processor(images=[image], return_tensors="pt"))
            at, num = ids.index(5), int(inputs["image_grid_thw"].prod()) // 4
            ids = [*ids[:at], *[5] * num, *ids[at + 1 :]]
        told = self.inner.generate(how, inputs | {"input_ids": torch.tensor([ids])})["choices"][0]
        logprobs = [
            {token: SimpleNamespace(logprob=x)}
            for token, x in zip(told["token_ids"], told["logprobs"]["token_logprobs"], strict=True)
        ]
        one = SimpleNamespace(token_ids=told["token_ids"], logprobs=logprobs, finish_reason=told["finish_reason"])
        return SimpleNamespace(prompt_token_ids=ids, outputs=[one])


def opened(monkeypatch: pytest.MonkeyPatch, **how: Any) -> Run:
    fake = SimpleNamespace(LLM=LLM, SamplingParams=lambda **told: SimpleNamespace(**told))
    monkeypatch.setitem(sys.modules, "vllm", fake)
    run = Run(models={})
    run.models[POLICY] = Policy(model=TINY, device="cpu", lora=Lora(rank=2)).open(run)
    run.models[SAMPLER] = VllmRollouts(model=TINY, dtype="float32", **how).open(run)
    return run


def test_it_wakes_to_sample_and_sees_what_the_trainer_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch)
    llm = LLM.made
    assert llm.settings["enable_sleep_mode"]
    assert llm.calls == ["sleep 2"]
    for prompt in (SEEN, (user("1 + 1?"),)):
        llm.calls.clear()
        (found,) = run.answer([Generate(SAMPLER, prompt, num=2, limit=4, sampling=Sampling(), seed=5)])
        assert llm.calls == ["wake weights", "load", "reset", "wake kv_cache", "generate", "sleep 2"]
        with torch.no_grad():
            rows = tuple(Row(prompt, (c.tokens,)) for c in found)
            again = run.answer([Score(POLICY, rows, (LogProb(),))])[0][LogProb()]
        assert all(torch.allclose(a, c.logprobs, atol=1e-3) for a, c in zip(again, found, strict=True))


def test_without_sleep_weights_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch, sleep=False, length=512, extra=(("max_num_seqs", 4),))
    llm = LLM.made
    assert (llm.settings["max_model_len"], llm.settings["max_num_seqs"]) == (512, 4)
    assert llm.calls == ["load", "reset"]
    run.answer([Generate(SAMPLER, (user("1 + 1?"),), num=1, limit=2)])
    assert llm.calls == ["load", "reset", "generate"]


def test_a_missing_package_and_bad_settings_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    run = Run(models={})
    with pytest.raises(RecipeError, match=r"needs vllm, which does not load here .* or sample on a server") as told:
        VllmRollouts(model=TINY).open(run)
    assert "\n" not in str(told.value)
    for wrong in ({"memory": 1.5}, {"dtype": "int8"}, {"extra": ("a", "b")}):
        with pytest.raises(RecipeError, match="VllmRollouts"):
            VllmRollouts(**({"model": TINY} | wrong))  # type: ignore[arg-type]
