"""Frame selectors, one a file: which frames of a video a model is shown."""

from vision_data.frames.base import FrameSelector
from vision_data.frames.every import Every
from vision_data.frames.fps import Fps
from vision_data.frames.uniform import Uniform

__all__ = ["Every", "Fps", "FrameSelector", "Uniform"]
