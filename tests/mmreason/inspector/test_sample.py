from __future__ import annotations

import base64
import json
import math
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mmreason.inspector.index import Index
from mmreason.inspector.marks import answer_span, phrase_span
from mmreason.inspector.model import BoxMark, InspectorError, Query, SampleKey, SampleView, TermValue
from tests.mmreason.inspector.written import completion, line, picture, write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def view(home: Path, made: dict[str, Any]) -> SampleView:
    write(home, [made])
    index = Index.open(home, home.parent / "cache", "run")
    (row,) = index.page()
    return index.sample(row.key)


def halves(*values: float, kind: str = "e") -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}{kind}", *values)).decode()


def test_a_completion_with_its_terms_and_parts(home: Path) -> None:
    text = "<think>Two and two.</think><answer>4</answer>"
    (c,) = view(home, line(
        answer="4", weights={"right": 0.5, "judge": 2.0},
        completions=[completion(text, 0.5, rewards={"right": 1.0, "judge": None, "odd": 3}, right=1.0, advantage=None)],
    )).completions  # fmt: skip
    assert c.think is not None
    assert c.answer is not None
    assert (text[slice(*c.think)], text[slice(*c.answer)]) == ("Two and two.", "4")
    assert c.rewards[0] == TermValue("right", 0.5, 1.0)
    assert c.rewards[1].weight == 2.0
    assert math.isnan(c.rewards[1].value)
    assert math.isnan(c.rewards[2].weight)
    assert (c.total, c.right, math.isnan(c.advantage), c.skipped) == (0.5, 1.0, True, False)


def test_an_empty_thought_is_marked(home: Path) -> None:
    (c,) = view(home, line(completions=[completion("<think>\n\n</think><answer>1</answer>")])).completions
    assert c.skipped


def test_statistics_of_the_group(home: Path) -> None:
    cs = [completion(total=0.0, tokens=4, right=0.0), completion("<answer>B</answer>", 2.0, tokens=8, right=1.0)]
    found = view(home, line(completions=[*cs, completion(total=None, finish="length", tokens=0)])).statistics
    assert (found["num"], found["mean"], found["std"], found["least"], found["most"]) == (3, 1.0, 1.0, 0.0, 2.0)
    assert (found["right"], found["answers"], found["length_mean"], found["length_max"]) == (0.5, 2, 4.0, 8)
    assert found["truncated"] == pytest.approx(1 / 3)


def test_media_of_both_formats(home: Path) -> None:
    path = picture(home)
    frame = {"path": path, "second": 0.5, "reason": "1 of 2", "width": 4, "height": 3}
    image, video, old, old_video, gone = view(home, line(media=[
        {"kind": "image", "path": path, "width": 40, "height": 30},
        {"kind": "video", "name": "a.mp4", "selector": "Uniform(num=2)", "seconds": 4.0, "frames": [frame, frame]},
        path, [path, path], {"kind": "image", "name": "'gone.png'"},
    ])).media  # fmt: skip
    assert (image.kind, image.pictures[0].path, image.pictures[0].width) == ("image", path, 40)
    assert (video.kind, video.selector, video.seconds, video.source) == ("video", "Uniform(num=2)", 4.0, "a.mp4")
    assert [(p.second, p.reason, p.label) for p in video.pictures] == [
        (0.5, "1 of 2", "frame 1"),
        (0.5, "1 of 2", "frame 2"),
    ]
    assert old.pictures[0].path == path
    assert [p.path for p in old_video.pictures] == [path, path]
    assert (gone.pictures[0].path, gone.pictures[0].label) == ("", "not kept: 'gone.png'")


def test_pictures_are_never_opened(home: Path) -> None:
    picture(home)
    (home / "media" / "a.png").write_bytes(b"no picture at all")
    assert view(home, line(media=["media/a.png"])).pictures[0].path == "media/a.png"


HOSTILE = [
    "../secret.png", "/etc/passwd", "/etc/hostname.png", "media/../../secret.png", "..\\secret.png", "C:\\a.png",
    "\\\\server\\a.png", "media/out.png", "media/folder/secret.png", "media", "", "a\0.png", "media/a.svg",
    "media/a.html",
    "media/loop.png", "missing.png", "x" * 5000, "file:///etc/passwd", "data:image/png;base64,AA==", "//host/a.png",
    "media/pipe.png",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE, ids=range(len(HOSTILE)))
