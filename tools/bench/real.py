"""The real Qwen2.5-VL architectures with random weights: the learning phase of one group, and attention kernels alone.

``python -m tools.bench.real --config 3b --arm full --device cuda`` prints seconds, tokens/s, model FLOP utilisation
and memory; ``--kernels`` times FlexAttention, variable-length flash and SDPA on one packed row instead. The tokenizer
is that of mmreason-tiny, so token ids stay below 1,024; for the arithmetic it makes no difference which ids there are.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.models import kernels
from mmreason.models.attention import Plan
from mmreason.models.encoded import Encoded
from mmreason.models.flex_attention import FlexPlan
from mmreason.models.loading import TINY, load_config, load_processor
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block, pack
from mmreason.models.policy import LanguageModel
from mmreason.models.shared_prefix import SharedPrefixPlan
from mmreason.models.specs import Lora, Policy
from mmreason.models.varlen_attention import VarlenPlan
from mmreason.run import Run
from tools.bench.measure import clock, machine
from tools.bench.shapes import SHAPES, Shape, flops, pairs, peak
from vision_data.media import Image
from vision_data.messages import user

ARMS: dict[str, dict[str, Any]] = {
    "full": {},
    "frozen": {"freeze": ("vision",)},
    "lora": {"lora": Lora(), "autocast": "bfloat16"},
}


def configuration(s: Shape) -> Any:
    """The configuration of a shape, with the special tokens of mmreason-tiny."""
    config = load_config(TINY)
    text, vision = config.text_config, config.vision_config
    for name, value in {
        "hidden_size": s.hidden, "num_hidden_layers": s.layers, "num_attention_heads": s.heads,
        "num_key_value_heads": s.kv_heads, "intermediate_size": s.intermediate, "vocab_size": s.vocab,
        "max_position_embeddings": 128000, "tie_word_embeddings": s.tied, "max_window_layers": s.layers,
        "layer_types": ["full_attention"] * s.layers,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": list(s.mrope)},
    }.items():  # fmt: skip
        setattr(text, name, value)
    for name, value in {
        "hidden_size": s.vision_hidden, "depth": s.vision_layers, "num_heads": s.vision_heads,
        "intermediate_size": s.vision_intermediate, "out_hidden_size": s.hidden, "window_size": s.window,
        "fullatt_block_indexes": list(s.whole),
    }.items():  # fmt: skip
        setattr(vision, name, value)
    config.tie_word_embeddings = s.tied
    return config


def write_checkpoint(s: Shape, folder: Path, device: str) -> None:
    """A folder with random bf16 weights that any trainer can load; made on the device, which is faster."""
    from transformers import AutoModelForImageTextToText, GenerationConfig

    torch.manual_seed(0)
    processor = load_processor(TINY)
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(configuration(s), dtype=torch.bfloat16)
    end = processor.tokenizer.eos_token_id
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=processor.tokenizer.pad_token_id)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


@dataclass(frozen=True)
class Measured:
    """The learning phase of one group; seconds are medians."""

    case: str
    score_s: float
    """Old log-probs, without gradient; the tower's pass is in here."""
    update_s: float
    """Forward and backward. The optimiser's step is left out: it does not depend on the tokens."""
    spread: tuple[float, float]
    """Shortest and longest sum of both."""
    useful_tokens: int
    """The prompt once, and all rows."""
    logical_tokens: int
    """Each row with a prompt of its own: what others run."""
    flops: tuple[float, float]
    """Of both parts."""
    peak: float | None
    peak_bytes: int
    """Of device memory; on a CPU of the whole process."""

    def __str__(self) -> str:
        whole = self.score_s + self.update_s
        used = [f"{x:.1%}" if x is not None else "unknown" for x in self.mfu]
        return (
            f"{self.case}: score {self.score_s:.3f}s + update {self.update_s:.3f}s ({self.spread[0]:.3f}-"
            f"{self.spread[1]:.3f}); {self.logical_tokens / whole:,.0f} logical and {self.useful_tokens / whole:,.0f} "
            f"useful tokens/s; MFU {used[0]}, update {used[1]}; {self.peak_bytes / 2**30:.1f} GiB"
        )

    @property
    def mfu(self) -> tuple[float | None, float | None]:
        """Model FLOP utilisation of the whole phase and of the update, of useful tokens."""
        if self.peak is None:
            return None, None
        whole = sum(self.flops) / (self.score_s + self.update_s)
        return whole / self.peak, self.flops[1] / self.update_s / self.peak


