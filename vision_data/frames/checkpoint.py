"""Reading a model, its image processor and its tokenizer for an embedding."""

from __future__ import annotations

from typing import Any

from vision_data.errors import MediaError


def read_checkpoint(owner: str, model: str) -> tuple[Any, Any, Any]:
    """Read a checkpoint of transformers in the precision in which it is stored.

    Args:
        owner: who needs it, for the message.
        model: name or folder.

    Returns:
        The model in evaluation mode, its image processor, its tokenizer.

    Raises:
        MediaError: it cannot be read, or lacks weights, which transformers would draw at random.
    """
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    try:
        network, told = AutoModel.from_pretrained(model, dtype="auto", output_loading_info=True)
        images, tokenizer = AutoImageProcessor.from_pretrained(model), AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        line = str(error).strip().splitlines()[0]
        raise MediaError(f"{owner}: {model!r} cannot be read ({line}); give the folder of a checkpoint") from None
    if lacking := sorted(told["missing_keys"]):
        raise MediaError(
            f"{owner}: {model!r} lacks {len(lacking)} weights of a {type(network).__name__}, the first {lacking[0]}; "
            "give a complete checkpoint"
        )
    return network.eval(), images, tokenizer
