"""All that is specific to the Qwen2-VL line: prompt encoding, M-RoPE, vision features, where the layers are."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.errors import DataError, RecipeError
from mmreason.ledger import Ledger
from mmreason.models.detokenise import Detokeniser
from mmreason.models.encoded import Encoded, MediaSpan, expand
from mmreason.models.store import MediaStore
from vision_data.errors import MediaError
from vision_data.media import Image, Media, Video
from vision_data.messages import Prompt, media_of

ARCHITECTURES = ("qwen2_5_vl", "qwen2_vl")
LANGUAGE_LINEARS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""LoRA targets: every linear layer of the language model, none of the vision tower."""


class QwenVLEncoder:
    """Turns prompts into ``Encoded``, each once; pixels go to the store. Works without any weights.

    Args:
        processor: the checkpoint's processor (tokenizer, image and video processor, chat template).
        config: the checkpoint's configuration.
        store: where pixels are kept by hash.
        ledger: counts decodes and processor runs.
    """

    def __init__(self, processor: Any, config: Any, store: MediaStore, ledger: Ledger) -> None:
        self.processor, self.config, self.store, self.ledger = processor, config, store, ledger
        self.tokenizer = processor.tokenizer
        self.detokenise = Detokeniser(self.tokenizer)
        self.placeholders = {int(config.image_token_id): "image", int(config.video_token_id): "video"}
        vision = [getattr(config, name, None) for name in ("vision_start_token_id", "vision_end_token_id")]
        self.forbidden = tuple(sorted({*self.placeholders, *(int(i) for i in vision if i is not None)}))
        """Tokens that no sampler may draw."""
        self.merge = int(config.vision_config.spatial_merge_size)
        self.max_context = int(config.text_config.max_position_embeddings)
        self.known: OrderedDict[Prompt, Encoded] = OrderedDict()
        self.spans: OrderedDict[Media, MediaSpan] = OrderedDict()
        self.max_known = 4096

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode with the chat template and the generation prompt; equal prompts are encoded once.

        Raises:
            DataError: a text holds a media token, or the chat template refuses the messages.
            MediaError: a medium cannot be read or sized.
        """
        if prompt not in self.known:
            self.known[prompt] = self.make(prompt)
            if len(self.known) > self.max_known:
                self.known.popitem(last=False)
        return self.known[prompt]

    def make(self, prompt: Prompt) -> Encoded:
        """Template, tokens, media, positions."""
        self.refuse_placeholders(prompt)
        text = self.template(prompt)
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        media = [self.span_of(medium) for medium in media_of(prompt)]
        ids, spans = expand(ids, media, self.placeholders, f"prompt {text[-80:]!r}")
        positions, after = rope_positions(len(ids), spans, self.merge, self.tokens_per_second)
        return Encoded(torch.tensor(ids), positions, after, tuple(spans), text)

    def refuse_placeholders(self, prompt: Prompt) -> None:
        """Refuse texts that hold a media token as text: the model would look for a picture there."""
        literal = self.tokenizer.convert_ids_to_tokens(list(self.forbidden))
        for number, message in enumerate(prompt):
            for part in message.content:
                found = [token for token in literal if token in part] if isinstance(part, str) else []
                if found:
                    around = str(part)[max(str(part).index(found[0]) - 40, 0) :][:80]
                    raise DataError(
                        f"message {number} ({message.role}): the text holds the media token {found[0]!r}, in "
                        f"{around!r}; give the medium itself as a part of the message, or take the token out"
                    )

    def template(self, prompt: Prompt) -> str:
        """Write the chat template's text with one placeholder per medium, and the generation prompt."""
        from jinja2 import TemplateError

        kinds: dict[type, str] = {Image: "image", Video: "video"}
        messages = [
            {
                "role": message.role,
                "content": [
                    {"type": "text", "text": part} if isinstance(part, str) else {"type": kinds[type(part)]}
                    for part in message.content
                ],
            }
            for message in prompt
        ]
        try:
            text = self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except TemplateError as error:
            roles = " ".join(message.role for message in prompt)
            raise DataError(f"the chat template refuses messages of the roles {roles!r}: {error}") from None
        return str(text)

    @property
    def tokens_per_second(self) -> float | None:
        """Temporal positions per second of video; None for Qwen2-VL, which counts patches."""
        rate = getattr(self.config.vision_config, "tokens_per_second", None)
        return None if rate is None else float(rate)

    def span_of(self, medium: Media) -> MediaSpan:
        """Process a medium that has not been seen; its place in the prompt is filled in later."""
        if medium not in self.spans:
            self.spans[medium] = self.process(medium)[0]
            if len(self.spans) > self.max_known:
                self.spans.popitem(last=False)
        return self.spans[medium]

    def process(self, medium: Media) -> tuple[MediaSpan, Tensor]:
        """Decode and run the processor; pixels [patches, channels * time * patch^2] go to the store."""
        self.ledger.add("media_decoded")
        self.ledger.add("processor_runs")
        with self.ledger.phase("data"):
            span, pixels = self.image(medium) if isinstance(medium, Image) else self.video(medium)
        self.store.put(span.key, pixels)
        return span, pixels

    def image(self, medium: Image) -> tuple[MediaSpan, Tensor]:
        """One image."""
        from vision_data.fingerprint import pixel_hash
        from vision_data.image import load_image
        from vision_data.resize import smart_resize

        picture = load_image(medium)
        processor = self.processor.image_processor
        size = self.size(medium, processor)
        factor = int(processor.patch_size) * int(processor.merge_size)
        try:  # the processor would refuse the same shapes, but not say of what
            smart_resize(picture.height, picture.width, factor, size["shortest_edge"], size["longest_edge"])
        except MediaError as error:
            raise MediaError(f"{medium!r}: {error}") from None
        out = processor(images=[picture], return_tensors="pt", size=size)
        t, h, w = (int(x) for x in out["image_grid_thw"][0])
        span = MediaSpan("image", 0, t * h * w // self.merge**2, (t, h, w), pixel_hash(picture, **size))
        return span, out["pixel_values"]

    def video(self, medium: Video) -> tuple[MediaSpan, Tensor]:
        """The chosen frames of one video, sized as they are decoded, by the rule of qwen-vl-utils.

        That rule bounds the pixels of all frames together, which the processor alone does not do by default.
        """
        from vision_data.fingerprint import pixel_hash
        from vision_data.video import load_video

        processor = self.processor.video_processor
        size = self.size(medium, processor)
        sized = replace(medium, min_pixels=size["shortest_edge"], max_pixels=size["longest_edge"])
        clip = load_video(sized, factor=int(processor.patch_size) * int(processor.merge_size))
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2)
        settings = {"do_resize": False, "do_sample_frames": False}
        if hasattr(processor, "cap_pixels_per_frame"):  # transformers that ask which of the two rules is meant
            settings["cap_pixels_per_frame"] = True
        out = processor(videos=[frames], return_tensors="pt", **settings)
        t, h, w = (int(x) for x in out["video_grid_thw"][0])
        seconds = float(processor.temporal_patch_size) / clip.fps
        span = MediaSpan(
            "video", 0, t * h * w // self.merge**2, (t, h, w), pixel_hash(clip.frames, fps=clip.fps, **size),
            seconds, clip.timestamps, clip.indices,
        )  # fmt: skip
        return span, out["pixel_values_videos"]

    def size(self, medium: Media, processor: Any) -> dict[str, int]:
        """Pixel budget of a medium (for a video: of a frame); the processor's own where the medium says nothing."""
        low = medium.min_pixels or int(processor.size["shortest_edge"])
        high = medium.max_pixels or int(processor.size["longest_edge"])
        if low > high:
            raise MediaError(
                f"{medium!r}: min_pixels {low} is more than max_pixels {high} (what the medium does not say is the "
                "model's own setting); give both"
            )
        return {"shortest_edge": low, "longest_edge": high}

    def pixels(self, prompt: Prompt, span: MediaSpan, number: int) -> Tensor:
        """Pixels of a span; decoded again where the store had to let them go."""
        return self.store.get(span.key, lambda: self.process(media_of(prompt)[number])[1])


