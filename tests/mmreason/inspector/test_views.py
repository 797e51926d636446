"""What a sample, a list and a run show."""

from __future__ import annotations

import re

import pytest

from mmreason.inspector.model import (
    NAN,
    BoxMark,
    CompletionView,
    Curve,
    Extra,
    Line,
    Medium,
    Picture,
    Row,
    SampleKey,
    SampleView,
    TermValue,
    Track,
)
from mmreason.inspector.views import show_card, show_changes, show_curves, show_pair, show_runs, show_sample, show_table
from mmreason.inspector.views.html import DASH, MINUS, number, visible
from mmreason.inspector.views.plot import thinned, ticks
from mmreason.inspector.views.scale import Scale, scale_for
from mmreason.inspector.views.tracks import tracks_of
from mmreason.inspector.views.written import parts, written
from tests.mmreason.inspector.shown import check_markup, curve, info, key, row, sample

KEY = SampleKey("r", "train", 3, "t")


def same(path: str) -> str:
    return path


def plain(markup: str) -> str:
    return re.sub("<[^>]*>", "", markup)


def test_thought_answer_and_tags_stand_apart_and_no_character_is_lost() -> None:
    text = "so <think>a cat</think>\n<rethink>yes, a cat</rethink> <answer>cat</answer>!"
    c = CompletionView(0, text, think=(10, 15), answer=(62, 65))
    found = [(kind, text[low:high]) for kind, low, high in parts(c)]
    assert found == [
        ("plain", "so "),
        ("tags", "<think>"),
        ("think", "a cat"),
        ("tags", "</think>\n<rethink>"),
        ("plain", "yes, a cat"),
        ("tags", "</rethink> <answer>"),
        ("answer", "cat"),
        ("tags", "</answer>"),
        ("plain", "!"),
    ]
    assert "".join(part for _, part in found) == text
    assert list(parts(CompletionView(0, "<b> no </b>"))) == [("plain", 0, 11)]


def test_the_box_around_an_answer_is_a_tag() -> None:
    text = r"So \boxed{7}. {7}"
    found = [(kind, text[low:high]) for kind, low, high in parts(CompletionView(0, text, answer=(10, 11)))]
    assert found == [("plain", "So "), ("tags", r"\boxed{"), ("answer", "7"), ("tags", "}"), ("plain", ". {7}")]


def test_a_phrase_has_the_number_and_the_colour_of_its_box() -> None:
    c = CompletionView(0, "a red cat sits", boxes=(BoxMark((0, 0, 0.5, 0.5), 0, (2, 9), 4), BoxMark((0.5, 0, 1, 1), 0)))
    shown = show_card(c, same, (Picture("a.png", 10, 10),))
    assert re.search(r'<mark class="c4" title="box 1">red cat<sup class="no">1</sup></mark>', shown)
    assert re.search(r'<rect class="box c4" x="0%" y="0%" width="50%" height="50%">', shown)
    assert shown.count('class="box') == 2
    assert ">2</text>" in shown


def test_a_phrase_over_several_tokens_keeps_them_all() -> None:
    c = CompletionView(
        0, "a red cat", token_ends=(1, 5, 9), tracks=(Track("credit", (-1.0, 0.0, 1.0), "nats"),),
        boxes=(BoxMark((0, 0, 1, 1), 0, (3, 9)),),
    )  # fmt: skip
    shown = written(c, tracks_of([c]))
    spans = re.findall(r'<span class="([^"]*)" title="([^"]*)">([^<]*)</span>', shown)
    assert [(kind, text) for kind, _, text in spans] == [
        ("t an5", "a"),
        ("t az", " r"),
        ("t az", "ed"),
        ("t ap5", " cat"),
    ]
    assert spans[3][1] == "token 3\ncredit 1 nats"
    assert re.sub(r"<sup.*?</sup>", "", shown).count("<mark") == 1
    assert plain(re.sub(r"<sup.*?</sup>", "", shown)) == "a red cat"


def test_tokens_without_characters_and_line_breaks_can_be_seen() -> None:
    c = CompletionView(0, "a\n", token_ends=(1, 2, 2), tracks=(Track("logprob", (-1.0, -2.0, NAN)),))
    shown = written(c, tracks_of([c]))
    assert re.findall(r'<i class="nl">(.)</i>', shown) == ["↵", "∎"]
    assert f"log-prob {DASH}" in shown


def test_one_scale_serves_the_whole_group_and_only_what_can_be_shown() -> None:
    a = CompletionView(0, "ab", token_ends=(1, 2), tracks=(Track("entropy", (0.5, 1.0)), Track("x", (NAN, NAN))))
    b = CompletionView(1, "ab", token_ends=(1, 2), tracks=(Track("entropy", (2.0, 4.0)),))
    lost = CompletionView(2, "ab", tracks=(Track("entropy", (99.0,)),))
    assert dict(tracks_of([a, b, lost]).scales) == {"entropy": Scale(0.0, 4.0)}
    shown = show_sample(SampleView(KEY, "q", completions=(a, b, lost)), same)
    assert re.findall(r'class="chip">([^<]*)<', shown) == ["plain text", "entropy"]
    assert shown.count("checked") == 1
    even = CompletionView(0, "ab", token_ends=(1, 2), tracks=(Track("ratio", (1.0, 1.0)),))
    assert "ratio is 1 at every token" in plain(show_sample(SampleView(KEY, "q", completions=(even,)), same))


