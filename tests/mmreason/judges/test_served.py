"""A server asked for real, on loopback, with everything going wrong that goes wrong with servers."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import JUDGE, Generate, Sampling, Score
from mmreason.errors import CheckError, RecipeError
from mmreason.judges.asks import Judge, Verdict
from mmreason.judges.sending import backoff, retry_after
from mmreason.judges.served import Served
from mmreason.judges.server import OpenAIServer
from mmreason.run import Run
from tests.mmreason.fakes import close
from tests.mmreason.judges.vllm import FIRST, fine, nobody, option_logprob, served
from tests.mmreason.runs.world import PNG
from vision_data.media import Image, Video
from vision_data.messages import assistant, system, user

KEY = "sk-secret-0123456789"


def spec(url: str, **fields: Any) -> OpenAIServer:
    return OpenAIServer(**({"url": url, "model": "m", "cache": None, "pause": 0.002, "seconds": 30.0} | fields))


def part(url: str, home: Path = Path(), **fields: Any) -> Served:
    return spec(url, **fields).open(Run({}, home=home))


def ask(text: str = "hello", **fields: Any) -> Judge:
    return Judge(JUDGE, (user(text),), **fields)


def many(num: int) -> list[Judge]:
    return [ask(f"question {i}") for i in range(num)]


def texts(replies: Sequence[Verdict | None]) -> list[str | None]:
    return [None if reply is None else reply.text for reply in replies]


def echo(body: dict[str, Any]) -> str:
    return f"you said {body['messages'][-1]['content']}"


def test_replies_come_in_order_and_are_counted() -> None:
    with served(says=echo) as vllm:
        judge = part(vllm.url, concurrency=3, price=(2.0, 10.0))
        assert texts(judge.answer(many(9))) == [f"you said question {i}" for i in range(9)]
        assert vllm.most <= 3
    assert vllm.bodies[0]["max_tokens"] == 64
    counts = judge.ledger.snapshot()
    assert counts["judge/requests"] == 9
    assert counts["judge/prompt_tokens"] == 9 * len("question 0")
    assert counts["judge/reply_tokens"] == 9 * len("you said question 0")
    assert counts["judge/microdollars"] == 2 * 9 * 10 + 10 * 9 * 19
    assert counts["seconds/judge"] > 0
    assert counts["seconds/judge_latency"] > 0
    assert "judge/failed" not in counts


def test_requests_run_together() -> None:
    with served(lambda number, body: "slow:0.2") as vllm:
        began = time.monotonic()
        assert None not in part(vllm.url, concurrency=8).answer(many(8))
        assert time.monotonic() - began < 8 * 0.2
        assert vllm.most > 1


def test_equal_questions_are_sent_once() -> None:
    with served() as vllm:
        assert texts(part(vllm.url).answer([ask(), ask(), ask("other")])) == ["{score: 0.5}"] * 3
        assert len(vllm.bodies) == 2


PERSISTENT = {
    "status:500": "http_500",
    "status:503:0.01": "http_503",
    "status:400": "http_400",
    "slow:1.5": "timeout",
    "drip": "timeout",
    "cut": "cut",
    "slam": "cut",
    "huge": "large",
    "body:": "json",
    "body:<html>502 Bad Gateway</html>": "json",
    'body:{"choices": [': "json",
    "body:" + "[" * 100_000: "json",
    'body:{"choices": []}': "empty",
    'body:{"choices": [{"message": {"content": null}}]}': "empty",
    "body:[]": "schema",
    "body:null": "schema",
    'body:{"choices": {}}': "schema",
    'body:{"choices": ["hello"]}': "schema",
    'body:{"choices": [{"message": "hello"}]}': "schema",
    'body:{"choices": [{"message": {"content": 7}}]}': "schema",
    'body:{"error": "model overloaded"}': "schema",
}


@pytest.mark.parametrize(("fault", "reason"), PERSISTENT.items(), ids=lambda text: text[:40])
def test_what_always_fails_is_missing_and_counted(fault: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """One of three questions is never answered; the others are."""

    def fails(number: int, body: dict[str, Any]) -> str:
        return fault if "question 1" in str(body) else ""

    with served(fails) as vllm, caplog.at_level(logging.WARNING):
        judge = part(vllm.url, seconds=0.4 if reason == "timeout" else 30.0, retries=2, reply_bytes=150_000)
        found = judge.answer(many(3))
        tried = sum("question 1" in str(body) for body in vllm.bodies)
    assert texts(found) == ["{score: 0.5}", None, "{score: 0.5}"]
    assert tried == (1 if reason in ("large", "http_400") else 3)
    assert judge.ledger.counts["judge/failed"] == judge.ledger.counts[f"judge/failed/{reason}"] == 1
    assert judge.ledger.counts["judge/retries"] == tried - 1
    [line] = [record.getMessage() for record in caplog.records]
    assert "1 of 3 requests were not answered and are missing" in line
    assert reason in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "fault", [f for f, r in PERSISTENT.items() if r not in ("large", "http_400")], ids=lambda f: f[:40]
)
def test_what_fails_once_is_tried_again(fault: str) -> None:
    with served(lambda number, body: fault if number == 0 else "") as vllm:
        judge = part(vllm.url, seconds=0.5 if fault in ("slow:1.5", "drip") else 30.0)
        assert texts(judge.answer([ask()])) == ["{score: 0.5}"]
        assert len(vllm.bodies) == 2
    assert judge.ledger.counts["judge/retries"] == 1
    assert "judge/failed" not in judge.ledger.counts


def test_nobody_there_gives_up_soon() -> None:
    judge = part(nobody(), retries=1, give_up=4, concurrency=2)
    assert judge.answer(many(40)) == [None] * 40
    counts = judge.ledger.counts
    assert counts["judge/failed"] == 40
    assert counts["judge/failed/refused"] <= 6
    assert counts["judge/failed/given_up"] + counts["judge/failed/refused"] == 40


def test_a_server_that_dies_later_is_given_no_rest_of_the_call_up() -> None:
    """Once something has worked, every question has its tries."""
    with served(lambda number, body: "status:500" if number else "") as vllm:
        judge = part(vllm.url, retries=0, give_up=2, concurrency=1)
        assert [reply is None for reply in judge.answer(many(6))] == [False] + [True] * 5
    assert "judge/failed/given_up" not in judge.ledger.counts


def test_retry_after_is_honoured_by_all() -> None:
    with served(lambda number, body: "status:429:0.3" if number == 0 else "") as vllm:
        assert None not in part(vllm.url, concurrency=1).answer(many(2))
        assert vllm.times[1] - vllm.times[0] >= 0.3


def test_a_wait_that_is_too_long_is_missing() -> None:
    with served(lambda number, body: "status:429:3600") as vllm:
        judge = part(vllm.url)
        assert judge.answer([ask()]) == [None]
        assert len(vllm.bodies) == 1
    assert judge.ledger.counts["judge/failed/http_429"] == 1


def test_waits() -> None:
    assert retry_after("7") == 7.0
    assert retry_after("-7") == 0.0
    assert retry_after("nan") is None
    assert retry_after("") is None
    assert (retry_after("Fri, 01 Jan 2100 00:00:00 GMT") or 0) > 1e9
    assert [backoff(1.0, 3, seed) == backoff(1.0, 3, seed) for seed in range(3)] == [True] * 3
    assert all(4.0 <= backoff(1.0, 3, seed) <= 8.0 for seed in range(50))
    assert backoff(1.0, 3, 1) != backoff(1.0, 3, 2)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("status:401", "no key was sent: OPENAI_API_KEY is not set"),
        ("status:404", "is there a model 'm'"),
        ("status:422", "does not know a field"),
        ("status:307", "give the address of the server itself"),
    ],
)
def test_what_can_never_work_stops_the_run(fault: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with served(lambda number, body: fault) as vllm, pytest.raises(CheckError, match=says) as stopped:
        part(vllm.url).answer(many(20))
    assert "told so" in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert len(vllm.bodies) <= 8


def test_what_has_worked_before_is_missing_instead() -> None:
    with served(lambda number, body: "status:404" if number else "") as vllm:
        judge = part(vllm.url, concurrency=1)
        assert [reply is None for reply in judge.answer(many(2))] == [False, True]
    assert judge.ledger.counts["judge/failed/http_404"] == 1


OPTIONS = ("1", "0")


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_options_are_read_from_the_first_token(api: Any) -> None:
    with served() as vllm:
        [found] = part(vllm.url, api=api).answer([ask(options=OPTIONS, limit=0)])
    p = [2.718281828459045 ** FIRST[token] for token in FIRST]
    assert found is not None
    close([2.718281828459045**x for x in found.logprobs], [p[0] + p[2], p[1]])
    assert vllm.bodies[0]["max_tokens"] == 1


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_options_are_scored_at_the_end_of_the_prompt(api: Any) -> None:
    options = ('{"a": 1}', '{"a": 0}')
    asked = Judge(JUDGE, (user("Which?"), assistant("I say ")), limit=0, options=options)
    with served() as vllm:
        [found] = part(vllm.url, api=api, logprobs="prompt").answer([asked])
    assert found is not None
    close(found.logprobs, [option_logprob(option) for option in options])
    assert len(vllm.bodies) == 2
    if api == "chat":
        assert vllm.bodies[0]["messages"][-1]["content"].startswith('I say {"a"')
        assert vllm.bodies[0]["continue_final_message"] is True
        assert vllm.bodies[0]["add_generation_prompt"] is False


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_text_and_options_together(api: Any) -> None:
    with served() as vllm:
        for logprobs in ("first", "prompt"):
            [found] = part(vllm.url, api=api, logprobs=logprobs).answer([ask(options=OPTIONS)])
            assert found is not None
            assert found.text == "{score: 0.5}"
            assert len(found.logprobs) == 2


@pytest.mark.parametrize("logprobs", ["first", "prompt"])
@pytest.mark.parametrize("api", ["chat", "completions"])
def test_a_server_that_ignores_logprobs_stops_the_run(api: Any, logprobs: Any) -> None:
    with served(lambda number, body: "ignores") as vllm:
        judge = part(vllm.url, api=api, logprobs=logprobs)
        assert None not in judge.answer(many(3)) or api == "completions"
        with pytest.raises(CheckError, match="the server ignores the request for log-probs") as stopped:
            judge.answer([ask(f"listen {i}", options=OPTIONS, limit=0) for i in range(9)])
    assert "\n" not in str(stopped.value)
    assert "LocalJudge" in str(stopped.value)


def test_logprobs_that_are_missing_once_are_missing() -> None:
    with served(lambda number, body: "ignores" if "listen 1" in str(body) else "") as vllm:
        judge = part(vllm.url, concurrency=1)
        found = judge.answer([ask(f"listen {i}", options=OPTIONS, limit=0) for i in range(3)])
    assert [reply is None for reply in found] == [False, True, False]
    assert judge.ledger.counts["judge/failed/logprobs"] == 1


def test_pictures_are_sent_as_data_uris() -> None:
    picture = Image(PNG, max_pixels=784)
    with served() as vllm:
        part(vllm.url).answer([Judge(JUDGE, (system("Look."), user("a", picture, "b", picture)))])
    head, tail = vllm.bodies[0]["messages"]
    assert head == {"role": "system", "content": "Look."}
    kinds = [piece["type"] for piece in tail["content"]]
    assert kinds == ["text", "image_url", "text", "image_url"]
    address = tail["content"][1]["image_url"]["url"]
    assert address.startswith("data:image/png;base64,")
    assert base64.b64decode(address.partition(",")[2]).startswith(b"\x89PNG")


def test_a_video_is_sent_as_its_frames() -> None:
    frame = "data:image/png;base64," + base64.b64encode(PNG).decode()
    with served() as vllm:
        part(vllm.url).answer([Judge(JUDGE, (user(Video((frame, frame, frame))),))])
    assert [piece["type"] for piece in vllm.bodies[0]["messages"][0]["content"]] == ["image_url"] * 3


def test_pictures_have_no_place_in_a_bare_text_nor_in_the_beginning_of_a_reply() -> None:
    from vision_data.messages import Message

    with pytest.raises(RecipeError, match="a bare text"):
        part(nobody(), api="completions").answer([Judge(JUDGE, (user("a", Image(PNG)),))])
    with pytest.raises(RecipeError, match="the beginning of a reply"):
        part(nobody()).answer([Judge(JUDGE, (user("a"), Message("assistant", ("b", Image(PNG)))))])


EXTRA = (
    ("reasoning_effort", "low"),
    ("top_k", None),
    ("chat_template_kwargs", (("enable_thinking", False), ("stops", (1, 2)))),
)


def test_settings_reach_the_body() -> None:
    how = Sampling(temperature=0.7, top_p=0.9, top_k=5, stop=("END",))
    with served() as vllm:
        judge = part(vllm.url, limit_key="max_completion_tokens", extra=EXTRA)
        judge.answer([ask(sampling=how, seed=2**63 - 1, limit=9)])
        judge.answer([ask()])
    drawn, greedy = vllm.bodies
    assert drawn["max_completion_tokens"] == 9
    assert (drawn["temperature"], drawn["top_p"], drawn["stop"]) == (0.7, 0.9, ["END"])
    assert drawn["reasoning_effort"] == "low"
    assert "top_k" not in drawn
    assert drawn["chat_template_kwargs"] == {"enable_thinking": False, "stops": [1, 2]}
    assert 0 <= drawn["seed"] < 2**31
    assert "seed" not in greedy
    assert "max_tokens" not in drawn


def test_generate_gives_texts_without_tokens() -> None:
    with served() as vllm:
        judge = part(vllm.url)
        [found] = judge.answer([Generate(JUDGE, (user("x"),), num=2, seed=3, sampling=Sampling())])
        assert [c.text for c in found] == ["{score: 0.5}"] * 2
        assert [len(c.tokens) for c in found] == [0, 0]
        assert {body["seed"] for body in vllm.bodies} == {3, 4}
        with pytest.raises(RecipeError, match="a server, which cannot go on from tokens"):
            judge.answer([Generate(JUDGE, (user("x"),), after=found[0])])
        with pytest.raises(RecipeError, match="cannot answer a Score"):
            judge.answer([Score(JUDGE)])


def test_nothing_is_asked_without_requests() -> None:
    assert part(nobody()).answer([]) == []


def test_it_works_inside_a_running_loop() -> None:
    async def notebook(url: str) -> list[Any]:
        return part(url).answer([ask()])

    with served() as vllm:
        assert texts(asyncio.run(notebook(vllm.url))) == ["{score: 0.5}"]


def test_a_lone_surrogate_in_a_reply_can_be_written_down() -> None:
    bad = json.dumps({"choices": [{"message": {"content": "a\ud800b"}}]})
    with served(lambda number, body: f"body:{bad}") as vllm:
        [found] = part(vllm.url).answer([ask()])
    assert found.text.encode() == b"a?b"


def test_the_cache_answers_what_was_asked_before(tmp_path: Path) -> None:
    with served() as vllm:
        first = part(vllm.url, tmp_path, cache="kept")
        found = first.answer([*many(3), ask("x", options=OPTIONS, limit=0)])
        again = part(vllm.url, tmp_path, cache="kept")
        assert again.answer([*many(3), ask("x", options=OPTIONS, limit=0)]) == found
        assert len(vllm.bodies) == 4
        assert again.ledger.counts["judge/cached"] == 4
        other = part(vllm.url, tmp_path, cache="kept", model="n")
        other.answer(many(1))
        other.answer([ask("question 0", seed=1, sampling=Sampling(temperature=1.0))])
        assert len(vllm.bodies) == 6
    assert part(nobody(), tmp_path, cache="kept", retries=0).answer(many(1)) == [None]


def test_failures_are_not_kept(tmp_path: Path) -> None:
    with served(lambda number, body: "status:500" if number == 0 else "") as vllm:
        assert part(vllm.url, tmp_path, cache="kept", retries=0).answer([ask()]) == [None]
        assert texts(part(vllm.url, tmp_path, cache="kept").answer([ask()])) == ["{score: 0.5}"]


def everything_below(home: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize("fault", ["", "echo_key:500", "echo_key:400", "echo_key:401"])
def test_the_key_is_sent_and_shown_nowhere(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")

    def tells(body: dict[str, Any]) -> str:
        return f"your key is {KEY}"

    with served(lambda number, body: fault, says=tells) as vllm, caplog.at_level(logging.DEBUG):
        judge = part(vllm.url, tmp_path, cache="kept", retries=1)
        shown = [repr(judge), repr(judge.key), repr(vars(judge)), repr(judge.server), str(judge.state_dict())]
        try:
            shown.append(repr(judge.answer([ask()])))
        except CheckError as error:
            shown.append(f"{error!r} {error} {error.__context__!r} {error.__cause__!r}")
        assert vllm.headers[0]["Authorization"] == f"Bearer {KEY}"
    text = "\n".join([*shown, caplog.text, everything_below(tmp_path)])
    assert "secret" not in text
    if fault in ("", "echo_key:401"):
        assert "[key]" in text


def test_no_key_is_sent_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with served() as vllm:
        part(vllm.url, key_env=None).answer([ask()])
        part(vllm.url, key_env="NO_SUCH_VARIABLE").answer([ask()])
    assert all("Authorization" not in headers for headers in vllm.headers)


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody().removesuffix("/v1"))
    with served() as vllm:
        assert texts(part(vllm.url).answer([ask()])) == ["{score: 0.5}"]


def test_a_redirect_does_not_take_the_key_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with served() as other, served(lambda number, body: "status:307") as vllm:
        with pytest.raises(CheckError, match="HTTP 307"):
            part(vllm.url).answer([ask()])
        assert other.bodies == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"url": "localhost:8000"}, "expected one such as"),
    ({"url": "http://"}, "expected one such as"),
    ({"url": "http://h:99999999/v1"}, "expected one such as"),
    ({"url": f"https://u:{KEY}@h/v1"}, "keys come from the environment"),
    ({"url": f"https://h/v1?api-key={KEY}"}, "keys come from the environment"),
    ({"api": "responses"}, "api is chat or completions"),
    ({"logprobs": "all"}, "logprobs is first or prompt"),
    ({"extra": {"a": 1}}, "expected pairs"),
    ({"extra": (("a",),)}, "expected pairs"),
    ({"concurrency": 0}, "concurrency must be at least 1"),
    ({"seconds": 0}, "seconds must be"),
    ({"retries": -1}, "retries must be"),
    ({"pause": float("nan")}, "pause must be"),
]


@pytest.mark.parametrize(("fields", "says"), BAD)
def test_what_cannot_be_asked_is_refused_in_one_line(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(RecipeError, match=says) as refused:
        OpenAIServer(**({"url": "http://localhost/v1", "model": "m"} | fields))
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_common_key_does_not_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NODE_KEY", KEY)
    with pytest.raises(RecipeError, match="unencrypted") as refused:
        part("http://node7:8000/v1")
    assert "secret" not in str(refused.value)
    for fine_one in (
        spec("https://api.example.com/v1"),
        spec("http://node7:8000/v1", key_env=None),
        spec("http://node7:8000/v1", key_env="NODE_KEY"),
        spec("http://localhost:8000/v1"),
    ):
        fine_one.open(Run({}))


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "clé"])
def test_a_key_that_is_none_is_refused_without_showing_it(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(RecipeError, match="the key in OPENAI_API_KEY") as refused:
        part("https://h/v1")
    assert value not in str(refused.value)


def test_addresses() -> None:
    assert spec("http://localhost:8000").base == "http://localhost:8000/v1"
    assert spec("http://localhost:8000/").base == "http://localhost:8000/v1"
    assert spec("https://h/openai/v1/").base == "https://h/openai/v1"
    assert replace(spec("http://[::1]:80/v1")).is_local
    assert not spec("http://localhost.example.com/v1").is_local


def test_it_is_a_part_that_remembers_nothing() -> None:
    judge = part(nobody())
    assert judge.state_dict() == {}
    judge.load_state_dict({})
    with pytest.raises(TypeError, match="not a store"):
        judge.write([])
    handles: Callable[[int, dict[str, Any]], str] = fine
    assert handles(0, {}) == ""
