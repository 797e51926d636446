"""vLLM in this process, on the learner's GPU: asleep while it learns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from mmreason.asks import POLICY, Role
from mmreason.errors import CheckError, RecipeError
from mmreason.judges.wire import is_pairs, plain
from mmreason.models.family import Encoder
from mmreason.models.loading import DTYPES, where
from mmreason.serving.asking import Sampled, Wanted, seen_media, settings, unexpanded
from mmreason.serving.sampler import SAMPLER, EngineSampler, beside
from mmreason.serving.transfer import whole_tensors


@dataclass(frozen=True, kw_only=True)
class VllmRollouts:
    """Rollouts by vLLM in this process, one engine a rank: ``Sample(by=SAMPLER)``, and this spec behind the policy's.

    The engine sleeps while the policy learns, without weights and caches on the GPU; when it wakes it takes the
    policy's weights, adapter merged, and then room for its caches.

    Args:
        model: Checkpoint of the same architecture, processor included: the policy's.
        of: Whose weights it samples with.
        role: Who it plays.
        memory: Share of the GPU's memory that it may use while awake.
        sleep: Give the memory back while the policy learns.
        dtype: Of its weights.
        length: Longest prompt with answer in tokens; None takes the model's context.
        extra: Further arguments of ``vllm.LLM``, as pairs.
    """

    model: str
    of: Role = POLICY
    role: Role = SAMPLER
    memory: float = 0.4
    sleep: bool = True
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    length: int | None = None
    extra: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never start."""
        if not 0 < self.memory < 1:
            raise RecipeError(f"VllmRollouts.memory is a share of the GPU, above 0 and below 1; got {self.memory}")
        if self.dtype not in DTYPES:
            raise RecipeError(f"VllmRollouts.dtype is one of {', '.join(DTYPES)}; got {self.dtype!r}")
        if not is_pairs(self.extra):
            raise RecipeError(f"VllmRollouts.extra is {self.extra!r}, expected pairs such as (('max_num_seqs', 64),)")

    def open(self, run: Any) -> EngineSampler:
        """Start the engine and put it to sleep.

        Raises:
            RecipeError: vllm is not installed, or there is no GPU for it.
        """
        return beside(run, self.of, self.role, InProcess(self))


class InProcess:
    """The engine."""

    raw = True

    def __init__(self, spec: VllmRollouts) -> None:
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # weights are handed over within the process
        try:
            self.vllm: Any = import_module("vllm")
        except ImportError as error:
            raise RecipeError(
                f"VllmRollouts needs vllm, which does not load here ({error}): pip install vllm on a machine with an "
                "NVIDIA GPU, or sample on a server with ServedRollouts"
            ) from None
        self.spec, self.core, self.asleep = spec, None, False
        settings_of: dict[str, Any] = {
            "model": where(spec.model), "dtype": spec.dtype, "gpu_memory_utilization": spec.memory,
            "enable_sleep_mode": spec.sleep, "logprobs_mode": "raw_logprobs", "generation_config": "vllm",
        }  # fmt: skip
        if spec.length is not None:
            settings_of["max_model_len"] = spec.length
        self.llm: Any = self.vllm.LLM(**settings_of, **(plain(spec.extra) if spec.extra else {}))

    def push(self, core: Any, version: str) -> None:
        """Note whose weights are wanted; they are taken on waking, or at once where it never sleeps."""
        self.core = core
        if self.spec.sleep:
            self.nap()
        else:
            self.take()

    def nap(self) -> None:
        """Give up weights and caches."""
        if not self.asleep:
            self.llm.sleep(level=2)
            self.asleep = True

    def wake(self) -> None:
        """Weights first, then caches: both at once with the learner's would not fit."""
        if self.asleep:
            self.llm.wake_up(tags=["weights"])
            self.take()
            self.llm.wake_up(tags=["kv_cache"])
            self.asleep = False

    def take(self) -> None:
        """Load the policy's weights, and forget what was computed with the old ones."""
        tensors, dtype = self.core, DTYPES[self.spec.dtype]
        self.llm.apply_model(lambda model: len(list(model.load_weights(whole_tensors(tensors, dtype)) or ())))
        self.llm.reset_prefix_cache()
        if hasattr(self.llm, "reset_mm_cache"):
            self.llm.reset_mm_cache()

    def sample(self, todo: Sequence[Wanted], encoder: Encoder, eos: frozenset[int]) -> list[Sampled]:
        """All completions in one call."""
        self.wake()
        prompts, params = [], []
        for want in todo:
            prompts.append(self.prompt(want, encoder))
            request = want.request
            told = settings(request.sampling, request.limit, want.seed, encoder, eos) | {"logprobs": 0}
            told["logit_bias"] = {int(token): bias for token, bias in told["logit_bias"].items()}
            params.append(self.vllm.SamplingParams(**told))
        found = self.llm.generate(prompts, params, use_tqdm=False)
        if self.spec.sleep:
            self.nap()
        return [self.read(reply) for reply in found]

    def prompt(self, want: Wanted, encoder: Encoder) -> dict[str, Any]:
        """Token ids with one placeholder a medium, and the trainer's pixels."""
        import PIL.Image

        out: dict[str, Any] = {"prompt_token_ids": [*unexpanded(want.encoded), *want.start]}
        media: dict[str, list[Any]] = {}
        for kind, frames, rate in seen_media(want.request.prompt, want.encoded, encoder):
            whole = frames.numpy()
            told = {"fps": rate, "total_num_frames": len(whole), "frames_indices": list(range(len(whole)))}
            shown = PIL.Image.fromarray(whole[0]) if kind == "image" else (whole, told | {"do_sample_frames": False})
            media.setdefault(kind, []).append(shown)
        return out | {"multi_modal_data": media} if media else out

    def read(self, reply: Any) -> Sampled:
        """Tokens and log-probs of a reply.

        Raises:
            CheckError: it has none.
        """
        (one,) = reply.outputs
        tokens = tuple(one.token_ids)
        if one.logprobs is None or len(one.logprobs) != len(tokens):
            raise CheckError(f"{self.spec.role.name}: vllm gave no log-probs for its tokens")
        logprobs = tuple(float(at[token].logprob) for at, token in zip(one.logprobs, tokens, strict=True))
        return Sampled(tuple(reply.prompt_token_ids), tokens, logprobs, one.finish_reason or "length")
