"""The vision tower learns to say what cells show, in the words of the vocabulary, as `tools.tiny.cells` has it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from tools.tiny.worlds.lesson import Lesson, World


class WorldReader(nn.Module):
    """Losses of what the features of a world's pictures say; thrown away with the phase."""

    scale, threshold = 20.0, 5.0

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration, tokenizer: Qwen2Tokenizer, world: World) -> None:
        """Take the directions of the world's words from the model's embeddings, as they are now."""
        super().__init__()
        self.world = world
        # A word of several tokens begins with the first: that is where the language model has to find it. A digit has
        # no token with a space before it.
        told = [word if word.isdigit() else f" {word}" for word in (*world.words, *world.moods)]
        tokens = [tokenizer(word).input_ids[0] for word in told]
        weight = model.model.language_model.embed_tokens.weight.detach()
        self.directions = nn.Buffer(F.normalize(weight[tokens].float(), dim=-1), persistent=False)
        self.rows, self.columns = (nn.Linear(weight.shape[1], size) for size in world.grid)

    def forward(self, features: Tensor, lessons: Sequence[Lesson]) -> tuple[Tensor, Tensor]:
        """Loss, and the share of cells with something on them that are read rightly.

        Args:
            features: [B, cells of all pictures, hidden].
            lessons: of the same pictures.
        """
        world, features = self.world, features.float()
        logits = F.normalize(features, dim=-1) @ self.directions.T * self.scale - self.threshold
        named, moods = logits.split([len(world.words), len(world.moods)], dim=-1)
        truth, known = labels(lessons, world.words)
        each = F.binary_cross_entropy_with_logits(named, truth, pos_weight=torch.tensor(8.0), reduction="none")
        loss = 3 * each[known].mean()
        num = len(lessons[0].pictures)
        if world.moods:
            best = moods.unflatten(1, (num, -1)).amax(2)
            told = torch.tensor([[[word in seen for word in world.moods] for seen in x.seen] for x in lessons])
            loss = loss + F.binary_cross_entropy_with_logits(best, told.float())
        plain = F.rms_norm(features, features.shape[-1:]).unflatten(1, (num, *world.grid))
        down, across = torch.meshgrid(*map(torch.arange, world.grid), indexing="ij")
        for head, at in ((self.rows, down), (self.columns, across)):
            loss = loss + 0.3 * F.cross_entropy(head(plain).flatten(0, -2), at.expand(plain.shape[:-1]).flatten())
        busy = known & (truth.sum(-1) > 0)
        right = ((named > 0) == (truth > 0.5)).all(-1)[busy].float().mean()
        return loss, right


def labels(lessons: Sequence[Lesson], words: Sequence[str]) -> tuple[Tensor, Tensor]:
    """[B, cells, words] of 0 and 1, and [B, cells] where that is known."""
    truth = torch.tensor([[[word in (cell or ()) for word in words] for cell in x.shown] for x in lessons])
    known = torch.tensor([[cell is not None for cell in x.shown] for x in lessons])
    return truth.float(), known
