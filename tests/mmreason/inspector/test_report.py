"""A run as one page: what is in it, what never is, and how large it can become."""

from __future__ import annotations

import json
import os
import re
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from mmreason.inspector.album import Album
from mmreason.inspector.model import CompletionView, Medium, Picture, SampleKey, SampleView
from mmreason.inspector.report import distinct, few, report
from mmreason.inspector.run_folder import RunFolder

ATTACK = "</style><script>alert(1)</script><img src=x onerror=alert(1)>"


def group(stage: str, step: int, task: str, totals: list[float], **more: object) -> dict[str, object]:
    """A line of a trace."""
    texts = [f"<think>no {i}</think><answer>{ATTACK}</answer>" for i in range(len(totals))]
    return {
        "v": 2, "stage": stage, "step": step, "stage_step": step, "task": task, "question": f"How many? {ATTACK}",
        "answer": "2", "media": [{"kind": "image", "path": "media/a.png", "width": 300, "height": 200}],
        "weights": {"accuracy": 1.0},
        "completions": [
            {"text": text, "tokens": 5, "finish": "stop", "rewards": {"accuracy": total}, "total": total,
             "right": float(total > 0.5), "advantage": total - 0.5, "logprob": -0.5}
            for text, total in zip(texts, totals, strict=True)
        ],
    } | more  # fmt: skip


def run_folder(home: Path) -> Path:
    """A small run."""
    (home / "traces").mkdir(parents=True)
    (home / "media").mkdir()
    Image.effect_noise((300, 200), 80).convert("RGB").save(home / "media" / "a.png")
    train = [group("train", step, f"t{step % 4}", [step / 12, 0.1, 0.9][: 1 + step % 3]) for step in range(1, 13)]
    exam = [group("held_out", 0, "e", [0.0, 0.0], when="before"), group("held_out", 12, "e", [1.0, 1.0], when="after")]
    for name, lines in (("train", train), ("held_out", exam)):
        (home / "traces" / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    steps = [
        {
            "kind": "step",
            "stage": "train",
            "step": s,
            "metrics": {"train/reward": s / 12, "train/term/accuracy": s / 12},
        }
        for s in range(1, 13)
    ]
    exams = [
        {"kind": "exam", "stage": "held_out", "step": 12 * (when == "after"), "when": when,
         "metrics": {"held_out/accuracy": value, "held_out/missing/accuracy": 0.0}}
        for when, value in (("before", 0.25), ("after", 0.75))
    ]  # fmt: skip
    (home / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [*steps, *exams]))
    (home / "recipe.json").write_text(json.dumps({"name": "rewardmap", "stages": [{"name": "train", "steps": 12}]}))
    (home / "versions.json").write_text(json.dumps({"torch": "2", "seed": 7}))
    (home / "summary.json").write_text("{}")
    return home


def opened(home: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(home, tmp_path / "cache")


def test_a_report_needs_nothing_else_and_says_what_happened(tmp_path: Path) -> None:
    text = report(opened(run_folder(tmp_path / "run"), tmp_path))
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!data:image/(?:png|jpeg);base64,|#)', text)
    assert "unsafe" not in re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0]
    said = unescape(re.sub("<[^>]*>", " ", text[text.index("<body") :]))
    for part in ("rewardmap", "Curves", "What changed most", "Best", "Worst", "held_out", "0.75", "+0.5", "How many?"):
        assert part in said, part
    assert "missing/accuracy" not in said
    assert text.count("data:image") == 1, "each picture is kept once"
    for place in re.findall(r'href="#([^"]*)"', text):
        assert f'id="{place}"' in text, "every link within the page leads somewhere"
    assert report(opened(tmp_path / "run", tmp_path)) == text


def test_no_samples_may_be_asked_for_and_a_run_without_traces_has_a_report(tmp_path: Path) -> None:
    home = run_folder(tmp_path / "run")
    assert "<article" not in report(opened(home, tmp_path), num=0)
    for file in (home / "traces").iterdir():
        file.unlink()
    assert "0 samples in the traces" in report(opened(home, tmp_path / "again"))