def rope_positions(
    num: int, spans: Sequence[MediaSpan], merge: int, tokens_per_second: float | None
) -> tuple[Tensor, int]:
    """M-RoPE positions [3, num] (time, height, width) and the position that follows (arXiv:2409.12191, 2502.13923).

    Text counts up alike in all three; a medium's tokens take its grid's coordinates from where it starts, and what
    follows goes on after the larger of its height and width.
    """
    columns, at, position = [], 0, 0
    for span in spans:
        text = span.start - at
        columns.append((position + torch.arange(text)).expand(3, -1))
        position += text
        t, h, w = span.grid[0], span.grid[1] // merge, span.grid[2] // merge
        time = torch.arange(t)
        if span.kind == "video" and tokens_per_second is not None:
            # in single precision, as transformers has it: times on a border would fall on its other side
            time = (time * (tokens_per_second * torch.tensor(span.seconds_per_grid))).long()
        grid = torch.meshgrid(time, torch.arange(h), torch.arange(w), indexing="ij")
        columns.append(torch.stack(grid).reshape(3, -1) + position)
        position += max(h, w)
        at = span.start + span.length
    columns.append((position + torch.arange(num - at)).expand(3, -1))
    positions = torch.cat(columns, 1)
    # transformers starts a completion one after the largest position so far, which a long video's time may have set
    return positions, int(positions.max()) + 1 if num else 0