def test_a_crafted_path_is_never_given_out(home: Path, path: str) -> None:
    (home.parent / "secret.png").write_bytes(b"secret")
    (home.parent / "secrets").mkdir()
    (home.parent / "secrets" / "secret.png").write_bytes(b"secret")
    picture(home)
    media = home / "media"
    for name in ("a.svg", "a.html"):
        (media / name).write_text("<script>")
    (media / "out.png").symlink_to(home.parent / "secret.png")
    (media / "folder").symlink_to(home.parent / "secrets")
    (media / "loop.png").symlink_to("loop.png")
    os.mkfifo(media / "pipe.png")
    found = view(home, line(media=[path, {"path": path}, [path], {"kind": "video", "frames": [{"path": path}, 3]}]))
    assert [p.path for p in found.pictures] == [""] * 5
    assert all(p.label.startswith("not ") for p in found.pictures)


def test_a_link_inside_the_folder_is_followed(home: Path) -> None:
    picture(home)
    (home / "media" / "b.png").symlink_to("a.png")
    assert view(home, line(media=["media/b.png"])).pictures[0].path == "media/b.png"


def test_a_run_folder_that_is_a_link_itself_works(home: Path) -> None:
    picture(home)
    (home.parent / "link").symlink_to(home)
    assert view(home.parent / "link", line(media=["media/a.png"])).pictures[0].path == "media/a.png"


def test_boxes_have_colours_and_the_words_before_them(home: Path) -> None:
    text = "<think>A red cup [1,2,3,4] and a dog [5,6,7,8]. The cup [1,2,3,4]</think>"
    at = [text.index("1,2"), text.index("5,6"), text.rindex("1,2")]
    boxes = [[0.1, 0.2, 0.3, 0.4, at[0], at[0] + 7], [0.9, 0.6, 0.5, 2.0, at[1], at[1] + 7],
             [0.1, 0.2, 0.3, 0.4, at[2], at[2] + 7]]  # fmt: skip
    found = view(
        home, line(media=[picture(home)], completions=[completion(text, boxes=boxes)], gold_boxes=[[0, 0, 1, 1]])
    )
    first, second, third = found.completions[0].boxes
    assert (first.colour, second.colour, third.colour) == (0, 1, 0)
    assert second.numbers == (0.5, 0.6, 0.9, 1.0)
    phrases = [text[slice(*box.phrase)] for box in (first, second, third) if box.phrase]
    assert phrases == ["A red cup [1,2,3,4]", "a dog [5,6,7,8]", "The cup [1,2,3,4]"]
    assert found.gold_boxes == (BoxMark((0.0, 0.0, 1.0, 1.0), 0, None, -1),)


@pytest.mark.parametrize(
    "box", [[0.1, 0.2, 0.3], "0123", [0.1, None, 0.3, 0.4], [0, 0, 1, 1, 0, 5, 9], [0, 0, 1, 1, 0, 5, -1], None, {}]
)
def test_odd_boxes_are_left_out(home: Path, box: Any) -> None:
    assert view(home, line(media=[picture(home)], completions=[completion(boxes=[box])])).completions[0].boxes == ()


@pytest.mark.parametrize("span", [[], [5], [7, 3], [-1, 4], [0, 10**6], ["a", 2]])
def test_a_box_whose_place_in_the_text_is_odd_has_no_phrase(home: Path, span: Any) -> None:
    made = line(media=[picture(home)], completions=[completion(boxes=[[0, 0, 1, 1, *span]])])
    (box,) = view(home, made).completions[0].boxes
    assert box.phrase is None


def test_phrases_are_short_and_inside() -> None:
    long = "word " * 100 + "[1,2,3,4]"
    start, end = phrase_span(long, len(long) - 8, len(long) - 1)
    assert long[start:end].startswith("word")
    assert end - start < 100
    assert phrase_span("[1,2,3,4]", 1, 8) == (0, 9)
    assert phrase_span("1,2,3,4", 0, 7) == (0, 7)


