"""A vLLM server on other GPUs that samples the rollouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from mmreason.asks import POLICY, Role
from mmreason.errors import RecipeError
from mmreason.judges.key import key_from
from mmreason.models.family import Encoder
from mmreason.models.loading import DTYPES
from mmreason.serving.asking import Sampled, Wanted, chat_messages, part_of, seen_media, settings
from mmreason.serving.sampler import SAMPLER, EngineSampler, beside
from mmreason.serving.transfer import ByDisk, ByNccl, Transfer
from mmreason.serving.wire import Wire, read_sampled
from vision_data.media import Media
from vision_data.messages import Prompt, media_of


@dataclass(frozen=True, kw_only=True)
class ServedRollouts:
    """Rollouts by a vLLM server: ``Sample(by=SAMPLER)``, and this spec for ``SAMPLER`` behind the policy's.

    Prompts without media travel as token ids. Prompts with media travel as messages with the trainer's own pixels,
    losslessly; the tokens that the server makes of them must be the trainer's, or the run stops. Replies are token ids
    with log-probs. After each step the server gets the policy's weights, adapter merged, by its own weight transfer.

    Args:
        url: Address of the server, such as ``http://node7:8000``.
        model: Name of the model on the server.
        of: Whose weights it samples with.
        role: Who it plays.
        sync: ``disk`` writes the weights to a folder that both sides see under one path; ``nccl`` sends them from GPU
            to GPU and needs vllm here too. The server is started with this name in ``--weight-transfer-config``.
        folder: For ``disk``; within the run's folder unless absolute.
        address: Host of this process, as the server's GPUs reach it, for ``nccl``.
        port: A free one on it.
        dtype: In which the weights are sent; None sends them as they are.
        raw: The server tells log-probs before temperature (vLLM's default); False for processed_logprobs.
        concurrency: Requests under way at once.
        seconds: Time-out of one try.
        retries: Tries after the first; what fails then stops the run, which can be resumed.
        pause: Seconds before the second try; doubled for each further one.
        key_env: Environment variable that holds the server's key, if it is set.
    """

    url: str
    model: str
    of: Role = POLICY
    role: Role = SAMPLER
    sync: Literal["disk", "nccl"] = "disk"
    folder: str = "engine_weights"
    address: str = "127.0.0.1"
    port: int = 29_600
    dtype: Literal["float32", "bfloat16", "float16"] | None = None
    raw: bool = True
    concurrency: int = 256
    seconds: float = 600.0
    retries: int = 3
    pause: float = 1.0
    key_env: str | None = "VLLM_API_KEY"

    def __post_init__(self) -> None:
        """Refuse what could never be asked."""
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not host or parts.username or parts.path.strip("/"):
            raise RecipeError(f"ServedRollouts.url is {self.url!r}, expected one such as 'http://localhost:8000'")
        if self.sync not in ("disk", "nccl"):
            raise RecipeError(f"ServedRollouts.sync is disk or nccl, got {self.sync!r}")
        if self.dtype is not None and self.dtype not in DTYPES:
            raise RecipeError(f"ServedRollouts.dtype is one of {', '.join(DTYPES)}, or None; got {self.dtype!r}")
        for name, least in (("concurrency", 1), ("retries", 0), ("seconds", 0), ("pause", 0)):
            value = getattr(self, name)
            if not least <= value < float("inf") or (name == "seconds" and not value):
                raise RecipeError(f"ServedRollouts.{name} must be at least {least or 'above 0'}, got {value}")

    def open(self, run: Any) -> EngineSampler:
        """Connect, and send the policy's weights as they are now."""
        key = key_from(self.key_env)
        wire = Wire(self.url.rstrip("/"), self.role.name, key, self.seconds, self.retries, self.pause, self.concurrency)
        dtype = DTYPES[self.dtype] if self.dtype else None
        transfer: Transfer
        if self.sync == "disk":
            transfer = ByDisk(wire, run.home / self.folder, dtype)
        else:
            transfer = ByNccl(wire, self.address, self.port, dtype)
        return beside(run, self.of, self.role, Server(self, wire, transfer))


class Server:
    """The other side of the wire."""

    def __init__(self, spec: ServedRollouts, wire: Wire, transfer: Transfer) -> None:
        self.spec, self.wire, self.transfer, self.raw = spec, wire, transfer, spec.raw

    def push(self, core: Any, version: str) -> None:
        """Send the weights."""
        self.transfer.send(core, version)

    def sample(self, todo: Sequence[Wanted], encoder: Encoder, eos: frozenset[int]) -> list[Sampled]:
        """One request for each completion: a seed is good for one; the server computes a prompt they share once."""
        shown: dict[Media, dict[str, Any]] = {}
        calls = [self.call(want, encoder, eos, shown) for want in todo]
        return self.wire.all(calls, lambda reply: read_sampled(self.wire.name, reply))

    def call(
        self, want: Wanted, encoder: Encoder, eos: frozenset[int], shown: dict[Media, dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """Path and body of one request.

        Raises:
            RecipeError: an answer to a prompt with media cannot be gone on with, token for token, over HTTP.
        """
        request = want.request
        body = {"model": self.spec.model, "return_token_ids": True}
        body |= settings(request.sampling, request.limit, want.seed, encoder, eos)
        if not want.encoded.spans:
            ids = [*map(int, want.encoded.ids), *want.start]
            return "/v1/completions", body | {"prompt": ids, "logprobs": 1}
        if want.start:
            raise RecipeError(
                f"{self.spec.role.name}: a server goes on from the tokens of an answer only where the prompt has no "
                "media; let the policy answer this rollout, or an engine in this process (VllmRollouts)"
            )
        body |= self.media(request.prompt, want, encoder, shown)
        return "/v1/chat/completions", body | {"logprobs": True, "add_generation_prompt": True}

    def media(
        self, prompt: Prompt, want: Wanted, encoder: Encoder, shown: dict[Media, dict[str, Any]]
    ) -> dict[str, Any]:
        """Messages with the trainer's own pixels; each medium is written once for all completions.

        Raises:
            RecipeError: films of different rates in one prompt, for which a request has no word.
        """
        rates = set()
        for medium, (kind, frames, rate) in zip(
            media_of(prompt), seen_media(prompt, want.encoded, encoder), strict=True
        ):
            if medium not in shown:
                shown[medium] = part_of(kind, frames)
            rates |= {rate} if kind == "video" else set()
        if len(rates) > 1:
            raise RecipeError(
                f"{self.spec.role.name}: a prompt has films of {sorted(rates)} frames per second; use one"
            )
        how = {"mm_processor_kwargs": {"fps": rates.pop(), "do_sample_frames": False}} if rates else {}
        return {"messages": chat_messages(prompt, shown)} | how
