"""Whatever a model, a record or a file says, it is shown and never acts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmreason.inspector.model import BoxMark, CompletionView, Line, Medium, Picture, SampleView, Track
from mmreason.inspector.views import page, show_card, show_sample
from mmreason.inspector.views.html import Html, address, el, visible
from tests.mmreason.inspector.shown import check_markup, everything, key, sample

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" onfocus="alert(1)" autofocus="',
    "</textarea></title></style></script><script>alert(1)</script>",
    "<!--<iframe src=javascript:alert(1)>-->",
    "<![CDATA[<script>x</script>]]>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "vbscript:x",
    "//evil.example/x.png",
    "\\\\evil.example\\x.png",
    "file:///etc/passwd",
    "&lt;script&gt;&#60;b&#62;&quot;",
    "[a](javascript:alert(1)) ![x](http://evil/x.png) **bold**",
    "\x00\x08\x1b[31m\x7f\x85",
    "\u202eevil\u2066\u200f\u200b\ufeff\u2028",
    "\ud800lone\udfff",
    "\U000e0041\U000e0042",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "../../../../etc/passwd",
    "",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_text_is_shown_as_text(payload: str) -> None:
    for shown in everything(payload):
        text = check_markup(shown)
        if payload:
            assert visible(payload)[:20].strip().rstrip() in text or "show_" in text or "No " in text or payload in "//"
        shown.encode("utf-8")


@given(st.text(st.sampled_from("<>\"'&/=;: \n\tabjs!-#\x00\u202e\ud800{}[]()`\\"), max_size=40) | st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_leaves_its_place(text: str) -> None:
    for shown in everything(text):
        check_markup(shown)


def test_an_address_can_load_a_picture_and_do_nothing_else() -> None:
    good = ("media/a b.png".replace(" ", "%20"), "#p1", "/files/0/a.png", "http://127.0.0.1:7860/a.png", "?sample=x")
    assert [address(text) for text in good] == list(good)
    assert address("data:image/png;base64,iVBORw0KGgo=")
    for bad in (*PAYLOADS[8:18], "data:image/png;base64,x\n<script>", "http://a b", "ftp://x/y", "blob:x"):
        assert address(bad) == "", bad
    assert "src" not in show_card(
        CompletionView(0, "a", boxes=(BoxMark((0, 0, 1, 1)),)), lambda path: "javascript:x", (Picture("a.png", 4, 4),)
    )


def test_markup_of_this_package_holds_no_code_and_no_style() -> None:
    for name in ("onclick", "onerror", "style", "x y", 'a"b'):
        with pytest.raises(ValueError, match="attribute"):
            el("p", **{name: "x"})
    assert el("p", Html("<b>a</b>"), "<i>", None, [1, "&"], hidden=True, title='"', lang=None) == (
        '<p hidden title="&quot;"><b>a</b>&lt;i&gt;1&amp;</p>'
    )


def test_hidden_characters_are_seen() -> None:
    assert visible("a\x00\x1b\u202e\u2066\u200b\ufeff\x85") == "a␀␛⟨202E⟩⟨2066⟩⟨200B⟩⟨FEFF⟩⟨0085⟩"
    assert visible("\ud83d") == "\ufffd"
    assert visible("\U000e0041") == "⟨E0041⟩"
    emoji_and_persian = "👩\u200d💻 \u0645\u06cc\u200c\u062e\tx\ny"
    assert visible(emoji_and_persian) == emoji_and_persian


def test_enormous_texts_are_cut_and_say_so() -> None:
    long = "word <b> " * 20_000
    shown = everything(long)
    assert all(len(text) < 3_000_000 for text in shown)
    for text in shown:
        check_markup(text)
    assert "more characters are not shown" in shown[0]


def test_enormous_numbers_of_things_are_cut() -> None:
    many = CompletionView(
        0,
        "ab " * 2000,
        token_ends=tuple(range(1, 6_001)),
        tracks=tuple(Track(f"t{i}", (0.5,) * 6_000) for i in range(40)),
        boxes=tuple(BoxMark((0.1, 0.1, 0.2, 0.2), 0, (i, i + 1), i) for i in range(1000)),
    )
    media = (Medium("video", tuple(Picture(f"{i}.png", 4, 4, second=float(i)) for i in range(2000))),)
    shown = show_sample(
        SampleView(key(), "?", None, media, (many,) * 3 + (CompletionView(0, "a"),) * 70), lambda path: path
    )
    assert shown.count("<article") == 64
    assert shown.count("<img") < 200
    assert "more frames are not shown" in shown
    assert "more completions are not shown" in shown
    check_markup(shown)


def test_numbers_and_spans_that_lie_draw_nothing_wrong() -> None:
    nan, inf = float("nan"), float("inf")
    boxes = (
        BoxMark((nan, 0, 1, 1)),
        BoxMark((0, 0, inf, 1)),
        BoxMark((5, 5, -5, -5), 0, (-3, 99), -7),
        BoxMark((0, 0, 1, 1), -1),
        BoxMark((0.1, 0.1, 0.2, 0.2), 99),
        BoxMark((0.1, 0.1, 0.2, 0.2), 0, (3, 2), 10**9),
    )
    spans = ((5, 2), (-4, 90), (2, 2))
    for think in spans:
        for ends in ((), (-5, 3, 2, 99, 1), (0, 0, 0), (10**9,)):
            tracks = (Track("logprob", (nan, inf, -inf, 1e308, -1e308)), Track("ratio", ()))
            c = CompletionView(
                0,
                "hello you",
                think,
                (1, 4),
                token_ends=ends,
                tracks=tracks,
                boxes=boxes,
                total=inf,
                advantage=nan,
            )
            line = Line(((nan, 0.0), (3.0, -2.0)), (), 0)
            media = (Medium("image", (Picture("a.png", -4, 10**9),)),)
            view = SampleView(key(), "q", None, media, (c, c), gold_lines=(line,), gold_boxes=boxes)
            shown = show_sample(view, lambda path: path)
            text = check_markup(shown)
            assert "hello you".replace(" ", "") in re.sub(r"[\s∎↵\d]|thought|answer", "", text.replace("#", ""))
            assert "nan" not in shown.lower()
            assert '="inf' not in shown


def test_a_page_lets_nothing_in_and_nothing_out() -> None:
    whole = page("<title>", *(Html(text) for text in everything("</style><script>alert(1)</script>")))
    assert whole.startswith("<!doctype html>")
    assert "<script" not in whole
    assert "<title>&lt;title&gt;</title>" in whole
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', whole)
    assert "default-src &#x27;none&#x27;" in policy
    assert "img-src data:" in policy
    assert "unsafe" not in policy
    style = whole[whole.index("<style>") : whole.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in style


def test_ids_are_words_whatever_the_key_is() -> None:
    ids = re.findall(r' (?:id|for|name)="([^"]*)"', show_sample(sample('"><x> \u202e'), lambda path: path))
    assert ids
    assert all(re.fullmatch(r"[a-z0-9-]+", word) for word in ids)