def test_answers_in_boxes_of_latex() -> None:
    said = r"<think>\boxed{0}</think> It is \boxed{\frac{1}{2}}."
    span = answer_span(said)
    assert span is not None
    assert said[slice(*span)] == r"\frac{1}{2}"


def test_token_tracks_come_from_their_own_file(home: Path) -> None:
    tracks = {"logprob": halves(-1.0, math.nan), "entropy": halves(0.5, 0.25), "short": halves(1.0)}
    rows = {"completions": [{"lens": halves(1, 2, kind="H"), "tracks": tracks}]}
    write(home, [{"completions": []}], "tokens/train.jsonl")
    write(home, [rows], "tokens/train.jsonl")
    (c,) = view(home, line(completions=[completion("abc", tokens=2)], tracks_at=20)).completions
    assert c.token_ends == (1, 3)
    assert [(t.name, t.unit) for t in c.tracks] == [("logprob", "nats"), ("entropy", "nats")]
    assert c.tracks[1].values == (0.5, 0.25)


@pytest.mark.parametrize("at", [-1, 3, 10**9, "0", None, 1e30])
def test_tracks_that_are_not_there_are_a_warning(home: Path, at: Any) -> None:
    write(home, [{"completions": [{"tracks": {}}]}], "tokens/train.jsonl")
    found = view(home, line(tracks_at=at))
    assert found.completions[0].tracks == ()
    assert "tokens cannot be read" in found.warnings[0]


def test_tracks_outside_the_folder_are_not_read(home: Path) -> None:
    other = write(home.parent / "other", [{"completions": [{"tracks": {"logprob": halves(*[1.0] * 9)}}]}])
    (home / "tokens").mkdir()
    (home / "tokens" / "train.jsonl").symlink_to(other)
    found = view(home, line(tracks_at=0))
    assert found.completions[0].tracks == ()
    assert "leads out" in found.warnings[0]


def test_token_ends_beyond_the_text_are_dropped(home: Path) -> None:
    write(home, [{"completions": [{"lens": halves(9, 9, kind="H"), "tracks": {}}]}], "tokens/train.jsonl")
    assert view(home, line(completions=[completion("ab", tokens=2)], tracks_at=0)).completions[0].token_ends == ()


def test_extras_are_told_as_they_stand(home: Path) -> None:
    told = {"kind": "second_pass", "title": "Again", "text": "B", "table": [["now", 1], ["A"]], "numbers": {"p": None},
            "agrees": False}  # fmt: skip
    (extra,) = view(home, line(completions=[completion("x", extras=[told])])).completions[0].extras
    assert (extra.kind, extra.title, extra.text, extra.agrees) == ("second_pass", "Again", "B", False)
    assert extra.table == (("now", "1"), ("A",))
    assert math.isnan(extra.numbers["p"])


def test_a_charts_table_is_read_from_the_code_and_never_run(home: Path) -> None:
    code = "<CODE>\n```python\nimport os\nchart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'n': [1, 2]})\n1/0\n```"
    found = view(home, line(record={"table": "City,n\nOslo,1\nRome,3"}, completions=[completion(code)]))
    (extra,) = found.completions[0].extras
    assert (extra.kind, extra.text) == ("table", "answers by code")
    assert extra.table == (("City", "n"), ("Oslo", "1"), ("Rome", "2"))
    assert found.extras[0].table == (("City", "n"), ("Oslo", "1"), ("Rome", "3"))


ROUTE = """Route Name: Red
Departure Stop: Elm
Arrival Stop: Pine
--
Route Name: Blue
Departure Stop: Pine
Arrival Stop: Oak"""
MAP = {
    "stations": {"Elm": [0.1, 0.1], "Ash": [0.2, 0.1], "Pine": [0.3, 0.1], "Oak": [0.3, 0.9]},
    "metro": {"Red": ["Pine", "Ash", "Elm"], "Blue": ["Pine", "Oak"]},
    "routes": {"1": [{"route_name": "Red", "departure_stop": "Elm", "arrival_stop": "Ash", "via_stops": []}]},
}  # fmt: skip


