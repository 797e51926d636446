"""Numbers for trackio, on this machine."""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

from mmreason.runs.tracked import Tracked


class TrackioSink(Tracked):
    """Writes where ``trackio show`` looks: ``TRACKIO_DIR``, or trackio's folder in the Hugging Face cache.

    The project is ``TRACKIO_PROJECT`` or the recipe's name; nothing leaves the machine, and nothing about it is logged.
    """

    def __init__(self) -> None:
        super().__init__("trackio")

    def open(self) -> Any:
        """Open the run, or go on with the one of this name."""
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            trackio: Any = import_module("trackio")
            project = os.environ.get("TRACKIO_PROJECT", self.recipe)
            return trackio.init(
                project=project, name=self.name, resume="allow", config=self.config, embed=False,
                auto_log_gpu=False, auto_log_cpu=False,
            )  # fmt: skip

    def close(self) -> None:
        """Flush without a word."""
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            super().close()