class QwenVLBody:
    """The weights' side: where the tower, the layers and the head of a loaded model are."""

    def __init__(self, core: Any) -> None:
        base = core.get_base_model() if hasattr(core, "get_base_model") else core
        self.base = base
        self.visual = base.model.visual
        self.language = base.model.language_model

    def embed(self, ids: Tensor) -> Tensor:
        """[1, T] ids to [1, T, H]."""
        return self.language.embed_tokens(ids)  # type: ignore[no-any-return]

    def states(self, embeds: Tensor, positions: Tensor, plan: Any) -> Tensor:
        """[T, H] last states, normed, of one packed row; positions [3, T]."""
        out = self.language(
            inputs_embeds=embeds,
            position_ids=positions[:, None],
            attention_mask={"full_attention": None, "sliding_attention": None},
            use_cache=False,
            plan=plan,
        )
        return out.last_hidden_state[0]  # type: ignore[no-any-return]

    def head(self, states: Tensor) -> Tensor:
        """[..., H] to [..., V] float32."""
        return self.base.lm_head(states).float()  # type: ignore[no-any-return]

    def tower(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """One merged call for images and videos alike; [tokens, H] per medium."""
        weight = next(self.visual.parameters())
        stacked = torch.cat([p.to(weight) for p in pixels])
        grid = torch.tensor(grids, device=weight.device)
        merged: Tensor = self.visual(stacked, grid_thw=grid).pooler_output
        sizes = [math.prod(g) // self.visual.spatial_merge_size**2 for g in grids]
        return list(merged.split(sizes))

    def towers(self) -> dict[str, nn.Module]:
        """Components by the names that ``freeze`` and the start-up report use."""
        return {
            "vision": self.visual,
            "merger": self.visual.merger,
            "language": self.language,
            "head": self.base.lm_head,
        }


def refuse_unknown(model_type: str, where: str) -> None:
    """Say which architectures there are."""
    if model_type not in ARCHITECTURES:
        raise RecipeError(
            f"{where} is a {model_type!r} checkpoint; supported architectures: {', '.join(ARCHITECTURES)}"
        )
