"""Images and videos as vision-language models take them: references, messages, loading, frames, sizes.

Importing this package is cheap: what needs numpy, Pillow or decord is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vision_data.coordinates import THOUSAND, UNIT, Box, Point, Space
from vision_data.errors import MediaError
from vision_data.frames import (
    Budget,
    Chain,
    Clusters,
    DualEncoder,
    EntropyRelevance,
    Every,
    FarthestPoint,
    Footage,
    Fps,
    FrameSelector,
    KeyFrames,
    LookingSelector,
    MotionEnergy,
    NFrames,
    Picked,
    Proxies,
    QueryRelevance,
    QwenFeatures,
    SceneChange,
    SeedBenchR1,
    Selection,
    Sharpest,
    Thumbnail,
    TimeFocus,
    TimeRange,
    Uniform,
    Union,
    VideoR1,
)
from vision_data.media import Image, Media, Video
from vision_data.messages import (
    Message,
    Part,
    Prompt,
    assistant,
    from_qwen,
    from_text,
    media_of,
    system,
    text_of,
    to_qwen,
    user,
)
from vision_data.resize import fit, frame_size, smart_resize

if TYPE_CHECKING:
    from vision_data.fetch import Fetch
    from vision_data.fingerprint import pixel_hash
    from vision_data.image import Limits, load_image
    from vision_data.selection_cache import SelectionCache
    from vision_data.video import Clip, VideoInfo, load_video, probe_video

__all__ = [
    "THOUSAND",
    "UNIT",
    "Box",
    "Budget",
    "Chain",
    "Clip",
    "Clusters",
    "DualEncoder",
    "EntropyRelevance",
    "Every",
    "FarthestPoint",
    "Fetch",
    "Footage",
    "Fps",
    "FrameSelector",
    "Image",
    "KeyFrames",
    "Limits",
    "LookingSelector",
    "Media",
    "MediaError",
    "Message",
    "MotionEnergy",
    "NFrames",
    "Part",
    "Picked",
    "Point",
    "Prompt",
    "Proxies",
    "QueryRelevance",
    "QwenFeatures",
    "SceneChange",
    "SeedBenchR1",
    "Selection",
    "SelectionCache",
    "Sharpest",
    "Space",
    "Thumbnail",
    "TimeFocus",
    "TimeRange",
    "Uniform",
    "Union",
    "Video",
    "VideoInfo",
    "VideoR1",
    "assistant",
    "fit",
    "frame_size",
    "from_qwen",
    "from_text",
    "load_image",
    "load_video",
    "media_of",
    "pixel_hash",
    "probe_video",
    "smart_resize",
    "system",
    "text_of",
    "to_qwen",
    "user",
]

_LATER = {
    "Fetch": "vision_data.fetch",
    "SelectionCache": "vision_data.selection_cache",
    "Limits": "vision_data.image",
    "Clip": "vision_data.video",
    "VideoInfo": "vision_data.video",
    "load_image": "vision_data.image",
    "load_video": "vision_data.video",
    "pixel_hash": "vision_data.fingerprint",
    "probe_video": "vision_data.video",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy the first time somebody asks for it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