def real(
    config: str, device: str, arm: str = "full", layers: int | None = None, size: int = 1008, num: int = 8,
    tokens: int = 300, rounds: int = 20, folder: Path | None = None, **policy: Any,
) -> Measured:  # fmt: skip
    """Measure one arm on one group under one square picture; ``folder`` keeps the checkpoint for the next arm."""
    shape = SHAPES[config].with_layers(layers)
    with tempfile.TemporaryDirectory() as scratch:
        place = (folder or Path(scratch)) / f"{config}-{shape.layers}-layers"
        if not (place / "config.json").exists():
            write_checkpoint(shape, place, device)
        settings = {"dtype": "bfloat16", "device": device, "max_pixels": size * size, **ARMS[arm], **policy}
        run = Run(models={})
        model = run.models[POLICY] = Policy(model=str(place), **settings).open(run)
    rng = np.random.default_rng(0)
    prompt = (user(Image.of(rng.integers(0, 256, (size, size, 3), dtype=np.uint8)), "How many stops are there?"),)
    ids = torch.randint(300, 1000, (num, tokens), generator=torch.Generator().manual_seed(0))
    ask = Score(POLICY, tuple(Row(prompt, (row,)) for row in ids), (LogProb(),))
    encoded = model.runner.encode(prompt)
    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(device)
    times = [phase(model, ask) for _ in range(rounds + 2)][2:]
    return Measured(
        f"{config} {shape.layers} layers, {size}x{size} image, G {num}, {tokens} tokens, {arm}",
        statistics.median(a for a, _ in times), statistics.median(b for _, b in times),
        (min(map(sum, times)), max(map(sum, times))),
        len(encoded) + num * tokens, num * (len(encoded) + tokens),
        flops(shape, arm, len(encoded), [tokens] * num, encoded.spans[0].grid),
        peak(torch.cuda.get_device_name(device)) if on_gpu else None,
        torch.cuda.max_memory_allocated(device) if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    )  # fmt: skip


def phase(model: LanguageModel, ask: Score) -> tuple[float, float]:
    """Seconds of scoring and of the update, the features of the picture not known before."""
    model.runner.store.drop(lambda key: isinstance(key, tuple) and key[0] == "features")
    old: list[Tensor] = []

    def score() -> None:
        with torch.no_grad():
            old.append(torch.stack(list(model.answer([ask])[0][LogProb()])))

    def update() -> None:
        new = torch.stack(list(model.answer([ask])[0][LogProb()]))
        ratio = (new - old[-1]).exp()
        (ratio * torch.linspace(-1, 1, len(ratio), device=ratio.device)[:, None]).mean().backward()
        model.core.zero_grad(set_to_none=True)

    return clock(score), clock(update)


@dataclass(frozen=True)
class KernelTime:
    """One attention kernel on one packed row of one layer."""

    kernel: str
    seconds: float
    """Median of forward and, where ``grad``, backward."""
    spread: tuple[float, float]
    tflops: float
    """TFLOP/s of visible pairs."""
    apart: float
    """Largest relative distance of output and gradients from SDPA in fp32."""
    grad: bool

    def __str__(self) -> str:
        what = "forward and backward" if self.grad else "forward"
        low, high = (1e3 * x for x in self.spread)
        return (
            f"{self.kernel:28} {1e3 * self.seconds:9.3f} ms ({low:.3f}-{high:.3f}) {what}, {self.tflops:6.1f} TFLOP/s, "
            f"{self.apart:.1e} from fp32"
        )