@pytest.mark.parametrize(
    ("name", "values", "levels"),
    [
        ("credit", (-2.0, -0.1, 0.0, 0.1, 2.0), ["n5", "n1", "z", "p1", "p5"]),
        ("ratio", (0.8, 1.0, 1.1), ["n5", "z", "p3"]),
        ("logprob", (-4.0, -2.0, 0.0), ["s9", "s5", "s0"]),
        ("weight", (1.0, 1.5, 2.0), ["s0", "s5", "s9"]),
        ("gain", (-1.0, 0.5), ["n5", "p3"]),
        ("weight", (1.0, 1.0), ["s0", "s0"]),
    ],
)
def test_levels_of_colour(name: str, values: tuple[float, ...], levels: list[str]) -> None:
    scale = scale_for(name, values)
    assert scale is not None
    assert [scale.level(value) for value in values] == levels


def test_one_wild_token_does_not_pale_the_others() -> None:
    values = [0.1 * (i % 10) for i in range(200)] + [500.0]
    scale = scale_for("weight", values)
    assert scale is not None
    assert scale.high == pytest.approx(0.9)
    assert (scale.level(500.0), scale.level(0.85), scale.clipped) == ("s9", "s9", (False, True))
    assert scale_for("weight", [NAN]) is None


def test_a_reward_is_taken_apart_to_its_total_and_what_is_missing_is_a_dash() -> None:
    c = CompletionView(
        0, "x", rewards=(TermValue("right", 10.0, 0.5), TermValue("judge", 2.0, NAN)), total=5.0, advantage=-0.5
    )
    text = plain(show_card(c, same))
    assert f"right0.5105judge{DASH}2{DASH}total5" in text
    assert f"▼ {MINUS}0.5" in text
    assert "advantage" not in plain(show_sample(SampleView(KEY, "q", completions=(CompletionView(0, "x"),) * 2), same))


def test_a_card_needs_no_more_than_its_text() -> None:
    assert plain(show_card(CompletionView(2, "half a sen"), same)) == "#3half a sen"
    assert "nothing was written" in show_card(CompletionView(0, ""), same)


def test_frames_stand_on_a_line_of_time_with_their_reasons() -> None:
    frames = tuple(Picture(f"{i}.png", 8, 8, second=float(i), reason=f"reason {i}") for i in (1, 3))
    shown = show_sample(SampleView(KEY, "q", media=(Medium("video", frames, "Uniform(num=2)", "v.mp4", 4.0),)), same)
    assert re.findall(r'<circle cx="([\d.]+)%"', shown) == ["25", "75"]
    assert re.findall("reason [13]", plain(shown)) == ["reason 1", "reason 3"]
    assert "2 frames by Uniform(num=2)" in plain(shown)
    assert re.findall(r'src="([^"]*)"', shown) == ["1.png", "3.png"]


def test_pictures_that_cannot_be_shown_are_told_by_name() -> None:
    shown = show_sample(SampleView(KEY, "q", media=(Medium("image", (Picture("", label="not kept: a.png"),)),)), same)
    assert "not kept: a.png" in plain(shown)
    assert "<img" not in shown
    assert "<img" not in show_sample(SampleView(KEY, "q", media=(Medium("image", (Picture("a.png"),)),)), lambda _: "")


def test_a_picture_kept_once_in_the_page_is_used_from_there() -> None:
    shown = show_sample(SampleView(KEY, "q", media=(Medium("image", (Picture("a.png", 30, 20),)),)), lambda _: "#p1")
    assert '<use href="#p1" transform="scale(30 20)">' in shown
    assert "<img" not in shown


def test_routes_tables_and_numbers_of_a_method() -> None:
    lines = (Line(((0.1, 0.2), (0.5, 0.5)), ("A", "B"), 0, "Red Line"), Line(((0, 0), (1, 1)), gold=True))
    extras = (
        Extra("route", "Planned route", lines=lines),
        Extra("likelihood", "Likelihood", numbers={"right answer": 0.25, "missing": NAN}),
        Extra("table", "Table", table=(("Letter", "Value"), ("G", "10"))),
    )
    shown = show_card(CompletionView(0, "x", extras=extras), same, (Picture("a.png", 4, 4),))
    assert '<polyline points="100,200 500,500" class="way c0">' in shown
    assert "way gold" in shown
    assert "Red Line: A → B" in plain(shown)
    assert "right answer0.25" in plain(shown)
    assert f"missing{DASH}" in plain(shown)
    assert shown.count("<img") == 2, "the route and the chart stand beside the picture"


