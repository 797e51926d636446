"""Live checkpoints: what grows is what comes of it, scores are the recipe's own, and odd input is one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mmreason.asks import POLICY, Generate, Sampling
from mmreason.errors import MMReasonError, RecipeError
from mmreason.inspector.live import SELECTORS, Ask, Desk, Watch, growing, medium_of, prompt_of, selector
from mmreason.inspector.live_question import Drawer, again, edited, preview, typed
from mmreason.inspector.live_score import write_scored
from mmreason.inspector.model import InspectorError, Query, SampleKey
from mmreason.inspector.run_folder import RunFolder
from mmreason.models.policy import LanguageModel
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe
from mmreason.types import Completion, Task
from tests.mmreason.inspector.browser import PNG, bomb
from vision_data.errors import MediaError
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import media_of, text_of

TINY = "mmreason-tiny"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(lambda name: (Policy(model=name, device="cpu"), None))


@pytest.fixture(scope="module")
def part(desk: Desk) -> LanguageModel:
    return desk.model(TINY)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    from mmreason_recipes import RECIPES

    found = RECIPES["rewardmap"]()
    assert isinstance(found, Recipe)
    few = replace(found.exams[0].tasks, of=replace(found.exams[0].tasks.of, num_maps=1))  # type: ignore[attr-defined, type-var]
    return replace(found, exams=tuple(replace(exam, tasks=few) for exam in found.exams))


@pytest.fixture(scope="module")
def drawn(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Task:
    return Drawer(tmp_path_factory.mktemp("drawn")).draw(recipe)


def collected(found: Iterator[object]) -> tuple[list[tuple[str, ...]], list[Completion]]:
    """The texts on their way, and the completions at the end."""
    *growing_ones, last = list(found)
    assert isinstance(last, list)
    return [tuple(c.text for c in views) for views in growing_ones], last  # type: ignore[attr-defined]


def test_what_grows_is_what_a_run_would_sample(
    desk: Desk, part: LanguageModel, drawn: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmreason.inspector.live.EVERY", 0.0)
    ask = Ask(task=drawn, num=3, limit=24, seed=5)
    grown, live = collected(desk.stream(part, ask))
    (plain,) = part.answer([Generate(POLICY, drawn.prompt, num=3, limit=24, sampling=Sampling(1.0), seed=5)])
    assert [c.text for c in live] == [c.text for c in plain]
    assert [c.tokens.tolist() for c in live] == [c.tokens.tolist() for c in plain]
    assert len(grown) >= max(len(c.tokens) for c in live) - 1
    for number, whole in enumerate(live):
        lengths = [len(texts[number]) for texts in grown]
        assert lengths == sorted(lengths)
        assert all(whole.text.startswith(texts[number].rstrip("\ufffd")) for texts in grown)


def test_who_stops_looking_stops_the_model(part: LanguageModel, drawn: Task) -> None:
    watch = Watch(part, lambda told: None)
    watch.stop.set()
    assert all(len(c.tokens) == 1 for c in watch.sample(Ask(task=drawn, num=2, limit=200)))


def test_an_error_of_the_sampler_reaches_who_asked(desk: Desk, part: LanguageModel) -> None:
    task = Task(id="long", prompt=prompt_of((), "why? " * 20_000))
    with pytest.raises(MMReasonError, match="tokens"):
        list(desk.stream(part, Ask(task=task)))


@pytest.mark.parametrize("odd", [{"num": 0}, {"num": 99}, {"limit": 0}, {"limit": 10**6}, {"temperature": -1.0}])
def test_what_would_take_the_machine_away_is_refused(drawn: Task, odd: dict[str, float]) -> None:
    (value,) = odd.values()
    with pytest.raises(RecipeError, match=f"got {value}"):
        Ask(task=drawn, **odd)  # type: ignore[arg-type]


def test_scores_and_credit_are_those_of_the_recipe(
    part: LanguageModel, recipe: Recipe, drawn: Task, tmp_path: Path
) -> None:
    right, wrong = said(part, f"\\boxed{{{drawn.answer}}}"), said(part, "\\boxed{?}")
    done = write_scored(recipe, part, drawn, [right, wrong], tmp_path, 1)
    assert done.notes == ()
    view = RunFolder(tmp_path).index().sample(SampleKey(tmp_path.name, "live", 1, drawn.id))
    accuracy = [next(term.value for term in c.rewards if term.name == "accuracy") for c in view.completions]
    assert accuracy[0] > accuracy[1] == 0
    assert view.completions[0].total > view.completions[1].total
    assert view.completions[0].advantage == pytest.approx(-view.completions[1].advantage)
    assert view.completions[0].advantage > 0
    assert [picture.width for picture in view.pictures] == [
        picture.width for picture in preview(drawn.prompt, tmp_path)[0].pictures
    ]


def said(part: LanguageModel, text: str) -> Completion:
    from mmreason.asks import Tokenise

    (found,) = part.answer([Tokenise(POLICY, text)])
    assert isinstance(found, Completion)
    return found


def test_a_question_that_is_not_of_the_recipe_is_scored_as_far_as_it_goes(
    part: LanguageModel, recipe: Recipe, tmp_path: Path
) -> None:
    task = Task(id="typed", prompt=prompt_of((), "How many?"), answer="3")
    done = write_scored(recipe, part, task, [said(part, "3")], tmp_path, 1)
    assert any(note.startswith("accuracy: this question lacks what it needs") for note in done.notes)
    assert all("\n" not in note for note in done.notes)
    assert RunFolder(tmp_path).index().count(Query()) == 1


def test_without_a_recipe_the_answers_alone_are_kept(part: LanguageModel, tmp_path: Path) -> None:
    write_scored(None, part, Task(id="typed", prompt=prompt_of((), "Hi")), [said(part, "yes")], tmp_path, 1)
    (completion,) = RunFolder(tmp_path).index().sample(SampleKey(tmp_path.name, "live", 1, "typed")).completions
    assert (completion.text, completion.rewards) == ("yes", ())


def test_a_think_block_that_is_not_closed_yet_is_one() -> None:
    view = growing(0, "<think>two red", 3, done=False)
    assert view.text[slice(*(view.think or ()))] == "two red"
    assert view.answer is None
    view = growing(0, "<think>a<answer>b</answer>", 3, done=True)
    assert (view.text[slice(*(view.think or ()))], view.text[slice(*(view.answer or ()))]) == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", bomb(30_000, 30_000), "too large to be decoded safely"),
        ("a.mp4", b"no video at all", "a.mp4"),
        ("a.png", b"", "a.png"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        ("a.m3u8", b"#EXTM3U\nfile:///etc/passwd\n", "a list of other files"),
    ],
)
def test_an_upload_that_is_no_picture_is_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=said) as found:
        medium_of(str(tmp_path / name), Uniform(4))
    assert "\n" not in str(found.value)
    assert str(tmp_path) not in str(found.value)


def test_a_picture_is_taken_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    task = typed(str(tmp_path / "a.png"), Uniform(4), "What?", " 3 ")
    assert media_of(task.prompt) == (Image(str(tmp_path / "a.png")),)
    assert (text_of(task.prompt), task.answer) == ("What?", "3")
    with pytest.raises(RecipeError, match="type a question"):
        typed(None, Uniform(4), "  ", "")


@pytest.mark.parametrize("name", SELECTORS)
def test_every_selector_can_be_made_and_refuses_odd_numbers(name: str) -> None:
    selector(name, 8, 1.0, 2.0)
    for num in (0, -1, 10**6):
        with pytest.raises(MediaError, match="frames: expected 1 to"):
            selector(name, num)


def test_an_unknown_selector_is_told() -> None:
    with pytest.raises(MediaError, match="no frame selector 'odd'"):
        selector("odd", 8)


def test_a_drawn_question_stays_itself_until_it_is_edited(drawn: Task) -> None:
    same = edited(drawn, f" {text_of(drawn.prompt)}\n", drawn.answer or "")
    assert same.prompt == drawn.prompt
    other = edited(drawn, "What else?", "")
    assert (text_of(other.prompt), other.answer, other.record) == ("What else?", None, drawn.record)
    assert media_of(other.prompt) == media_of(drawn.prompt)


def test_a_sample_is_asked_again_with_its_pictures(part: LanguageModel, drawn: Task, tmp_path: Path) -> None:
    write_scored(None, part, drawn, [said(part, "yes")], tmp_path, 1)
    folder = RunFolder(tmp_path)
    view = folder.index().sample(SampleKey(tmp_path.name, "live", 1, drawn.id))
    task = again(view, folder.file, {"type": "x"})
    assert (text_of(task.prompt), task.answer, task.record) == (text_of(drawn.prompt), drawn.answer, {"type": "x"})
    (medium,) = media_of(task.prompt)
    assert isinstance(medium, Image)
    assert Path(str(medium.source)).read_bytes() == Path(str(media_of(drawn.prompt)[0].source)).read_bytes()


def test_the_frames_of_a_trace_are_its_video(tmp_path: Path) -> None:
    from mmreason.inspector.live_question import kept
    from mmreason.inspector.model import Medium, Picture

    frames = tuple(Picture(f"{n}.png", second=n / 4) for n in range(5))
    made = kept(Medium("video", frames), lambda path: tmp_path / path)
    assert isinstance(made, Video)
    assert (len(made.source), made.fps) == (5, 4.0)
    with pytest.raises(RecipeError, match="is not kept in the run's folder"):
        kept(Medium("video", (Picture(""),), source="clip.mp4"), lambda path: tmp_path / path)
    with pytest.raises(InspectorError):
        RunFolder(tmp_path)
