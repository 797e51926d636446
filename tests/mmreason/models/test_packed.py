"""The packed forward against the plain one: equal log-probs and equal gradients, whatever is packed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmreason.asks import POLICY, LogProb, Row, Score
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.plain import plain_logprobs
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Lora, Policy
from tests.mmreason.models.scene import GRADIENT, both_ways, dense, gradient, opened, rows_of, sampled, scored
from tests.mmreason.models.test_encoding import by_transformers
from vision_data.messages import Prompt

TIGHT = 1e-5
FLOAT = 2e-5
"""Of a log-prob, relative to its size: the plain forward itself is this far from double precision."""


def ask(*rows: Row) -> Score:
    return Score(POLICY, rows, (LogProb(),))


def several(asked: dict[str, Prompt], heat: float = 1.0) -> list[Score]:
    """Groups of every kind, ragged, rows of one token included."""
    lengths = {"text": [1, 9], "image": [4, 1, 7], "larger": [3], "several": [2, 6], "video": [5, 1], "both": [3, 3]}
    return [ask(*rows_of(asked[kind], n, seed, heat)) for seed, (kind, n) in enumerate(lengths.items())]


@pytest.mark.parametrize("kind", ["text", "image", "larger", "several", "video", "both"])
def test_one_group(model: LanguageModel, asked: dict[str, Prompt], kind: str) -> None:
    worst, apart = both_ways(model, [ask(*rows_of(asked[kind], [5, 1, 8, 8]))])
    assert worst < FLOAT
    assert apart < GRADIENT


@pytest.mark.parametrize("heat", [1.0, 0.6])
def test_groups_of_every_kind_side_by_side(model: LanguageModel, asked: dict[str, Prompt], heat: float) -> None:
    worst, apart = both_ways(model, several(asked, heat))
    assert worst < FLOAT
    assert apart < GRADIENT


def test_what_the_policy_itself_wrote_within_the_absolute_tolerance(
    model: LanguageModel, asked: dict[str, Prompt]
) -> None:
    rows = [Row(asked[k], (c.tokens,)) for k in ("image", "several") for c in sampled(model, asked[k], num=3, limit=24)]
    with torch.no_grad():
        packed, plain = scored(model, rows)[0], plain_logprobs(model.core, model.runner, rows)
    assert max(float((a - b).abs().max()) for a, b in zip(packed, plain, strict=True)) <= FLOAT


def test_the_temperature_divides_the_logits(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    (row,) = rows_of(asked["image"], [6], heat=0.5)
    with torch.no_grad():
        found = scored(model, [row])[0][0]
    wanted = dense(model, row).log_softmax(-1).gather(-1, row.pieces[-1][:, None])[:, 0]
    assert torch.allclose(found, wanted, atol=TIGHT)


@pytest.mark.parametrize(
    "spec",
    [
        Policy(model=TINY, freeze=("vision",)),
        Policy(model=TINY, freeze=("language",)),
        Policy(model=TINY, lora=Lora(rank=4)),
        Policy(model=TINY, lora=Lora(rank=2, targets=r".*(language_model|visual).*(q_proj|v_proj|qkv|up_proj)")),
        Policy(model=TINY, checkpointing=True),
        Policy(model=TINY, checkpointing=True, lora=Lora(rank=4)),
    ],
    ids=["frozen tower", "frozen language model", "lora", "lora everywhere", "checkpointing", "lora, checkpointing"],
)
def test_whatever_learns(asked: dict[str, Prompt], spec: Policy) -> None:
    model, _ = opened(spec)
    if spec.lora:  # an adapter starts with B = 0, which hides A
        rng = torch.Generator().manual_seed(0)
        for name, p in model.core.named_parameters():
            if "lora_B" in name:
                p.data = torch.randn(p.shape, generator=rng) * 0.05
    worst, apart = both_ways(model, [ask(*rows_of(asked[kind], [4, 1, 6])) for kind in ("image", "several")])
    assert worst < FLOAT
    assert apart < GRADIENT


def test_checkpointing_gives_the_same_gradient(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    less, _ = opened(Policy(model=TINY, checkpointing=True))
    found = []
    for each in (model, less):
        torch.cat(scored(each, rows_of(asked["several"], [4, 7]))[0]).sum().backward()
        found.append(gradient(each.core))
    assert less.runner.body.language.gradient_checkpointing
    adapter, _ = opened(Policy(model=TINY, checkpointing=True, lora=Lora(rank=2)))
    for each in (less, adapter):  # nothing tells the inputs of the towers to require a gradient
        assert not any(module._forward_hooks for module in each.core.modules())
    assert float((found[0] - found[1]).norm() / found[0].norm()) < 1e-6


def test_pieces_ahead_of_the_scored_one_are_context(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    for kind in ("text", "image"):
        worst, apart = both_ways(model, [ask(*rows_of(asked[kind], [5, 1, 3], before=4))])
        assert worst < FLOAT
        assert apart < GRADIENT
    (row,) = rows_of(asked["text"], [5], before=4)
    together = scored(model, [Row(row.prompt, (torch.cat(row.pieces),))])[0][0]
    assert torch.allclose(scored(model, [row])[0][0], together[4:], atol=TIGHT)


def test_equal_rows_run_once_and_their_gradients_add(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    rows = rows_of(asked["image"], [4, 3])
    counts = model.runner.ledger.counts
    before = counts["completion_tokens"]
    worst, apart = both_ways(model, [ask(rows[0], rows[1], rows[0]), ask(rows[1])])
    assert counts["completion_tokens"] - before == 7
    assert worst < FLOAT
    assert apart < GRADIENT


def test_a_prompt_is_run_once_for_its_group(model: LanguageModel, asked: dict[str, Prompt]) -> None:
    counts = model.runner.ledger.counts
    before = dict(counts)
    size = len(model.runner.encode(asked["larger"]))
    scored(model, rows_of(asked["larger"], [3] * 8))
    assert counts["prompt_tokens"] - before.get("prompt_tokens", 0) == size
    assert counts["logical_tokens"] - before.get("logical_tokens", 0) == 8 * (size + 3)


def older(donor: LanguageModel, folder: Path) -> None:
    """Write a Qwen2-VL checkpoint: another tower, another processor."""
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor

    given = donor.runner.encoder.processor
    processor = Qwen2VLProcessor(
        given.image_processor, given.tokenizer, given.video_processor, chat_template=given.chat_template
    )
    processor.save_pretrained(folder)
    text = donor.core.config.text_config.to_dict()
    config = Qwen2VLConfig(
        text_config={k: v for k, v in text.items() if k not in ("model_type", "layer_types")},
        vision_config={"depth": 2, "embed_dim": 64, "hidden_size": 256, "num_heads": 4, "mlp_ratio": 2},
        image_token_id=5, video_token_id=6, vision_start_token_id=3, vision_end_token_id=4, tie_word_embeddings=True,
    )  # fmt: skip
    torch.manual_seed(0)
    Qwen2VLForConditionalGeneration(config).save_pretrained(folder)


def test_the_older_architecture_counts_patches_not_seconds(
    shared: LanguageModel, tmp_path: Path, asked: dict[str, Prompt]
) -> None:
    older(shared, tmp_path)
    model, _ = opened(Policy(model=str(tmp_path), optim=AdamW()))
    for kind in ("several", "video", "both"):
        out, positions = by_transformers(model, asked[kind])
        assert model.runner.encode(asked[kind]).ids.tolist() == out["input_ids"][0].tolist()
        assert model.runner.encode(asked[kind]).positions.tolist() == positions.tolist()
    worst, apart = both_ways(model, [ask(*rows_of(asked[kind], [5, 1])) for kind in ("several", "video")])
    assert worst < FLOAT
    assert apart < GRADIENT
