"""Where tokens look: against the library's own attention weights, and the edges."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from mmreason.asks import Row, Watch
from mmreason.models.plain import media_inputs
from tests.mmreason.models.scene import opened, prompts

TEXT = "<think>A red mug [2, 30, 26, 54].</think><rethink>So one mug stands there.</rethink><answer>1"


@pytest.mark.parametrize("kind", ["image", "several", "video", "both"])
def test_shares_are_those_of_the_librarys_attention(kind: str, film: Any) -> None:
    model, _ = opened()
    prompt, start = prompts(film)[kind], TEXT.index("So one")
    tokenizer = model.runner.encoder.tokenizer
    ids = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    offsets = model.runner.encoder.detokenise(ids)[1]
    first = max(i for i, at in enumerate(offsets) if at <= start)
    encoded = model.runner.encode(prompt)
    looking = [len(encoded) + i for i in range(first, first + 4)]
    media = torch.cat([torch.arange(s.start, s.start + s.length) for s in encoded.spans])

    model.core.eval()
    core: Any = model.core
    core.set_attn_implementation({"text_config": "eager"})
    after = (encoded.next_position + torch.arange(len(ids))).expand(3, -1)
    given = {
        "input_ids": torch.cat([encoded.ids, torch.tensor(ids)])[None],
        **model.runner.body.plain_inputs(torch.cat([encoded.positions, after], 1)),
        **media_inputs(model.runner, Row(prompt, (torch.tensor(ids),)), encoded),
    }
    with torch.no_grad():
        layers = core(**given, output_attentions=True, use_cache=False).attentions
    core.set_attn_implementation({"text_config": "sdpa"})
    wanted = torch.stack([layer[0][:, looking][..., media].sum(-1).mean() for layer in layers]).mean()

    found = model.answer([Watch(model.role, prompt, TEXT, start, num=4)])[0]
    assert 0 < found < 1
    assert found == pytest.approx(float(wanted), abs=1e-5)


def test_what_cannot_be_watched_is_not_a_number(film: Any) -> None:
    model, _ = opened()
    image = prompts(film)["image"]
    asks = [
        Watch(model.role, prompts(film)["text"], TEXT, 5),
        Watch(model.role, image, TEXT, len(TEXT)),
        Watch(model.role, image, "", 0),
        Watch(model.role, image, TEXT, 5, num=0),
    ]
    assert all(math.isnan(share) for share in model.answer(asks))


def test_only_tokens_of_the_span_look(film: Any) -> None:
    model, _ = opened()
    prompt, start = prompts(film)["image"], TEXT.index("So one")
    encoder = model.runner.encoder
    offsets = encoder.detokenise(encoder.tokenizer(TEXT, add_special_tokens=False)["input_ids"])[1]
    second = next(at for at in offsets if at > start)
    whole, same, cut, fewer = model.answer(
        [
            Watch(model.role, prompt, TEXT, start, TEXT.index(" stands")),
            Watch(model.role, prompt, TEXT[: TEXT.index(" stands")], start),
            Watch(model.role, prompt, TEXT, start, second),
            Watch(model.role, prompt, TEXT, start, num=1),
        ]
    )
    assert whole == pytest.approx(same, abs=1e-6)
    assert cut != whole
    assert fewer == pytest.approx(cut, abs=1e-6)


def test_watching_leaves_no_trace(film: Any) -> None:
    model, _ = opened()
    before = model.checksum()
    ask = Watch(model.role, prompts(film)["image"], TEXT, 5)
    assert model.answer([ask]) == model.answer([ask])
    assert model.checksum() == before
    assert all(p.grad is None for p in model.core.parameters())