def test_a_group_shows_each_total_and_marks_right_and_wrong_by_shape() -> None:
    cs = tuple(
        CompletionView(i, "x", rewards=(TermValue("a", 1.0, float(i)),), total=float(i), right=right)
        for i, right in enumerate((0.0, 1.0, NAN))
    )
    shown = show_sample(SampleView(KEY, "q", completions=cs, statistics={"mean": 1.0}), same)
    assert [shown.count(f'class="dot {kind}"') for kind in ("good", "bad", "open")] == [1, 1, 1]
    assert "✗ wrong" in shown
    assert "✓ right" in shown
    alone = show_sample(SampleView(KEY, "q", completions=cs[:1]), same)
    assert 'class="summary"' not in alone


def test_what_two_samples_have_in_common_stands_there_once_and_no_id_twice() -> None:
    one = sample("word")
    shown = show_pair(one, one, same, same, ("before", "after"))
    assert shown.count('class="prompt"') == 1
    ids = re.findall(r' id="([^"]*)"', shown)
    assert len(ids) == len(set(ids))
    other = SampleView(KEY, "another question", completions=one.completions)
    assert show_pair(one, other, same, same).count('class="prompt"') == 2


def test_rows_lead_to_their_samples() -> None:
    rows = [Row(SampleKey("r", "train", i, f"t{i}"), 4, 1.0, 0.5, 10.0, 0.25, ("flat",), "How many?") for i in range(3)]
    shown = show_table(rows, rows[1].key)
    assert re.findall(r'href="([^"]*)" data-sample="([^"]*)"', shown)[2] == ("?sample=r/train/2/t2", "r/train/2/t2")
    assert shown.count('aria-current="true"') == 1
    assert "no spread" in plain(shown)
    odd = SampleKey("a/b", "s", 1, "50 % & more?")
    (found,) = re.findall(r'href="\?sample=([^"]*)"', show_table([Row(odd)]))
    from urllib.parse import unquote

    assert SampleKey.parse(unquote(found)) == odd
    assert "No samples" in show_table([])
    assert "No prompt" in show_changes([])


def test_curves_of_one_name_share_a_panel_and_terms_are_stacked() -> None:
    terms = [curve("format", "Reward terms", "a"), curve("accuracy", "Reward terms", "a")]
    accuracies = [curve("accuracy", "Accuracy", "a"), curve("accuracy/hard", "Accuracy", "a")]
    alone = show_curves([*terms, *accuracies, curve("loss", "Loss", "a")])
    assert alone.count("<figure") == 3
    assert alone.count('class="layer l') == 4, "two areas and their keys"
    both = show_curves([*terms, *(curve(c.name, c.group, "b") for c in terms)])
    assert both.count("<figure") == 2
    assert 'class="layer' not in both
    assert "Nothing was measured" in show_curves([])
    assert "<details" in show_curves([curve("seconds", "Costs", "a")])


def test_negative_terms_are_lines_and_the_spread_over_seeds_is_a_band() -> None:
    terms = [curve("a", "Reward terms", "r"), Curve("b", "Reward terms", ((1, -1.0), (2, -2.0)), "r")]
    assert 'class="layer' not in show_curves(terms)
    spread = ((1, 0.0, 1.0), (2, 0.5, 1.5))
    assert 'class="band l0"' in show_curves(
        [Curve("accuracy", "Accuracy", ((1, 0.5), (2, 1.0)), "3 seeds", None, spread)]
    )


def test_curves_of_any_values_are_drawn_within_their_frame() -> None:
    wild = [(i, v) for i, v in enumerate((1e300, -1e300, NAN, float("inf"), 0.0, 5.0))]
    for points in (tuple(wild), ((3, 1.0),), tuple((i, 7.0) for i in range(2000)), ((0, 0.0), (10**18, 1.0))):
        shown = show_curves([Curve("x", "Loss", points, "r")])
        check_markup(shown)
        assert "nan" not in shown
        numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", "".join(re.findall('points="([^"]*)"', shown)))]
        assert all(-1 <= n <= 400 for n in numbers)


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-3.0, 12.0) == [0.0, 5.0, 10.0]
    assert ticks(5.0, 5.0) == [5.0]
    assert all(len(ticks(0.0, 10.0**n)) <= 6 for n in range(-12, 12))
    assert thinned([(i, float(i)) for i in range(1000)], 100)[0] == (4.5, 4.5)


def test_runs_side_by_side_show_where_they_differ() -> None:
    a, b = info("one"), info("two")
    shown = show_runs([a, b])
    assert shown.count('class="differ"') >= 4
    assert "one: before" in plain(shown)
    assert "two: change" in plain(shown)


def test_numbers_are_short_and_never_lie_about_what_was_not_measured() -> None:
    told = {0.0: "0", 1.0: "1", 0.5: "0.5", 16.799999999999997: "16.8", 123456.7: "123,457", 2.5e12: "2.5e12"}
    told |= {1e-7: f"1e{MINUS}7", -0.0173: f"{MINUS}0.0173", float("inf"): "∞", NAN: DASH}
    assert {value: number(value) for value in told} == told
    assert (number(None), number(0.25, sign=True), number(0.0, sign=True)) == (DASH, "+0.25", "0")


def test_every_view_is_well_formed() -> None:
    for shown in (show_sample(sample("word"), same), show_table([row("w")], key("w")), show_runs([info("w")])):
        assert visible("word")[0] in check_markup(shown)
