"""The trace inspector as a Hugging Face Space: the runs under ``runs/`` beside this file, mmreason-tiny on the CPU.

Visitors may look at these runs, upload a picture or a video of up to 20 MB, and ask mmreason-tiny and the newest
checkpoints of the runs; nothing else of the machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from mmreason.cli.demo import DemoOptions, serve

RUNS = Path(__file__).parent / "runs"
FRAMED = "https://huggingface.co https://*.hf.space"
"""A Space is shown in a frame of these pages."""


def options() -> DemoOptions:
    """What is opened; host and port are those that a Space expects, unless the environment says else."""
    return DemoOptions(
        runs=tuple(sorted(path for path in RUNS.glob("*") if path.is_dir())),
        host=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        max_upload=20,
        device="cpu",
    )


if __name__ == "__main__":
    with TemporaryDirectory(prefix="mmreason-space-") as scratch:
        serve(options(), Path(scratch), FRAMED)