def attention_kernels(
    config: str = "3b", device: str = "cuda", prompt: int = 1300, num: int = 8, tokens: int = 300, rounds: int = 20
) -> list[KernelTime]:
    """Time every kernel that works here, in turns; on a CPU forward only, since FlexAttention has no backward there."""
    shape, where, grad = SHAPES[config], torch.device(device), device.startswith("cuda")
    blocks, total = group(prompt, num, tokens, where)
    layout = (shape.heads, shape.kv_heads)
    rng = torch.Generator().manual_seed(0)
    sizes = [(1, n, total, shape.head_dim) for n in (layout[0], layout[1], layout[1])]
    tensors = [torch.randn(size, generator=rng).to(where, torch.bfloat16) for size in sizes]
    weights = torch.randn(1, total, layout[0], shape.head_dim, generator=rng).to(where)

    def run(plan: Plan, given: Sequence[Tensor]) -> list[Tensor]:
        leaves = [x.detach().requires_grad_(grad) for x in given]
        with torch.set_grad_enabled(grad):
            out = plan.attend(0, leaves[0], leaves[1], leaves[2], shape.head_dim**-0.5)
            return [out.detach(), *(torch.autograd.grad(out, leaves, weights.to(out)) if grad else ())]

    plans = plans_here(blocks, total, where, shape.head_dim, layout)
    truth = run(VarlenPlan(blocks, where), [x.float() for x in tensors])
    found = {name: run(plan, tensors) for name, plan in plans.items()}
    apart = {
        name: max(float((a.float() - b).norm() / b.norm()) for a, b in zip(got, truth, strict=True))
        for name, got in found.items()
    }
    times: dict[str, list[float]] = {name: [] for name in plans}
    for _ in range(rounds + 1):
        for name, plan in plans.items():
            times[name].append(clock(lambda plan=plan: run(plan, tensors)))
    work = 4 * shape.heads * shape.head_dim * pairs(prompt, [tokens] * num) * (3 if grad else 1)
    return [
        KernelTime(
            name, mid := statistics.median(t[1:]), (min(t[1:]), max(t[1:])), work / mid / 1e12, apart[name], grad
        )
        for name, t in times.items()
    ]


def group(prompt: int, num: int, tokens: int, device: torch.device) -> tuple[list[Block], int]:
    """The blocks of one packed group, and its tokens."""
    encoded = Encoded(torch.zeros(prompt).long(), torch.zeros(3, prompt).long(), prompt, (), "")
    packed = pack([(encoded, [torch.zeros(tokens).long()] * num)])
    moved = [replace(b, index=b.index.to(device), alive=b.alive.to(device)) for b in packed.blocks]
    return moved, len(packed.ids)


def plans_here(
    blocks: Sequence[Block], total: int, device: torch.device, head_dim: int, heads: tuple[int, int]
) -> dict[str, Plan]:
    """Every plan that works on a device; on a CPU the variable-length calls are the plain ones of the tests."""
    plans: dict[str, Plan] = {"sdpa": PackedPlan(blocks)}
    if device.type != "cuda":
        return plans | {
            "flex": FlexPlan(blocks, total, device),
            "varlen:plain": VarlenPlan(blocks, device),
            "varlen:shared, plain": SharedPrefixPlan(blocks, device),
        }
    for name in ("flex", *kernels.candidates("varlen")):
        if not kernels.wrong(name, device, torch.bfloat16, head_dim, heads):
            plans[name] = kernels.made(name, blocks, device)
    return plans


def main(argv: Sequence[str] | None = None) -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.real", description=main.__doc__)
    parser.add_argument("--config", choices=sorted(SHAPES), default="3b")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--arm", choices=(*ARMS, "all"), default="all", help="what learns")
    parser.add_argument("--kernels", action="store_true", help="attention kernels alone")
    parser.add_argument("--folder", type=Path, help="keep the checkpoint here")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    defaults = {"size": 1008, "num": 8, "tokens": 300, "rounds": 20, "prompt": 1300, "layers": None}
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value, metavar="N")
    o = parser.parse_args(argv)
    found: list[Measured] | list[KernelTime]
    if o.kernels:
        found = attention_kernels(o.config, o.device, o.prompt, o.num, o.tokens, o.rounds)
    else:
        arms = ARMS if o.arm == "all" else (o.arm,)
        found = [real(o.config, o.device, a, o.layers, o.size, o.num, o.tokens, o.rounds, o.folder) for a in arms]
    print(*found, sep="\n")
    if o.json:
        o.json.write_text(json.dumps({"results": [asdict(x) for x in found], "machine": machine()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
