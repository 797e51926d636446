"""Frames and texts as vectors of a Qwen-VL policy: its own vision tower and its own word embeddings."""

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
class QwenFeatures:
    """Embed frames by the vision tower of a Qwen2-VL or Qwen2.5-VL checkpoint, and texts by its word embeddings.

    A frame is the mean of its visual tokens and a text the mean of its words' embeddings, both as the language
    model receives them. For frames alone (``FarthestPoint``, ``Clusters``) these are the features that the policy
    itself sees; frames and words are only roughly in one place, so for a query ``DualEncoder`` is the safer choice.
    Vectors have length 1. Not from a paper.

    The checkpoint is a folder or a name, never a model in training: a choice that moved with the weights would give
    one prompt two meanings. It is read when the first frame is embedded, and its layers are dropped at once.

    Attributes:
        model: name or folder of the checkpoint.
        device: where it runs.
        batch_size: frames embedded at once, at least 1.
    """

    model: str = "Qwen/Qwen2.5-VL-7B-Instruct"
    device: str = "cpu"
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise MediaError(f"QwenFeatures: batch_size is {self.batch_size}, expected at least 1")

    def __call__(self, inputs: Any) -> npt.NDArray[np.float32]:
        """Give ``[N, D]`` for frames ``[N, h, w, 3]`` of uint8, or for a list of N texts."""
        import torch

        network, images, tokenizer = _loaded(self.model, self.device)
        rows = []
        with torch.inference_mode():
            if isinstance(inputs, list):
                words = network.get_input_embeddings()
                for text in inputs:
                    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids.to(self.device)
                    rows.append(words(ids)[0].float().mean(dim=0))
            else:
                for start in range(0, len(inputs), self.batch_size):
                    seen = images(images=list(inputs[start : start + self.batch_size]), return_tensors="pt")
                    tokens = network.get_image_features(**seen.to(self.device)).pooler_output
                    rows += [picture.float().mean(dim=0) for picture in tokens]
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(torch.stack(rows), dim=-1).cpu().numpy()
        return unit


@lru_cache(maxsize=2)
def _loaded(model: str, device: str) -> tuple[Any, Any, Any]:
    """Read the weights without the layers of the language model, the image processor and the tokenizer."""
    import torch

    network, images, tokenizer = read_checkpoint("QwenFeatures", model)
    if network.config.model_type not in ("qwen2_vl", "qwen2_5_vl"):
        raise MediaError(
            f"QwenFeatures: {model!r} is a {network.config.model_type}, expected a checkpoint of Qwen2-VL or Qwen2.5-VL"
        )
    network.language_model.layers = torch.nn.ModuleList()
    return network.to(device), images, tokenizer
