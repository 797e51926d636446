"""From a picture or a film to what the vision tower of the Qwen2-VL line takes: decoded, sized, cut into patches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mmreason.models.encoded import MediaSpan
from vision_data.errors import MediaError
from vision_data.media import Image, Media, Video

if TYPE_CHECKING:
    from vision_data.selection_cache import SelectionCache


class MediaReader:
    """Reads one medium. It shares nothing that changes, so several threads may use one.

    Args:
        processor: the checkpoint's processor.
        merge: patches a side that the tower merges into one token.
        clips: where decoded frames are kept on disk between runs; None keeps none.
    """

    def __init__(self, processor: Any, merge: int, clips: SelectionCache | None = None) -> None:
        self.processor, self.merge, self.clips = processor, merge, clips

    def __call__(self, medium: Media) -> tuple[MediaSpan, Tensor]:
        """Give the span, its place not yet known, and pixels [patches, channels * time * patch^2].

        Raises:
            MediaError: it cannot be read or sized.
        """
        return self.image(medium) if isinstance(medium, Image) else self.video(medium)

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
        clip = load_video(sized, factor=int(processor.patch_size) * int(processor.merge_size), cache=self.clips)
        pixels, (t, h, w) = film_patches(processor, torch.from_numpy(clip.frames))
        seconds = float(processor.temporal_patch_size) / clip.fps
        span = MediaSpan(
            "video", 0, t * h * w // self.merge**2, (t, h, w), pixel_hash(clip.frames, fps=clip.fps, **size),
            seconds, clip.timestamps, clip.indices,
        )  # fmt: skip
        return span, pixels

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


def film_patches(processor: Any, frames: Tensor) -> tuple[Tensor, tuple[int, int, int]]:
    """Cut frames into normalised patches: the video processor's numbers, bit for bit, in a third of its time.

    The processor normalises the whole film, then copies it into patches, each a pass over memory that no cache holds.
    Here each pair of frames is cut while it is bytes, then normalised where it lies.

    Args:
        processor: a video processor of the Qwen2-VL line.
        frames: [T, H, W, 3] uint8, H and W multiples of patch size times merge size.

    Returns:
        [patches, 3 * time * patch^2] float32, and the numbers of patches in time, height and width.
    """
    if not (processor.do_rescale and processor.do_normalize):
        return film_by_processor(processor, frames)
    time, patch, merge = (int(getattr(processor, f"{n}_size")) for n in ("temporal_patch", "patch", "merge"))
    short = -len(frames) % time
    frames = torch.cat([frames, frames[-1:].expand(short, -1, -1, -1)]) if short else frames
    t, h, w = len(frames) // time, frames.shape[1] // patch, frames.shape[2] // patch
    mean, std = (
        (torch.tensor(values) * (1.0 / processor.rescale_factor)).view(3, 1, 1, 1)
        for values in (processor.image_mean, processor.image_std)
    )
    cut = frames.view(t, time, h // merge, merge, patch, w // merge, merge, patch, 3)
    cut = cut.permute(0, 2, 5, 3, 6, 8, 1, 4, 7)  # time, places, places in a token | channel, time, row, column
    out = torch.empty(cut.shape)
    for into, pair in zip(out, cut, strict=True):
        into.copy_(pair.contiguous()).sub_(mean).div_(std)
    return out.view(t * h * w, -1), (t, h, w)


def film_by_processor(processor: Any, frames: Tensor) -> tuple[Tensor, tuple[int, int, int]]:
    """The same by the processor itself."""
    settings = {"do_resize": False, "do_sample_frames": False}
    if hasattr(processor, "cap_pixels_per_frame"):  # transformers that ask which of the two rules is meant
        settings["cap_pixels_per_frame"] = True
    out = processor(videos=[frames.permute(0, 3, 1, 2)], return_tensors="pt", **settings)
    t, h, w = (int(x) for x in out["video_grid_thw"][0])
    return out["pixel_values_videos"], (t, h, w)
