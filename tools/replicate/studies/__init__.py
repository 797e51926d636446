"""The replications that there are, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from tools.replicate.studies import algorithms, rewardmap
from tools.replicate.study import Study

STUDIES: Mapping[str, Study] = {module.STUDY.name: module.STUDY for module in (algorithms, rewardmap)}
