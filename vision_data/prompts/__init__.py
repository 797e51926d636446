"""Changes of questions: options in another order, the opposite asked for, several right answers, no picture.

All are pure functions of a ``MultipleChoice`` or a prompt; what moves options gives a ``Rearranged``, which also
knows the way back.
"""

from __future__ import annotations

from vision_data.prompts.distractors import with_distractors
from vision_data.prompts.invert import Invert
from vision_data.prompts.letters import join_letters, letter, split_letters
from vision_data.prompts.multiple_choice import STYLES, MultipleChoice, without_letters
from vision_data.prompts.rearranged import Rearranged
from vision_data.prompts.redact import redact_letters
from vision_data.prompts.rewrite import replace_text, rewrite_question, without_media
from vision_data.prompts.shuffle import reorder, shuffle_options, why_fixed
from vision_data.prompts.views import with_transforms

__all__ = [
    "STYLES",
    "Invert",
    "MultipleChoice",
    "Rearranged",
    "join_letters",
    "letter",
    "redact_letters",
    "reorder",
    "replace_text",
    "rewrite_question",
    "shuffle_options",
    "split_letters",
    "why_fixed",
    "with_distractors",
    "with_transforms",
    "without_letters",
    "without_media",
]
