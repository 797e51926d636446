"""The model card of mmreason-tiny, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.tiny.evaluate import SAMPLES, Score


def card(numbers: Mapping[str, object], scores: Mapping[str, Score]) -> str:
    """The card's text.

    Args:
        numbers: ``command``, ``seed``, ``slip``, ``noisy_steps``, ``parameters``, ``minutes`` and ``maps``.
        scores: what `evaluate` gave, with the mean under ``mean``.
    """
    rows = "\n".join(
        f"| {kind} | {score.greedy:.3f} | {score.sampled:.3f} | {score.best:.3f} |" for kind, score in scores.items()
    )
    return _TEXT.format(rows=rows, samples=SAMPLES, **numbers)


def write_card(folder: Path, numbers: Mapping[str, object], scores: Mapping[str, Score]) -> None:
    """Write ``README.md`` into the model's folder."""
    (folder / "README.md").write_text(card(numbers, scores), encoding="utf-8")


_TEXT = """\
---
license: apache-2.0
library_name: transformers
pipeline_tag: image-text-to-text
base_model_relation: none
---
# mmreason-tiny

A teaching model: {parameters:.2f} M parameters in the Qwen2.5-VL architecture, with its own byte-level BPE tokenizer
of 1,024 tokens and a Qwen2.5-VL processor. It is made from nothing, so that a whole reinforcement-learning run on real
images fits on two CPU cores. It reads small transit maps, also with options to choose from, finds things in small
scenes, reads charts of two or three bars, and describes pairs of scenes; it knows nothing else about the world: use it
to learn, to test and to compare methods, not to answer questions.

```python
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder)
processor = AutoProcessor.from_pretrained(folder)
```

## How it was made
```
{command}
```
Seed {seed}; the steps are planned for about {minutes:.0f} minutes on two CPU cores, with bf16 products (weights and
optimiser in fp32) and no download. Other processors round differently: the same seed gives the same weights only on the
same kind of machine. The weights stored here went through these phases in several sittings, *worlds* six times over
(1,230 steps in all, the mixture shifted towards what was still weak); nobody has timed the whole command.

Data: `vision_data.generators.transit`, level `tiny` (168x168 pixels, 36 image tokens), and scenes, pairs and charts in
cells (112x112 pixels, 16 image tokens), split `train`, drawn afresh for every step (charts: 1,200 of them). Every image
is encoded once, and its dozen questions attend to it and to themselves only.

1. *cells*: the vision tower learns what every cell shows (letter, lines, tracks, and the station where a track leads),
   with its features compared to the token embeddings of letters and colours.
2. *lookups*: short questions about one or two stations.
3. *questions*: all question types, the list of every line's stops, and the list of every station's lines, from a
   teacher who makes no mistake.
4. *orders*: the same teacher, mostly with what needs the order of stops.
5. *options*: which of four lines stop where, one or several of them right.
6. *sights*: the tower learns to name what scenes, charts and pairs of pictures show.
7. *scenes*: how many things there are, with their boxes or counting on from cell to cell, and which is left of or above
   which.
8. *worlds*: the same, charts as code and read directly, and which of two pictures fits a description; some options and
   counts are asked for without a thought.
9. *noisy*: {noisy_steps} steps with a teacher who slips with probability {slip} at each reading and at the final
   answer. This lowers the sampled accuracy and leaves the skill within reach of a few tries: the headroom that
   reinforcement learning is there to find.

In 2 to 8 an attention head in each of three layers is taught where to look: at the cell of what is named, from an
option to its letter, from a conclusion to its option, from a box that is opened to the thing that it is asked for.

The tokenizer also knows the words and tags of arithmetic, videos, screens and larger charts; the model has not been
trained to read those.

## What it can do
{maps} held-out maps (split `test`: their cities and layouts are never trained on), one question of each type per map,
exact match; *at*, *not_at*, *both* and *only* are the questions with options. Greedy; mean over {samples} samples at
temperature 1; and at least one of {samples} right:

| type | greedy | sampled | pass@{samples} |
|---|---|---|---|
{rows}

Other pictures, 40 held-out questions of `mmreason eval mmreason-tiny --suite ... --draw 40 --num 2`, greedy: scenes
(`grit`): grounding IoU 0.93, as many boxes as things 0.45, counts right 0.30, relations 0.55, which is chance; counting
cell by cell (`ton`): 0.70; without a thought one thing is counted rightly, more are mostly not; pairs (`listener`):
0.60, and in 0.80 of them the order decides; charts (`charts`): answers 0.45.

Prompt: system message `You are a helpful assistant.`, then the image, a newline and the question.

## Licence
Apache-2.0, like the code that makes it. All training data is generated by that code.
"""
