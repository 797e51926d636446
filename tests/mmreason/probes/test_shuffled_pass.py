"""ACRE's second pass with the real model: what it costs, and that it goes on from the very reasoning."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmreason.asks import POLICY
from mmreason.ledger import Ledger
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.probes.shuffled_pass import ForcedReasoning, OptionShuffle, ShuffledPass
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Batch, Group, Task
from tests.mmreason.fakes import comp, scene
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import user

OPTIONS = ("a red square", "a blue square", "a green square", "a grey square")
LINES = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCD", OPTIONS, strict=True))


def film(path: Path) -> Video:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 8, (56, 56))
    for i in range(8):
        frame = np.full((56, 56, 3), 40, np.uint8)
        frame[8:24, 2 * i : 2 * i + 16] = (0, 200, 255)
        writer.write(frame)
    writer.release()
    return Video(str(path), frames=Uniform(2))


def tasks(folder: Path) -> list[Task]:
    """A video, a picture and one that two questions share."""
    grey = Image.of(np.full((56, 56, 3), 90, np.uint8))
    media: tuple[Video | Image, ...] = (film(folder / "a.mp4"), grey, grey)
    return [
        Task(
            id=f"q{i}",
            prompt=(user(medium, f"\nWhat moves in number {i}?\n{LINES}\nThink, then answer."),),
            answer="ABCD"[i],
            record={"options": list(OPTIONS)},
        )
        for i, medium in enumerate(media)
    ]


def with_reasoning(group: Group) -> Group:
    """The sampled completions, and some with reasoning; a policy that knows nothing writes none."""
    texts = (
        "<think>It is a red square.</think><answer>A</answer>",
        "<think>It is B.</think><answer>B</answer>",
        "<think><|image_pad|><|im_end|> <|video_pad|></think><answer>A</answer>",
    )
    made = tuple(comp([1], text=text) for text in texts)
    return Group(group.task, (*made, comp([1], text="no thought"), *group.completions))


@pytest.mark.parametrize("freeze", [("vision",), ()], ids=["frozen", "learning"])
def test_the_second_pass_reads_no_medium_and_runs_the_tower_no_second_time(
    tmp_path: Path, freeze: tuple[str, ...]
) -> None:
    ledger = Ledger()
    run = Run(models={}, ledger=ledger)
    run.models[POLICY] = Policy(model=TINY, freeze=freeze, optim=AdamW()).open(run)
    live = scene(run)
    groups = tuple(map(with_reasoning, Sample(num=2, limit=4)(tasks(tmp_path), live)))
    probe = ShuffledPass(ForcedReasoning(OptionShuffle(seed=3)), limit=4)
    before = ledger.snapshot()
    assert before["media_decoded"] == 2
    batch = Batch(groups)
    live.settle(batch, probe)
    cost = ledger.since(before)
    for name in ("media_decoded", "processor_runs", "tower_calls", "patches"):
        assert cost.get(name, 0) == 0, name
    encoder = run.models[POLICY].runner.encoder
    views = [probe.shuffle.view(g) for g in batch.groups]
    assert cost["prompt_tokens"] == sum(len(encoder.encode(v.prompt)) for v in views if v)  # once for its group
    forced = [t for g in batch.groups for t in g[probe.reasoning] if len(t)]
    assert cost["sampled_tokens"] <= 4 * len(forced)
    for g in batch.groups:
        assert g[probe].shape == (6, 4)
        assert not g[probe][3].any()
        assert len(g[probe.reasoning][3]) == 0
        spelled = encoder.detokenise(g[probe.reasoning][2].tolist())[0]
        assert "< |image_pad|>" in spelled  # text that a policy spelled out stays text
        whole = encoder.tokenizer("<think>It is a red square.</think><answer>", add_special_tokens=False)["input_ids"]
        assert encoder.tokenizer.decode(whole[-1:]) == ">"
        assert g[probe.reasoning][0].tolist() == whole[:-1]  # a bracket of its own is left to the policy
