"""What the tabs show, without a browser: the list around a sample, steps and pages, exports, what visitors leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmreason.inspector.browse import browse, pick, step, turn
from mmreason.inspector.export import samples_page
from mmreason.inspector.links import Place
from mmreason.inspector.model import InspectorError, Query, SampleKey
from mmreason.inspector.opened import PER_PAGE, Opened
from mmreason.inspector.room import Room
from tests.mmreason.inspector.browser import PNG

NUM = 2 * PER_PAGE + 10


def write(home: Path, num: int = NUM) -> Path:
    """A run with one sample a step; those of even steps are right."""
    (home / "traces").mkdir(parents=True, exist_ok=True)
    (home / "media").mkdir(exist_ok=True)
    (home / "media" / "a.png").write_bytes(PNG)
    lines = [
        {
            "stage": "train", "step": n + 1, "task": f"t{n % 7}", "question": f"How many {'red' if n % 3 else 'blue'}?",
            "media": ["media/a.png"], "answer": "3", "weights": {"accuracy": 1.0},
            "completions": [{"text": "3", "tokens": n, "finish": "stop", "rewards": {"accuracy": float(n % 2)},
                             "total": float(n % 2), "advantage": 0.0, "logprob": -1.0}],
        }
        for n in range(num)
    ]  # fmt: skip
    (home / "traces" / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return home


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Opened([write(tmp_path / "a"), write(tmp_path / "more" / "a")])


def key(run: str, number: int) -> SampleKey:
    return SampleKey(run, "train", number + 1, f"t{number % 7}")


def test_two_folders_of_one_name_have_two_names(runs: Opened) -> None:
    assert list(runs) == ["a", "a (2)"]
    shown = browse(runs, Place("a (2)", at=3))
    assert shown.place.sample == key("a (2)", 3)
    assert "/files/a%20%282%29/media/a.png" in shown.sample


def test_the_list_is_the_page_of_the_sample(runs: Opened) -> None:
    shown = browse(runs, Place("a", at=PER_PAGE + 4))
    assert shown.place.sample == key("a", PER_PAGE + 4)
    assert shown.table.count("data-sample") == PER_PAGE
    assert shown.table.count('aria-current="true"') == 1
    assert f"{PER_PAGE + 5} of {NUM} samples" in shown.status
    assert "page 2 of 3" in shown.status


def test_a_link_without_a_number_finds_its_page(runs: Opened) -> None:
    shown = browse(runs, Place("a", sample=key("a", 2 * PER_PAGE + 1)))
    assert shown.place.at == 2 * PER_PAGE + 1
    assert shown.table.count('aria-current="true"') == 1


def test_a_sample_that_the_search_does_not_find_is_shown_all_the_same(runs: Opened) -> None:
    shown = browse(runs, Place("a", Query(text="blue"), sample=key("a", 1)))
    assert "How many red?" in shown.sample
    assert 'aria-current="true"' not in shown.table


def test_a_sample_that_is_not_there_is_one_line(runs: Opened) -> None:
    shown = browse(runs, Place("a", sample=SampleKey("a", "train", 10**6, "gone")))
    assert "warning" in shown.sample
    assert shown.table.count("data-sample") == PER_PAGE
    assert "no run &#x27;gone&#x27;" in browse(runs, Place("gone")).table.replace("'", "&#x27;")


def test_steps_and_pages_stay_inside(runs: Opened) -> None:
    place = browse(runs, Place("a")).place
    assert step(runs, place, -1) == place
    assert step(runs, place, 1).at == 1
    assert turn(runs, place, -1) == place
    assert turn(runs, place, 1).at == PER_PAGE
    last = browse(runs, Place("a", at=10**6)).place
    assert last.at == NUM - 1
    assert step(runs, last, 1) == last
    assert turn(runs, last, 1) == last
    assert turn(runs, last, -1).at == PER_PAGE
    nothing = browse(runs, Place("a", Query(text="green"))).place
    assert (nothing.at, nothing.sample) == (0, None)
    assert step(runs, nothing, 1) == nothing


def test_a_click_on_a_page_counts_from_that_page(runs: Opened) -> None:
    place = browse(runs, Place("a", at=PER_PAGE)).place
    shown = browse(runs, pick(place, str(key("a", PER_PAGE + 2))))
    assert (shown.place.at, shown.place.sample) == (PER_PAGE + 2, key("a", PER_PAGE + 2))
    with pytest.raises(InspectorError, match="RUN/STAGE/STEP/TASK"):
        pick(place, "<script>")


def test_what_a_run_writes_meanwhile_is_counted(runs: Opened, tmp_path: Path) -> None:
    place = browse(runs, Place("a", at=3)).place
    write(tmp_path / "a", NUM + 5)
    runs["a"].index().refresh()
    again = browse(runs, place).place
    assert (again.total, again.at, again.sample) == (NUM + 5, 3, place.sample)


def test_an_exported_page_holds_its_pictures_and_loads_nothing(runs: Opened) -> None:
    text = samples_page(runs, "a", Query(text="blue"))
    assert "data:image/png;base64," in text
    assert "/files/" not in text
    assert text.count('<section class="sample') == len([n for n in range(NUM) if n % 3 == 0])


def test_a_visitor_has_a_folder_of_his_own_until_he_leaves(runs: Opened, tmp_path: Path) -> None:
    room = Room(runs, None, None, tmp_path / "live")  # type: ignore[arg-type]
    mine, other = room.visitor("secret"), room.visitor("another")
    assert mine != other
    assert room.visitor("secret") == mine
    assert mine not in list(runs)
    assert "secret" not in mine
    (tmp_path / "live" / mine / "traces" / "a.jsonl").write_text("{}")
    room.leave("secret")
    assert not (tmp_path / "live" / mine).exists()
    assert (tmp_path / "live" / other).exists()
    with pytest.raises(InspectorError):
        runs.file(mine, "traces/a.jsonl")
