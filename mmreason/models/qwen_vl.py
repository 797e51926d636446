"""All that is specific to the Qwen2-VL line: prompt encoding, M-RoPE, vision features, where the layers are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mmreason.errors import DataError
from mmreason.ledger import Ledger
from mmreason.models.ahead import ReadAhead
from mmreason.models.encoded import Encoded, MediaSpan, expand
from mmreason.models.media import MediaReader
from mmreason.models.store import MediaStore
from mmreason.models.text import TextEncoder, by_template
from vision_data.media import Image, Media, Video
from vision_data.messages import Prompt, media_of

if TYPE_CHECKING:
    from vision_data.selection_cache import SelectionCache

ARCHITECTURES = ("qwen2_5_vl", "qwen2_vl")
LANGUAGE_LINEARS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""LoRA targets: every linear layer of the language model, none of the vision tower."""


class QwenVLEncoder(TextEncoder):
    """Turns prompts into ``Encoded``, each once; pixels go to the store. Works without any weights.

    Args:
        processor: the checkpoint's processor (tokenizer, image and video processor, chat template).
        config: the checkpoint's configuration.
        store: where pixels are kept by hash.
        ledger: counts decodes and processor runs.
        workers: threads that read media before they are asked for.
        ahead_bytes: host memory for the media that were read and not asked for yet.
        clips: where decoded frames of videos are kept on disk.
    """

    shorter = "lower max_pixels or the number of frames"

    def __init__(
        self,
        processor: Any,
        config: Any,
        store: MediaStore,
        ledger: Ledger,
        workers: int = 0,
        ahead_bytes: int = 0,
        clips: SelectionCache | None = None,
    ) -> None:
        super().__init__(processor.tokenizer, config)
        self.processor, self.config, self.store, self.ledger = processor, config, store, ledger
        self.placeholders = {int(config.image_token_id): "image", int(config.video_token_id): "video"}
        vision = [getattr(config, name, None) for name in ("vision_start_token_id", "vision_end_token_id")]
        self.forbidden = tuple(sorted({*self.placeholders, *(int(i) for i in vision if i is not None)}))
        """Tokens that no sampler may draw."""
        self.merge = int(config.vision_config.spatial_merge_size)
        self.read = MediaReader(processor, self.merge, clips)
        self.ahead: ReadAhead[Media] = ReadAhead(self.read, workers, ahead_bytes)
        self.spans: OrderedDict[Media, MediaSpan] = OrderedDict()

    def make(self, prompt: Prompt) -> Encoded:
        """Template, tokens, media, positions.

        Raises:
            DataError: a text holds a media token, or the chat template refuses the messages.
            MediaError: a medium cannot be read or sized.
        """
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
        return by_template(self.processor, messages)

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
        """Decode and run the processor; pixels [patches, channels * time * patch^2] go to the store.

        What was read ahead is taken over instead, at this very place and with the same counts, so that nothing but the
        time depends on it.
        """
        self.ledger.add("media_decoded")
        self.ledger.add("processor_runs")
        with self.ledger.stall():
            span, pixels = self.ahead.take(medium) or self.read(medium)
        self.store.put(span.key, pixels)
        return span, pixels

    def prepare(self, by: Hashable, prompts: Sequence[Prompt], features: int | None = None) -> None:
        """Begin to read the media of prompts that will probably be asked next.

        Args:
            by: who asks; what it was told before holds no more.
            prompts: in the order in which they will be asked.
            features: number of a frozen tower, whose features in the store make pixels needless; None for one that
                learns.
        """
        media = dict.fromkeys(medium for prompt in prompts for medium in media_of(prompt))
        self.ahead.expect(by, [medium for medium in media if self.lacks(medium, features)])
        if unused := self.ahead.unused():
            self.ledger.add("media_unused", unused)

    def lacks(self, medium: Media, features: int | None) -> bool:
        """Say whether a medium's pixels would have to be made."""
        span = self.spans.get(medium)
        if span is None:
            return True
        return span.key not in self.store and ("features", span.key, features) not in self.store

    def forget(self) -> None:
        """Know no prompt and no medium any more, as when the program starts; all media in the store go too."""
        self.known.clear()
        self.spans.clear()
        self.store.drop(lambda key: True)

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
