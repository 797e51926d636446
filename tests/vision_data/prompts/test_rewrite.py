from __future__ import annotations

import pytest

from vision_data import Image, MediaError, Video, from_text, media_of, system, text_of, user
from vision_data.prompts import STYLES, MultipleChoice, reorder, replace_text, rewrite_question, without_media

QUESTION = MultipleChoice("Which animal is it?", ("cat", "dog", "fox"), (2,))
PICTURE = Image("a.png")


@pytest.mark.parametrize("style", STYLES)
def test_options_are_replaced_in_their_style(style):
    prompt = (system("Answer A, B or C."), user(PICTURE, f"\n{QUESTION.text(style)}\nThink first."))
    moved = reorder(QUESTION, (2, 0, 1))
    out = rewrite_question(prompt, moved)
    assert text_of(out) == f"Answer A, B or C.\n\n{moved.question.text(style)}\nThink first."
    assert media_of(out) == (PICTURE,)
    back = reorder(moved.question, (1, 2, 0))
    assert rewrite_question(out, back) == prompt


def test_question_and_options_may_stand_apart():
    prompt = (user(QUESTION.question, PICTURE), user(f"Options:\n{QUESTION.option_lines()}"))
    moved = reorder(MultipleChoice("Is option A it?", ("cat", "dog", "fox"), (2,)), (2, 0, 1), "rename")
    prompt = replace_text(prompt, QUESTION.question, moved.original.question)
    assert text_of(rewrite_question(prompt, moved)) == "Is option B it?\nOptions:\nA. fox\nB. cat\nC. dog"


def test_what_is_not_there_once_is_refused():
    moved = reorder(QUESTION, (2, 0, 1))
    with pytest.raises(MediaError, match="do not stand in the prompt once"):
        rewrite_question((user("Which?"),), moved)
    with pytest.raises(MediaError, match="do not stand in the prompt once"):
        rewrite_question((user(QUESTION.text()), user(QUESTION.text())), moved)
    with pytest.raises(MediaError, match="stands in the prompt 2 times"):
        replace_text((user("a cat and a cat"),), "cat", "dog")
    with pytest.raises(MediaError, match="stands in the prompt 0 times"):
        replace_text((user("a cat"),), "", "dog")


def test_media_are_left_out_with_their_line_break():
    prompt = from_text("<image>\nWhat is it?", images=["a.png"])
    assert without_media(prompt) == (user("What is it?"),)
    assert without_media(prompt, "[no image]") == (user("[no image]", "\nWhat is it?"),)
    inside = (user("Compare ", PICTURE, " with ", Video("b.mp4"), "."),)
    assert text_of(without_media(inside)) == "Compare  with ."
    assert media_of(without_media(inside)) == ()
    assert without_media((user("text"),)) == (user("text"),)