def test_the_chosen_samples_are_of_different_tasks(tmp_path: Path) -> None:
    from mmreason.inspector.model import Query

    index = opened(run_folder(tmp_path / "run"), tmp_path).index()
    rows = distinct(index, Query(stage="train", sort="reward", descending=True), 3)
    assert len({row.key.task for row in rows}) == 3
    assert distinct(index, Query(stage="train"), 3, without=[row.key for row in index.page(Query())]) == ()


def test_of_many_completions_the_ends_are_kept_in_their_order() -> None:
    totals = [0.5, float("nan"), 0.9, 0.1, 0.4, 1.0]
    view = SampleView(SampleKey("r", "s", 1, "t"), "q", completions=tuple(
        CompletionView(i, "x", total=total) for i, total in enumerate(totals)))  # fmt: skip
    kept = few(view, 4)
    assert [c.number for c in kept.completions] == [1, 2, 3, 5]
    assert "4 of 6 completions" in kept.warnings[0]
    assert few(view, 6) is view


def test_only_pictures_inside_the_folder_come_into_the_page(tmp_path: Path) -> None:
    home = run_folder(tmp_path / "run")
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), "red").save(secret)
    os.symlink(secret, home / "media" / "link.png")
    (home / "media" / "text.png").write_text("key = hunter2")
    (home / "media" / "x.svg").write_text("<svg onload='alert(1)'/>")
    album = Album(home)
    inside = ("link.png", "text.png", "x.svg", "none.png", "")
    outside = (
        "../secret.png",
        str(secret),
        "recipe.json",
        "",
        "\x00",
        "http://127.0.0.1/a.png",
        "data:image/png;base64,AAAA",
    )
    for path in (*(f"media/{name}" for name in inside), *outside):
        assert album.src(path) == "", path
    assert album.kept == []
    assert album.src("media/a.png") == album.src("media/a.png") == "#p1"


def test_large_pictures_are_made_small_and_a_page_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    for i in range(3):
        Image.effect_noise((800, 450), 90).convert("RGB").save(tmp_path / "media" / f"{i}.png")
    album = Album(tmp_path, room=250_000)
    places = [album.src(f"media/{i}.png") for i in range(3)]
    assert places[0] == "#p1"
    assert places[-1] == ""
    assert album.left_out == places.count("")
    assert len(album.defs()) < 400_000
    assert album.entry("media/0.png")[1:] == (640, 360)


def test_what_a_trace_says_about_a_picture_gives_way_to_its_shape(tmp_path: Path) -> None:
    home = run_folder(tmp_path / "run")
    wrong, right, unknown = (Picture("media/a.png", *size) for size in ((100, 100), (600, 400), (0, 0)))
    view = SampleView(SampleKey("r", "s", 1, "t"), "q", media=(Medium("image", (wrong, right, unknown)),))
    assert [(p.width, p.height) for p in Album(home).sized(view).pictures] == [(300, 200), (600, 400), (300, 200)]


def test_the_same_lines_drawn_and_photographed_take_the_smaller_form(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    Image.new("RGB", (300, 300), "white").save(tmp_path / "media" / "flat.png")
    Image.effect_noise((300, 300), 90).convert("RGB").save(tmp_path / "media" / "noise.png")
    album = Album(tmp_path)
    assert album.src("media/flat.png") and album.src("media/noise.png")  # noqa: PT018
    assert [re.findall("data:image/([a-z]+)", held)[0] for held in album.kept] == ["png", "jpeg"]


@pytest.mark.parametrize("broken", ["{", "[]", '{"completions": 3}', '{"task": 1, "completions": [{}]}', "\x00" * 50])
def test_a_damaged_run_has_a_report_all_the_same(tmp_path: Path, broken: str) -> None:
    home = run_folder(tmp_path / "run")
    with open(home / "traces" / "train.jsonl", "a", encoding="utf-8") as file:
        file.write(broken + "\n")
    (home / "metrics.jsonl").write_text(broken + "\n")
    (home / "recipe.json").write_text(broken)
    assert "Best" in report(opened(home, tmp_path))
