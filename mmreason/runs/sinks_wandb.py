"""Numbers for Weights & Biases, offline unless the environment says otherwise."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from mmreason.runs.tracked import Tracked


class WandbSink(Tracked):
    """Writes ``wandb/`` in the run's folder; ``wandb sync`` uploads it.

    ``WANDB_MODE``, ``WANDB_PROJECT`` and ``WANDB_ENTITY`` are heard; the mode is offline without. Sent are the numbers
    and the recipe: no code, no repository, no console output, nothing about the machine, and no environment.
    """

    def __init__(self) -> None:
        super().__init__("wandb")

    def open(self) -> Any:
        """Open the run; the same id goes on with it."""
        wandb: Any = import_module("wandb")

        settings = wandb.Settings(
            console="off", silent=True, disable_git=True, disable_code=True, save_code=False, disable_job_creation=True,
            x_disable_meta=True, x_disable_stats=True, x_disable_machine_info=True,
        )  # fmt: skip
        return wandb.init(
            project=os.environ.get("WANDB_PROJECT", self.recipe), id=self.name, name=self.name, resume="allow",
            mode=os.environ.get("WANDB_MODE", "offline"), dir=str(self.home), config=self.config, settings=settings,
        )  # fmt: skip
