"""The replications that there are, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from tools.replicate.studies import (
    acre,
    algorithms,
    cat_charts,
    grit,
    grpo_care,
    listener,
    rewardmap,
    ton,
    tw_grpo,
)
from tools.replicate.study import Study

STUDIES: Mapping[str, Study] = {
    module.STUDY.name: module.STUDY
    for module in (acre, algorithms, cat_charts, grit, grpo_care, listener, rewardmap, ton, tw_grpo)
}
