"""TRL's side: ``GRPOTrainer`` on the case's prompts, with its own code for everything that is timed."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import POLICY
from mmreason.models.loading import where
from tools.bench.cases import Case
from tools.bench.ours import Ours


class Trl:
    """A trainer with the same weights as our side.

    Args:
        case: what is measured.
        ours: whose weights it gets.
        micro: rows of one forward and backward; None puts all of them in one.
    """

    def __init__(self, case: Case, ours: Ours, micro: int | None = None) -> None:
        self.case, self.micro = case, micro or case.groups * case.num
        self.trainer = build(case, self.micro)
        self.model = self.trainer.model
        copy_weights(ours.run.models[POLICY].core, self.model)
        if case.kl and self.trainer.ref_model is not None:
            copy_weights(ours.run.models[POLICY].core, self.trainer.ref_model)
        self.trainer.create_optimizer()
        self.optimizer = self.trainer.optimizer
        self.trainer.current_gradient_accumulation_steps = case.groups * case.num // self.micro
        self.rows = [row for row in self.trainer.train_dataset for _ in range(case.num)]

    def replay(self) -> None:
        """From now on the rollouts are the case's completions, through TRL's own hook for that."""
        ids = [row.tolist() for group in self.case.ids for row in group]

        def stub(prompts: Any, trainer: Any) -> dict[str, Any]:
            prompt_ids, _, _ = trainer._tokenize_prompts(prompts)
            return {"prompt_ids": prompt_ids, "completion_ids": ids, "logprobs": None}

        self.trainer.rollout_func = stub
        self.buffer = self.collect()

    def sample(self) -> None:
        """From now on completions are sampled, none of them ending before the limit."""
        self.trainer.rollout_func = None
        base = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        for config in (self.trainer.generation_config, base.generation_config):  # what one lacks comes from the other
            config.eos_token_id = None
        self.trainer.eos_token_ids = [-1]

    def collect(self) -> list[dict[str, Any]]:
        """TRL's rollout, rewards and reference scores; the buffer that its updates take their batches from."""
        self.trainer._step = 0
        self.model.train()
        self.trainer._prepare_inputs(self.rows)
        return list(self.trainer._buffered_inputs)

    def scored(self) -> None:
        """The reference's log-probs of the buffer, as TRL computes them after a rollout."""
        for inputs in self.buffer if self.case.kl else []:
            with torch.no_grad():
                self.logprobs(self.trainer.ref_model if self.trainer.ref_model is not None else self.model, inputs)

    def logprobs(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        """[rows, tokens] by the trainer's own forward."""
        media = ("pixel_values", "image_grid_thw", "num_images", "mm_token_type_ids")
        ids, mask = (torch.cat([inputs[f"prompt_{what}"], inputs[f"completion_{what}"]], 1) for what in ("ids", "mask"))
        found, _, _ = self.trainer._get_per_token_logps_and_entropies(
            model, ids, mask, inputs["completion_ids"].shape[1], **{k: inputs[k] for k in media if k in inputs}
        )
        return found  # type: ignore[no-any-return]

    def backward(self) -> None:
        """Loss and gradient of every micro-batch of the buffer."""
        self.model.train()
        for inputs in self.buffer:
            loss = self.trainer.compute_loss(self.model, inputs)
            self.trainer.accelerator.backward(loss)

    def learn(self) -> None:
        """Reference scores, loss, gradient, optimiser step on the recorded buffer; nothing else of TRL's step."""
        self.scored()
        self.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.trainer.args.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def step(self) -> None:
        """A whole step: rollout, processing, scores, update."""
        self.buffer = self.collect()
        self.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.trainer.args.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def gradient(self) -> tuple[Tensor, Tensor]:
        """[groups * num, tokens] log-probs and all gradients as one vector."""
        found: dict[tuple[int, ...], Tensor] = {}
        with torch.no_grad():
            for inputs in self.buffer:  # TRL has shuffled the rows
                for ids, logp in zip(inputs["completion_ids"], self.logprobs(self.model, inputs), strict=True):
                    found[tuple(ids.tolist())] = logp
        logprobs = torch.stack([found[tuple(row.tolist())] for group in self.case.ids for row in group])
        self.backward()
        grads = {name: p.grad for name, p in self.model.named_parameters() if p.grad is not None}
        flat = torch.cat([grads[name].flatten() for name in sorted(grads)])
        self.model.zero_grad(set_to_none=True)
        return logprobs, flat

    def prompt_ids(self) -> list[list[int]]:
        """Tokens of each prompt, as TRL's processor makes them."""
        ids, _, _ = self.trainer._tokenize_prompts(prepared(self.case))
        return [list(row) for row in ids]

    def counted(self, run: Callable[[], object]) -> dict[str, float]:
        """What one run costs: images processed, patches through the tower, language-model tokens, padding included."""
        base: Any = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        spent = {"images": 0.0, "patches": 0.0, "tokens": 0.0}
        towers = [base, *([self.trainer.ref_model] if self.trainer.ref_model is not None else [])]

        def patches(module: Any, args: Any, kwargs: Any) -> None:
            spent["patches"] += len(args[0] if args else kwargs["hidden_states"])

        def tokens(module: Any, args: Any, kwargs: Any) -> None:
            embeds = kwargs.get("inputs_embeds")
            spent["tokens"] += embeds.shape[0] * embeds.shape[1]

        hooks = [m.model.visual.register_forward_pre_hook(patches, with_kwargs=True) for m in towers]
        hooks += [m.model.language_model.register_forward_pre_hook(tokens, with_kwargs=True) for m in towers]
        processor = self.trainer.processing_class
        real = getattr(processor, "image_processor", None)
        if real is not None:
            processor.image_processor = Counting(real, spent)
        try:
            run()
        finally:
            for hook in hooks:
                hook.remove()
            if real is not None:
                processor.image_processor = real
        return spent


class Counting:
    """An image processor that counts what it is given."""

    def __init__(self, real: Any, spent: dict[str, float]) -> None:
        self.real, self.spent = real, spent

    def __call__(self, images: Any, **kwargs: Any) -> Any:
        """Count, then process."""
        out = self.real(images, **kwargs)
        self.spent["images"] += len(out["image_grid_thw"])
        return out

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def build(case: Case, micro: int) -> Any:
    """A trainer in TRL's default settings, but for what the case says; checkpointing off, for everything fits."""
    from datasets import Dataset
    from datasets.utils.logging import disable_progress_bar
    from peft import LoraConfig
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import GRPOConfig, GRPOTrainer

    disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    rows = [
        {"prompt": [{"role": "user", "content": question}]}
        | ({"images": [Image.fromarray(picture) for picture in pictures]} if pictures else {})
        for question, pictures in zip(case.questions, case.pictures, strict=True)
    ]
    num = case.groups * case.num
    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=num // micro,
        num_generations=case.num,
        max_completion_length=case.tokens,
        learning_rate=case.lr,
        beta=case.kl,
        loss_type="dapo",
        temperature=1.0,
        top_k=0,
        gradient_checkpointing=False,
        use_cpu=True,
        bf16=False,
        report_to=[],
        save_strategy="no",
    )
    path = where(case.checkpoint)
    model = AutoModelForImageTextToText.from_pretrained(path, dtype=torch.float32, attn_implementation="sdpa")
    if case.arm == "frozen":
        model.model.visual.requires_grad_(False)
    lora = None
    if case.arm == "lora":
        from mmreason.models.qwen_vl import LANGUAGE_LINEARS
        from mmreason.models.specs import Lora

        ours = Lora()
        lora = LoraConfig(
            r=ours.rank, lora_alpha=ours.alpha, lora_dropout=ours.dropout, task_type="CAUSAL_LM",
            target_modules=ours.targets or LANGUAGE_LINEARS,
        )  # fmt: skip
    return GRPOTrainer(
        model, reward_funcs=reward, args=config, train_dataset=Dataset.from_list(rows),
        processing_class=AutoProcessor.from_pretrained(path), peft_config=lora,
    )  # fmt: skip


def reward(completion_ids: list[list[int]], **rest: Any) -> list[float]:
    """The same as ours."""
    return [float(sum(ids) % 7) for ids in completion_ids]


def prepared(case: Case) -> list[Any]:
    """Messages as TRL prepares them."""
    from PIL import Image
    from trl.data_utils import prepare_multimodal_messages

    messages = [[{"role": "user", "content": question}] for question in case.questions]
    if not case.images:
        return messages
    return [
        prepare_multimodal_messages(m, images=[Image.fromarray(p) for p in pictures])
        for m, pictures in zip(messages, case.pictures, strict=True)
    ]


@torch.no_grad()
def copy_weights(source: Any, target: Any) -> None:
    """Every tensor by name; both sides hold the same model."""
    have, want = dict(source.named_parameters()), dict(target.named_parameters())
    if have.keys() != want.keys():
        odd = sorted(have.keys() ^ want.keys())[:3]
        raise KeyError(f"the two models have different parameters, e.g. {odd}")
    for name, p in want.items():
        p.copy_(have[name])
