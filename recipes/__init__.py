"""One paper a file; installed as ``mmreason_recipes``. The command line finds a recipe by its name in ``RECIPES``.

Other packages add theirs with an entry point of the group ``mmreason.recipes`` that names such a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .acre import acre
from .cat_charts import cat_charts
from .cispo import cispo
from .dapo import dapo
from .dpo import dpo
from .dr_grpo import dr_grpo
from .gpg import gpg
from .grit import grit
from .grpo import grpo
from .grpo_care import grpo_care
from .gspo import gspo
from .listener import listener
from .ppo import ppo
from .reinforce_pp import reinforce_pp
from .rewardmap import rewardmap
from .rloo import rloo
from .ton import ton
from .tw_grpo import tw_grpo

RECIPES: Mapping[str, Callable[..., Any]] = {
    "acre": acre,
    "cat_charts": cat_charts,
    "cispo": cispo,
    "dapo": dapo,
    "dpo": dpo,
    "dr_grpo": dr_grpo,
    "gpg": gpg,
    "grit": grit,
    "grpo": grpo,
    "grpo_care": grpo_care,
    "gspo": gspo,
    "listener": listener,
    "ppo": ppo,
    "reinforce_pp": reinforce_pp,
    "rewardmap": rewardmap,
    "rloo": rloo,
    "ton": ton,
    "tw_grpo": tw_grpo,
}
"""Name to the function that builds the recipe from its keywords."""
