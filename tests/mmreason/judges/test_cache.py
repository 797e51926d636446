from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmreason.judges.cache import ReplyCache, key_of
from mmreason.judges.replies import Reply

REPLY = Reply("{score: 1}", (-0.5, float("-inf"), float("nan")), 10, 3)


def size(home: Path) -> int:
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file())


def test_what_was_put_is_there(tmp_path: Path) -> None:
    cache, key = ReplyCache(tmp_path / "kept", 1 << 20), key_of("a", {"b": [1, None]})
    assert cache.get(key) is None
    cache.put(key, REPLY)
    assert repr(ReplyCache(tmp_path / "kept", 1).get(key)) == repr(REPLY)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{key}.json"]


def test_keys_depend_on_content_alone() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert len({key_of("ab", "c"), key_of("a", "bc"), key_of("abc"), key_of(["ab", "c"])}) == 4


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"text": 1}', '{"text": "a"}', '{"text": "a", "logprobs": ["x"], "prompt_tokens": 1}', "\xff"],
)
def test_a_damaged_file_is_not_there(content: str, tmp_path: Path) -> None:
    cache, key = ReplyCache(tmp_path, 1 << 20), key_of("a")
    cache.path(key).parent.mkdir()
    cache.path(key).write_bytes(content.encode("latin-1"))
    assert cache.get(key) is None
    cache.put(key, REPLY)
    assert cache.get(key) is not None


def test_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    cache, keys = ReplyCache(tmp_path, 4000), [key_of(i) for i in range(100)]
    for i, key in enumerate(keys):
        cache.put(key, Reply("x" * 100))
        os.utime(cache.path(key), ns=(i * 10**9, i * 10**9))
        assert size(tmp_path) <= 4000 * 17 // 16 + 200
        assert cache.get(keys[0]) is not None, "it is in use"
    assert cache.get(keys[1]) is None
    assert cache.get(keys[-1]) is not None


def test_a_disk_that_refuses_costs_the_cache_and_not_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "kept").write_text("a file where a folder should be")
    cache = ReplyCache(tmp_path / "kept", 1 << 20)
    cache.put(key_of(1), REPLY)
    cache.put(key_of(2), REPLY)
    assert cache.get(key_of(1)) is None
    [line] = [record.getMessage() for record in caplog.records]
    assert "replies are no longer kept" in line


PROGRAM = """
import sys
from pathlib import Path
from mmreason.judges.cache import ReplyCache, key_of
from mmreason.judges.replies import Reply
cache = ReplyCache(Path(sys.argv[1]), 20_000)
for turn in range(3):
    for i in range(120):
        found = cache.get(key_of(i))
        assert found is None or found == Reply(str(i) * 50), found
        cache.put(key_of(i), Reply(str(i) * 50))
"""


def test_processes_share_it(tmp_path: Path) -> None:
    """All write and read the same keys while old ones are removed: nobody sees half a reply, nobody stops."""
    workers = [subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)]) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert size(tmp_path) <= 20_000 * 5 // 4
    assert not list(tmp_path.rglob(".unfinished-*"))
    for path in tmp_path.rglob("*.json"):
        assert set(json.loads(path.read_text())) == {"text", "logprobs", "prompt_tokens", "reply_tokens"}
