"""Preference pairs in the formats that people have, and what is said about bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.preference_pairs import PreferencePairs
from mmreason.errors import DataError
from vision_data.media import Image
from vision_data.messages import assistant, media_of, system, user

Write = Callable[..., Path]
ASKED = user("What colour is the sky?")
TURNS = [{"role": "user", "content": "What colour is the sky?"}]
BLUE, GREEN = {"role": "assistant", "content": "Blue."}, {"role": "assistant", "content": "Green."}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    def make(*records: Any) -> Path:
        path = tmp_path / "pairs.jsonl"
        path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in records))
        return path

    return make


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "What colour is the sky?", "chosen": "Blue.", "rejected": "Green."},
        {"prompt": TURNS, "chosen": [BLUE], "rejected": [GREEN]},  # TRL
        {"chosen": [*TURNS, BLUE], "rejected": [*TURNS, GREEN]},  # TRL, implicit prompt
        {"prompt": "What colour is the sky?", "chosen": [*TURNS, BLUE], "rejected": [*TURNS, GREEN]},  # UltraFeedback
        {  # HH
            "chosen": "\n\nHuman: What colour is the sky?\n\nAssistant: Blue.",
            "rejected": "\n\nHuman: What colour is the sky?\n\nAssistant: Green.",
        },
        {  # LLaMA-Factory
            "conversations": [{"from": "human", "value": "What colour is the sky?"}],
            "chosen": {"from": "gpt", "value": "Blue."},
            "rejected": {"from": "gpt", "value": "Green."},
        },
        {"messages": [*TURNS, BLUE], "rejected_response": "Green."},  # ms-swift
        {"input": {"messages": TURNS}, "preferred_output": [BLUE], "non_preferred_output": [GREEN]},  # OpenAI
        {"question": "What colour is the sky?", "chosen": "Blue.", "rejected": "Green."},  # RLAIF-V
    ],
    ids=["ours", "trl", "trl-implicit", "ultrafeedback", "hh", "llama-factory", "ms-swift", "openai", "question"],
)
def test_formats(write: Write, record: dict[str, Any]) -> None:
    (task,), bad = PreferencePairs(write(record)).load()
    assert task.prompt == (ASKED,)
    assert task.record == {"chosen": "Blue.", "rejected": "Green."}
    assert (task.id, bad) == ("pairs-1", [])
    assert task.where.endswith("pairs.jsonl:1")


def test_earlier_turns_and_a_system_message_belong_to_the_prompt(write: Write) -> None:
    talk = "\n\nHuman: Hi.\n\nAssistant: Hello.\n\nHuman: Sky?\n\nAssistant:"
    hh = {"chosen": f"{talk} Blue.", "rejected": f"{talk} Green.", "system": "Be brief.", "score": 3}
    (task,), _ = PreferencePairs(write(hh)).load()
    assert task.prompt == (system("Be brief."), user("Hi."), assistant("Hello."), user("Sky?"))
    assert task.record == {"chosen": "Blue.", "rejected": "Green.", "score": 3}


def test_pictures_take_their_places(write: Write, tmp_path: Path) -> None:
    sides, picture = {"chosen": "1", "rejected": "2"}, Image(str(tmp_path / "a.png"))
    rows = [
        {"prompt": "<image>How many?", "images": ["a.png"], **sides},
        {"question": "How many?", "image": "a.png", **sides},
        {"prompt": [{"role": "user", "content": "<image>How many?"}], "images": ["a.png"], **sides},
        {"prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "?"}]}],
         "images": ["a.png"], "chosen": [{"role": "assistant", "content": [{"type": "text", "text": "1"}]}],
         "rejected": "2"},
    ]  # fmt: skip
    tasks, _ = PreferencePairs(write(*rows)).load()
    assert [media_of(task.prompt) for task in tasks] == [(picture,)] * 4
    assert all(task.record == sides for task in tasks)


BAD = [
    ({"prompt": "x", "chosen": "1"},
     "the record has no 'rejected'; a preference pair needs both (it has 'prompt', 'chosen')"),
    ({"prompt": "x", "rejected": "1"}, "the record has no 'chosen'"),
    ({"prompt": "x", "chosen": "1", "rejected": " 1\n"},
     "'chosen' and 'rejected' are equal ('1'); nothing is preferred"),
    ({"prompt": "x", "chosen": "", "rejected": "1"}, "the answer 'chosen' is empty"),
    ({"chosen": "1", "rejected": "2"}, "there is no prompt: expected 'prompt'"),
    ({"prompt": "x", "chosen": 3, "rejected": "2"}, "'chosen' is a int, expected a text or a list of messages"),
    ({"prompt": "x", "chosen": [TURNS[0]], "rejected": "2"}, "'chosen' ends with a message of 'user'"),
    ({"chosen": [*TURNS, BLUE], "rejected": [{"role": "user", "content": "Sea?"}, GREEN]},
     "'chosen' and 'rejected' differ from message 0 on, before their last one"),
    ({"prompt": "x", "chosen": [{"role": "assistant"}], "rejected": "2"},
     "'chosen', message 0: expected role and content"),
    ({"prompt": "<image>?", "images": ["none.png"], "chosen": "1", "rejected": "2"}, "none.png"),
    ({"prompt": "x", "chosen": [{"role": "assistant", "content": [{"type": "image"}]}], "rejected": "2"},
     "the answer 'chosen' holds more than text"),
    ("{not json", "bad JSON"),
    ("[1]", "the record is a list, expected a JSON object"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "message"), BAD)
def test_a_bad_record_is_told_with_file_and_line(write: Write, record: Any, message: str) -> None:
    good = {"prompt": "x", "chosen": "1", "rejected": "2"}
    path = write(good, record)
    with pytest.raises(DataError) as error:
        PreferencePairs(path).load()
    assert str(error.value).startswith(f"{path}:2: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    tasks, bad = PreferencePairs(path, on_bad_record="skip").load()
    assert ([task.id for task in tasks], [x.where for x in bad]) == (["pairs-1"], [f"{path}:2"])
