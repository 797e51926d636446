"""Frames and texts as vectors of one space, by a model that was trained for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vision_data.errors import MediaError
from vision_data.frames.checkpoint import read_checkpoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class DualEncoder:
    """Embed frames and texts by CLIP (arXiv:2103.00020), SigLIP (arXiv:2303.15343) or their like in transformers.

    The weights are read when the first frame is embedded and kept for the next, once for each model and device in a
    process. Vectors have length 1.

    Attributes:
        model: name or folder of the checkpoint. ReAgent-V uses the default.
        device: where it runs.
        batch_size: frames embedded at once, at least 1.
    """

    model: str = "openai/clip-vit-large-patch14-336"
    device: str = "cpu"
    batch_size: int = 32

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise MediaError(f"DualEncoder: batch_size is {self.batch_size}, expected at least 1")

    def __call__(self, inputs: Any) -> npt.NDArray[np.float32]:
        """Give ``[N, D]`` for frames ``[N, h, w, 3]`` of uint8, or for a list of N texts; long texts are cut."""
        import torch

        network, images, tokenizer = _loaded(self.model, self.device)
        rows = []
        with torch.inference_mode():
            if isinstance(inputs, list):
                longest = network.config.text_config.max_position_embeddings
                told = tokenizer(inputs, padding="max_length", truncation=True, max_length=longest, return_tensors="pt")
                rows.append(network.get_text_features(**told.to(self.device)))
            else:
                for start in range(0, len(inputs), self.batch_size):
                    seen = images(images=list(inputs[start : start + self.batch_size]), return_tensors="pt")
                    rows.append(network.get_image_features(**seen.to(self.device)))
            # transformers 4 gives the vectors, transformers 5 an output that holds them.
            vectors = torch.cat([getattr(row, "pooler_output", row) for row in rows]).float()
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()
        return unit


@lru_cache(maxsize=2)
def _loaded(model: str, device: str) -> tuple[Any, Any, Any]:
    """Read the weights, the image processor and the tokenizer."""
    network, images, tokenizer = read_checkpoint("DualEncoder", model)
    if not hasattr(network, "get_text_features") or not hasattr(network, "get_image_features"):
        raise MediaError(
            f"DualEncoder: {model!r} is a {type(network).__name__}, which does not embed both pictures and texts; "
            "expected CLIP, SigLIP or their like"
        )
    return network.to(device), images, tokenizer
