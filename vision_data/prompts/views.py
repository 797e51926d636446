"""Show a prompt's media changed: noised, blurred, blacked out, cropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vision_data.messages import Message, Part, Prompt
from vision_data.transforms.base import Transform


def with_transforms(prompt: Sequence[Message], *transforms: Transform) -> Prompt:
    """Add transforms to every image and video of a prompt, after those that they have; nothing is loaded here.

    One that draws by chance has one seed for all of them.
    """
    return tuple(replace(m, content=tuple(_changed(part, transforms) for part in m.content)) for m in prompt)


def _changed(part: Part, transforms: tuple[Transform, ...]) -> Part:
    return part if isinstance(part, str) else replace(part, transforms=(*part.transforms, *transforms))
