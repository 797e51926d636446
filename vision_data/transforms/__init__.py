"""Changes of a picture: crops and zooms that carry boxes along, noise, masks, and drawings on it.

Each is a frozen dataclass: called with a picture it gives a new one, and ``boxes`` and ``back`` map boxes onto the
changed picture and back onto the original.
"""

from __future__ import annotations

from vision_data.transforms.base import Transform
from vision_data.transforms.blur import Blur
from vision_data.transforms.compose import Compose, transformed, transformed_frame
from vision_data.transforms.crop import Crop
from vision_data.transforms.draw import DrawBoxes
from vision_data.transforms.marks import SetOfMark
from vision_data.transforms.mask import Blackout, MaskBoxes, MaskPatches
from vision_data.transforms.noise import GaussianNoise
from vision_data.transforms.plain import from_plain, to_plain
from vision_data.transforms.resize import Letterbox, Resize, SmartResize
from vision_data.transforms.turn import Flip, Rotate
from vision_data.transforms.zoom import Zoom

__all__ = [
    "Blackout",
    "Blur",
    "Compose",
    "Crop",
    "DrawBoxes",
    "Flip",
    "GaussianNoise",
    "Letterbox",
    "MaskBoxes",
    "MaskPatches",
    "Resize",
    "Rotate",
    "SetOfMark",
    "SmartResize",
    "Transform",
    "Zoom",
    "from_plain",
    "to_plain",
    "transformed",
    "transformed_frame",
]
