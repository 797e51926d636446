"""Phone screens as tasks, and the teacher's actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.gui import SHOWN, PhoneScreens
from mmreason.data.gui_thoughts import ActionTeacher, literal
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.action import read_action
from mmreason.rewards.action_exact import ActionExact
from mmreason.rewards.action_type import ActionType
from mmreason.rewards.click_near import ClickNear
from mmreason.rewards.regex_match import RegexMatch
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.errors import MediaError
from vision_data.media import Image
from vision_data.messages import media_of, text_of

FORM = r"(?s)<think>.+?</think><action>.*?</action>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phones")


def drawn(home: Path, **how: object) -> list[Task]:
    return PhoneScreens(8, **how).load_tasks(home)[0]  # type: ignore[arg-type]


def test_a_step_has_a_screen_a_task_and_an_action(home: Path) -> None:
    tasks = drawn(home)
    assert {t.record["type"] for t in tasks} >= {"CLICK", "STATUS_TASK_COMPLETE"}
    for t in tasks:
        [picture] = media_of(t.prompt)
        assert isinstance(picture, Image)
        assert picture.max_pixels == SHOWN
        text = text_of(t.prompt)
        assert f"Task: {t.record['task']}\nDone: " in text
        assert text.count(", ") <= 4  # three actions and the form asked for
        action = read_action(t.answer or "")
        assert action is not None
        assert action.name == t.record["type"]
        assert (action.position is None) == (action.name != "CLICK") == ("boxes" not in t.record)
        assert (action.value is not None) == (action.name == "TYPE")


def test_the_gold_click_lies_in_the_gold_box(home: Path) -> None:
    clicks = [t for t in drawn(home) if t.record["type"] == "CLICK"]
    assert clicks
    tight = ClickNear(within=1e-9, inside=True)
    for t in clicks:
        text = f"<think>x</think><action>{t.answer}</action>"
        assert tight.rate(t, comp([1], text=text)) == 1


def test_splits_share_no_task_on_a_screen_and_one_folder(home: Path) -> None:
    sides = [drawn(home, split=split) for split in ("train", "test")]
    seen = [{(t.record["task"], str(t.record["widgets"])) for t in side} for side in sides]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not {t.id for t in sides[0]} & {t.id for t in sides[1]}
    assert len(list((home / "data").glob("gui-train-*"))) == 1


def test_other_apps_are_others(tmp_path: Path) -> None:
    def apps(tasks: list[Task]) -> set[str]:
        return {t.record["app"] for t in tasks} - {""}

    own = PhoneScreens(3).load_tasks(tmp_path)[0]
    assert not apps(own) & apps(PhoneScreens(3, apps="test").load_tasks(tmp_path)[0])


def test_a_clean_teacher_is_right_and_a_slipping_one_is_wrong(home: Path) -> None:
    exact, kind = ActionExact(), ActionType()
    for slip, right in ((0.0, 1.0), (1.0, 0.0)):
        tasks = drawn(home, teacher=ActionTeacher(num=2, slip=slip))
        texts = [(t, text) for t in tasks for text in t.record["demonstrations"]]
        assert all(RegexMatch(FORM)._rated([text]) == [1.0] for _, text in texts[:3])
        found = [exact.rate(t, comp([1], text=text)) for t, text in texts]
        assert set(found) == {right}
        if slip:
            assert any(kind.rate(t, comp([1], text=text)) == 0 for t, text in texts)
    assert drawn(home, teacher=ActionTeacher(slip=0.5)) == drawn(home, teacher=ActionTeacher(slip=0.5))


def test_actions_are_written_without_what_does_not_apply() -> None:
    assert literal({"action": "TYPE", "value": "a", "position": None}) == "{'action': 'TYPE', 'value': 'a'}"


def test_mistakes_are_told(tmp_path: Path) -> None:
    for how, message in (({"split": "L1"}, "PhoneScreens: split is 'L1'"), ({"apps": "all"}, "PhoneScreens: apps")):
        with pytest.raises(RecipeError, match=message):
            PhoneScreens(2, **how)  # type: ignore[arg-type]
    with pytest.raises(MediaError, match="goals must be some of"):
        PhoneScreens(2, goals=("fly",)).load_tasks(tmp_path)
    with pytest.raises(RecipeError, match="slip from 0 to 1"):
        ActionTeacher(slip=2)
    PhoneScreens(1).load_tasks(tmp_path)
    [folder] = (tmp_path / "data").glob("gui-*-1")
    (folder / "records.jsonl").write_text("{")
    with pytest.raises(DataError, match="remove its folder and it is drawn again"):
        PhoneScreens(1).load_tasks(tmp_path)
