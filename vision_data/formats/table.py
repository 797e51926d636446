"""The formats there are: the one place where a word becomes a format."""

from __future__ import annotations

from difflib import get_close_matches

from vision_data.errors import MediaError
from vision_data.formats.adapters.aitz import Aitz
from vision_data.formats.adapters.chartbench import ChartBench
from vision_data.formats.adapters.chartqa import ChartQa
from vision_data.formats.adapters.chartx import ChartX
from vision_data.formats.adapters.charxiv import CharXiv
from vision_data.formats.adapters.clevrer import Clevrer
from vision_data.formats.adapters.easyr1 import EasyR1
from vision_data.formats.adapters.generated import Generated
from vision_data.formats.adapters.geoqa import GeoQa
from vision_data.formats.adapters.gqa import Gqa
from vision_data.formats.adapters.grit import Grit
from vision_data.formats.adapters.hpd import Hpd
from vision_data.formats.adapters.image_reward import ImageReward
from vision_data.formats.adapters.llava import Llava
from vision_data.formats.adapters.mmvu import Mmvu
from vision_data.formats.adapters.ms_swift import MsSwift
from vision_data.formats.adapters.next_gqa import NextGqa
from vision_data.formats.adapters.openrlhf_m import OpenRlhfM
from vision_data.formats.adapters.ours import TaskLines
from vision_data.formats.adapters.r1v import R1V
from vision_data.formats.adapters.rapidata import Rapidata
from vision_data.formats.adapters.reasonmap import ReasonMap
from vision_data.formats.adapters.seed_bench_r1 import SeedBenchR1
from vision_data.formats.adapters.tallyqa import TallyQa
from vision_data.formats.adapters.tempcompass import TempCompass
from vision_data.formats.adapters.trl import Trl
from vision_data.formats.adapters.verl import Verl
from vision_data.formats.adapters.video_mme import VideoMme
from vision_data.formats.adapters.video_r1 import VideoR1
from vision_data.formats.adapters.vsi_bench import VsiBench
from vision_data.formats.adapters.vsr import Vsr
from vision_data.formats.base import Format

FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        TaskLines(), Trl(), Llava(), VideoR1(), EasyR1(), Verl(), MsSwift(), OpenRlhfM(), R1V(), Generated(),
        ReasonMap(), SeedBenchR1(), Clevrer(), Mmvu(), NextGqa(), TempCompass(), Grit(), Gqa(), Vsr(), TallyQa(),
        Aitz(), GeoQa(), Hpd(), ImageReward(), Rapidata(), ChartQa(), ChartX(), ChartBench(), CharXiv(), VsiBench(),
        VideoMme(),
    )
}  # fmt: skip
"""By name: first those of training toolkits, then those of benchmarks."""


def format_named(name: str) -> Format:
    """Give the format of a name.

    Raises:
        MediaError: there is none.
    """
    if name not in FORMATS:
        near = get_close_matches(name, FORMATS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(FORMATS)}"
        raise MediaError(f"unknown format {name!r}; {hint}")
    return FORMATS[name]
