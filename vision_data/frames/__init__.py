"""Frame selectors, one a file: which frames of a video a model is shown."""

from vision_data.frames.base import FrameSelector, Picked
from vision_data.frames.budget import Budget
from vision_data.frames.chain import Chain
from vision_data.frames.clusters import Clusters
from vision_data.frames.dual_encoder import DualEncoder
from vision_data.frames.entropy_relevance import EntropyRelevance
from vision_data.frames.every import Every
from vision_data.frames.farthest_point import FarthestPoint
from vision_data.frames.footage import Footage
from vision_data.frames.fps import Fps
from vision_data.frames.key_frames import KeyFrames
from vision_data.frames.looking import LookingSelector, Proxies
from vision_data.frames.motion_energy import MotionEnergy
from vision_data.frames.nframes import NFrames
from vision_data.frames.query_relevance import QueryRelevance
from vision_data.frames.qwen_features import QwenFeatures
from vision_data.frames.scene_change import SceneChange
from vision_data.frames.seed_bench_r1 import SeedBenchR1
from vision_data.frames.selection import Selection, select
from vision_data.frames.sharpest import Sharpest
from vision_data.frames.thumbnail import Thumbnail
from vision_data.frames.time_focus import TimeFocus
from vision_data.frames.time_range import TimeRange
from vision_data.frames.uniform import Uniform
from vision_data.frames.union import Union
from vision_data.frames.video_r1 import VideoR1

__all__ = [
    "Budget",
    "Chain",
    "Clusters",
    "DualEncoder",
    "EntropyRelevance",
    "Every",
    "FarthestPoint",
    "Footage",
    "Fps",
    "FrameSelector",
    "KeyFrames",
    "LookingSelector",
    "MotionEnergy",
    "NFrames",
    "Picked",
    "Proxies",
    "QueryRelevance",
    "QwenFeatures",
    "SceneChange",
    "SeedBenchR1",
    "Selection",
    "Sharpest",
    "Thumbnail",
    "TimeFocus",
    "TimeRange",
    "Uniform",
    "Union",
    "VideoR1",
    "select",
]