def test_a_planned_route_goes_through_the_stations_of_the_map(home: Path) -> None:
    found = view(home, line(kind="planning", media=[picture(home)], record=MAP, completions=[completion(ROUTE)]))
    (extra,) = found.completions[0].extras
    red, blue = extra.lines
    assert (red.name, red.labels, red.points) == ("Red", ("Elm", "Ash", "Pine"), ((0.1, 0.1), (0.2, 0.1), (0.3, 0.1)))
    assert (blue.labels, blue.gold) == (("Pine", "Oak"), False)
    assert extra.table[1] == ("Red", "Elm", "Pine", "")
    assert [(gold.labels, gold.gold) for gold in found.gold_lines] == [(("Elm", "Ash"), True)]
    assert found.extras[0].table[1] == ("Red", "Elm", "Ash", "none")


@pytest.mark.parametrize(
    "record",
    [{"stations": [1]}, {"stations": {"Elm": ["a", 1]}}, MAP | {"routes": {"1": [{"route_name": 1}]}},
     MAP | {"routes": [3]}, MAP | {"metro": {"Red": 3}}, {}],
)  # fmt: skip
def test_odd_maps_draw_nothing_and_break_nothing(home: Path, record: Any) -> None:
    found = view(home, line(kind="planning", media=[picture(home)], record=record, completions=[completion(ROUTE)]))
    assert found.completions[0].extras[0].table[1][0] == "Red"


def test_the_record_is_told_as_text(home: Path) -> None:
    found = view(home, line(kind="", record={"type": "a", "options": ["x", 2], "count": 3, "said": "so"}))
    assert (found.kind, found.options, dict(found.record)) == ("a", ("x", "2"), {"count": "3", "said": "so"})


def test_scripts_come_through_as_text_for_the_views_to_escape(home: Path) -> None:
    bad = "<script>alert(1)</script>"
    assert view(home, line(question=bad, completions=[completion(bad)])).completions[0].text == bad


def test_raw_lines_and_records(home: Path) -> None:
    write(home, [line("a", question="é?", answer="b", record={"x": 1}), line("b", step=math.nan)])
    index = Index.open(home, home.parent / "cache", "run")
    first, second = (json.loads(text, parse_constant=pytest.fail) for text in index.lines(Query(sort="reward")))
    assert {first["task"], second["task"]} == {"a", "b"}
    assert index.record(SampleKey("run", "train", 1, "a")) == {
        "task": "a", "kind": None, "question": "é?", "answer": "b", "record": {"x": 1}
    }  # fmt: skip


@pytest.mark.parametrize(
    "key", [SampleKey("r", "s", 3, "t"), SampleKey("a/b", "é s", 0, "x/y?&#%", 2), SampleKey("", "", 10**15, "\n")]
)
def test_permalinks_come_back(key: SampleKey) -> None:
    assert SampleKey.parse(str(key)) == key
    assert str(key).isascii()


@pytest.mark.parametrize("text", ["", "a/b", "a/b/c/d", "a/b/-1/d", "a/b/1/d/e", "a/b/1/d/2/3", "a/b/1e3/d", "a/b/²/d"])
def test_what_is_no_permalink_is_refused(text: str) -> None:
    with pytest.raises(InspectorError, match="RUN/STAGE/STEP/TASK"):
        SampleKey.parse(text)


@pytest.mark.parametrize("depth", [50, 400, 900])
def test_deep_nesting_is_survived(home: Path, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    extras = f'[{{"table": [[{deep}]]}}]'
    write(home, [f'{{"task": "a", "record": {{"x": {deep}}}, "completions": [{{"extras": {extras}}}]}}'])
    index = Index.open(home, home.parent / "cache", "run")
    for row in index.page():
        assert len(index.sample(row.key).completions) == 1
    with suppress(InspectorError):  # never a RecursionError
        list(index.lines(Query()))


def test_without_rewards_there_is_no_total(home: Path) -> None:
    taught = view(home, line(completions=[completion(rewards={}, total=0.0)] * 2))
    assert math.isnan(taught.completions[0].total)
    assert math.isnan(taught.statistics["mean"])


def test_equal_totals_do_not_spread(home: Path) -> None:
    assert view(home, line(completions=[completion(total=13.2)] * 7)).statistics["std"] == 0.0
