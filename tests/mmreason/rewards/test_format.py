from __future__ import annotations

import pytest

from mmreason.parsing.route import Section, write_route
from mmreason.rewards.format import BoxedFormat, ReasonMapFormat, RouteFormat, ThinkAnswerFormat, without_echo
from mmreason.rewards.reasonmap_record import TYPES
from mmreason.signals import check
from mmreason.types import Task
from vision_data.messages import system, user

ROUTE = write_route([Section("Line A", "Elm", "Pine"), Section("Line B", "Pine", "Yew")])

TAGS = "Write <think> your reasoning </think> and then <answer> your answer </answer>, with \\boxed{answer}."
TAGGED = Task(id="t", prompt=(system(TAGS), user("What is in the picture?")))


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("\\boxed{A}", 1.0),
        ("so \\boxed{\\text{A}}.", 1.0),
        ("\\boxed{}", 0.0),
        ("\\boxed{A", 0.0),
        ("A", 0.0),
        ("", 0.0),
    ],
)
def test_boxed(say, text, worth) -> None:
    assert BoxedFormat().rate(TAGGED, say(text)) == worth


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("<think>a</think><answer>b</answer>", 1.0),
        ("<think></think>\n<answer>b</answer>", 1.0),
        ("<think>a</think><answer> </answer>", 0.0),
        ("<think>a</think><answer>b</answer>!", 0.0),
        ("<think>a</think><answer>b", 0.0),
        ("b", 0.0),
        ("", 0.0),
    ],
)
def test_think_answer(say, text, worth) -> None:
    assert ThinkAnswerFormat().rate(TAGGED, say(text)) == worth


def test_think_tag_opened_by_the_prompt(say) -> None:
    assert ThinkAnswerFormat(opened=True).rate(TAGGED, say("a</think><answer>b</answer>")) == 1.0


def test_the_form_copied_from_the_prompt_is_no_answer(say) -> None:
    for text in (TAGS, TAGS * 2, f"{TAGS}\nWhat is in the picture?"):
        assert BoxedFormat().rate(TAGGED, say(text)) == 0.0
        assert ThinkAnswerFormat().rate(TAGGED, say(text)) == 0.0
    assert BoxedFormat().rate(TAGGED, say(f"{TAGS} \\boxed{{cat}}")) == 1.0


def test_a_short_message_may_be_part_of_an_answer() -> None:
    assert without_echo("\\boxed{cat}", (user("cat"),)) == "\\boxed{cat}"


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        (ROUTE, 1.0),
        (f"Elm is on A. Change at Pine.\n{ROUTE}", 1.0),
        (f"{ROUTE}\n--\n", 1.0),
        (ROUTE.replace("Line B", "Line Q").replace("Yew", "Xyz"), 1.0),
        (f"{ROUTE}\n--\nHave a good trip", 0.0),
        (ROUTE.replace("Arrival Stop: Yew", ""), 0.0),
        (ROUTE.replace("Arrival Stop: Yew", "Arrival Stop:"), 0.0),
        (ROUTE.replace("Yew", "Pine"), 0.0),
        ("A to Pine, B to Yew", 0.0),
        ("", 0.0),
    ],
)
def test_route(transit, say, text, worth) -> None:
    assert RouteFormat().rate(transit(), say(text)) == worth
    assert ReasonMapFormat().rate(transit(), say(text)) == worth


def test_route_inside_a_tag(transit, say) -> None:
    text = f"<think>A -- or B?</think><answer>{ROUTE}</answer>"
    assert RouteFormat().rate(transit(), say(text)) == 0.0
    assert RouteFormat(answer_tag="answer").rate(transit(), say(text)) == 1.0


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("TorF1", "\\boxed{no}", "\\boxed{A}"),
        ("TorF2", "\\boxed{yes}", "yes"),
        ("Counting1", "\\boxed{D}", "\\boxed{4}"),
        ("Counting2", "\\boxed{99}", "\\boxed{many}"),
        ("Counting3", "\\boxed{0}", "\\boxed{}"),
    ],
)
def test_each_question_type_has_its_form(transit, say, kind, good, bad) -> None:
    assert ReasonMapFormat().rate(transit(kind), say(good)) == 1.0
    assert ReasonMapFormat().rate(transit(kind), say(bad)) == 0.0


@pytest.mark.parametrize("kind", TYPES)
def test_loopholes_earn_nothing(transit, say, hostile, kind) -> None:
    task = transit(kind)
    echo = str(task.prompt[0].content[0])
    for text in (echo, echo * 3, *hostile):
        assert ReasonMapFormat().rate(task, say(text)) == 0.0, text[:80]
        assert ThinkAnswerFormat().rate(task, say(text)) == 0.0, text[:80]
        if "\\boxed{" not in text or text == echo:
            assert BoxedFormat().rate(task, say(text)) == 0.0, text[:80]
        assert RouteFormat().rate(task, say(text)) == 0.0, text[:80]


def test_they_can_be_keys() -> None:
    for term in (BoxedFormat(), ThinkAnswerFormat(), RouteFormat(), ReasonMapFormat()):
        check(term)
