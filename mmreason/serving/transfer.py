"""The learner's weights into a vLLM server, over its own weight transfer: by a shared folder, or by NCCL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.models.merge import plain_tensors
from mmreason.serving.wire import Wire

SHARD = 4 << 30
"""Bytes of the largest file."""


class Transfer(Protocol):
    """A way for weights."""

    def send(self, core: Any, version: str) -> None:
        """Put the weights of a model, adapter merged, into every worker; back when all have them."""
        ...


class Control:
    """The four calls of vLLM's weight transfer, with generation paused around them."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.version = wire, ""

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Open the channel."""
        self.wire.post("/init_weight_transfer_engine", {"init_info": init_info})

    def start_weight_update(self) -> None:
        """Begin; requests under way are finished first and caches of the old weights dropped."""
        self.wire.post("/pause?mode=wait")
        self.wire.post("/start_weight_update")

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """Hand over, or say where they are."""
        self.wire.post("/update_weights", {"update_info": update_info})

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """End, and let generation go on."""
        self.wire.post("/finish_weight_update", {"weight_version": weight_version or self.version})
        self.wire.post("/resume")


class ByDisk:
    """vLLM's ``disk`` backend: safetensors in a folder that the server sees under the same path."""

    def __init__(self, wire: Wire, folder: Path, dtype: torch.dtype | None) -> None:
        self.control, self.folder, self.dtype = Control(wire), folder, dtype
        self.open = False

    def send(self, core: Any, version: str) -> None:
        """Write, load, remove."""
        path = (self.folder / f"weights-{version}").resolve()
        if not self.open:
            self.control.init_weight_transfer_engine({})
            self.open = True
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        try:
            write(path, core, self.dtype)
            self.control.start_weight_update()
            self.control.update_weights({"path": str(path)})
            self.control.finish_weight_update(version)
        finally:
            shutil.rmtree(path, ignore_errors=True)


def write(folder: Path, core: Any, dtype: torch.dtype | None) -> None:
    """Write every weight, in files of a few gigabytes."""
    from safetensors.torch import save_file

    some: dict[str, Tensor] = {}
    number = size = 0
    for name, tensor in whole_tensors(core, dtype):
        if some and size + tensor.nbytes > SHARD:
            save_file(some, folder / f"model-{number:05d}.safetensors")
            some, number, size = {}, number + 1, 0
        some[name], size = tensor.cpu().contiguous(), size + tensor.nbytes
    save_file(some, folder / f"model-{number:05d}.safetensors")


def whole_tensors(core: Any, dtype: torch.dtype | None) -> Iterator[tuple[str, Tensor]]:
    """Merged weights in the precision of the engine.

    Raises:
        RecipeError: the weights are spread over ranks.
    """
    for name, tensor in plain_tensors(core):
        if hasattr(tensor, "ds_id") or not tensor.numel():
            raise RecipeError(
                "weights that zero3 spreads over ranks are not sent to an engine; use zero2, or no engine"
            )
        yield name, tensor if dtype is None else tensor.to(dtype)


class ByNccl:
    """vLLM's ``nccl`` backend through its own trainer side; needs vllm and a GPU in this process."""

    def __init__(self, wire: Wire, address: str, port: int, dtype: torch.dtype | None) -> None:
        self.control, self.address, self.port, self.dtype = Control(wire), address, port, dtype
        self.engine: Any = None

    def send(self, core: Any, version: str) -> None:
        """Broadcast to all workers."""
        self.control.version = version
        if self.engine is None:
            self.engine = self.opened(core)
        self.engine.send_weights()

    def opened(self, core: Any) -> Any:
        """Join the workers' group.

        Raises:
            RecipeError: vllm is not installed here.
        """
        try:
            vllm: Any = import_module("vllm.distributed.weight_transfer")
            nccl: Any = import_module("vllm.distributed.weight_transfer.nccl_engine")
        except ImportError as error:
            raise RecipeError(
                f"sync='nccl' needs vllm 0.29 or later in the trainer too ({error}); or give sync='disk'"
            ) from None
        dtype = self.dtype

        class Source(vllm.WeightSource):  # type: ignore[misc]
            """The merged weights, anew in every round."""

            def metadata(self) -> list[Any]:
                return [vllm.ParamMeta(name, value.dtype, tuple(value.shape)) for name, value in self]

            def __iter__(self) -> Iterator[tuple[str, Tensor]]:
                return ((name, value.contiguous()) for name, value in whole_tensors(core, dtype))

        size = int(self.control.wire.get("/get_world_size")["world_size"]) + 1
        info = nccl.NCCLTrainerInitInfo(master_address=self.address, master_port=self.port, world_size=size, rank=0)
        return vllm.WeightTransferTrainerFactory.trainer_init(init_info=info, client=self.control, source=Source())
