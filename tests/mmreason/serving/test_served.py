"""Rollouts by a server: the same tokens, pixels and weights on both sides, or a stop with one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, Generate, LogProb, Row, Sampling, Score, Tokenise
from mmreason.errors import CheckError, RecipeError
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.specs import Lora, Policy
from mmreason.run import Run
from mmreason.serving.asking import seen_media, unexpanded
from mmreason.serving.sampler import SAMPLER
from mmreason.serving.served import ServedRollouts
from mmreason.types import Batch
from tests.mmreason.models.scene import clip, picture
from tests.mmreason.serving.vllm_server import Vllm, fine, vllm_server
from vision_data.frames import Uniform
from vision_data.media import Video
from vision_data.messages import Prompt, system, user

ODD = picture(7, 90, 61)
"""Of a size that must be resized."""
TEXT: Prompt = (user("What is 1 + 1?"),)
SEEN: Prompt = (system("Look well."), user(ODD, " and ", picture(2), "\nHow many?"))


@pytest.fixture(scope="module")
def server() -> Iterator[Vllm]:
    with vllm_server() as found:
        yield found


@pytest.fixture
def calm(server: Vllm) -> Iterator[Vllm]:
    """The server without faults, and nothing seen."""
    server.fault = fine
    for seen in (server.paths, server.bodies, server.headers):
        seen.clear()
    server.paused = server.updating = False
    yield server
    server.fault = fine


def opened(server: Vllm, home: Path, lora: Lora | None = None, **how: Any) -> Run:
    run = Run(models={}, home=home)
    run.models[POLICY] = Policy(model=TINY, device="cpu", lora=lora, optim=AdamW(lr=0.02)).open(run)
    spec = ServedRollouts(url=server.url, model="tiny", pause=0.001, **how)
    run.models[SAMPLER] = spec.open(run)
    return run


def ask(prompt: Prompt, num: int = 3, limit: int = 5, seed: int = 1, **how: Any) -> Generate:
    after = how.pop("after", None)
    return Generate(SAMPLER, prompt, after=after, num=num, limit=limit, sampling=Sampling(**how), seed=seed)


def gap(run: Run, prompt: Prompt, completions: list[Any]) -> float:
    """Largest difference between the log-probs that the engine told and the trainer's own."""
    rows = tuple(Row(prompt, (c.tokens,), c.temperature) for c in completions)
    with torch.no_grad():
        found = run.answer([Score(POLICY, rows, (LogProb(),))])[0][LogProb()]
    return max(float((a - c.logprobs)[c.wrote].abs().max()) for a, c in zip(found, completions, strict=True))


def learn(run: Run) -> None:
    """One step of the policy that changes much."""
    row = Row(TEXT, (torch.randint(300, 900, (6,), generator=torch.Generator().manual_seed(0)),))
    run.models[POLICY].answer([Score(POLICY, (row,), (LogProb(),))])[0][LogProb()][0].sum().backward()
    run.models[POLICY].apply()


def test_the_engine_s_log_probs_are_the_trainer_s(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    for prompt in (TEXT, SEEN):
        (found,) = run.answer([ask(prompt)])
        assert gap(run, prompt, found) < 1e-3
        assert len({tuple(c.tokens.tolist()) for c in found}) > 1  # seeds differ
        assert all(c.text == run.models[POLICY].runner.encoder.detokenise(c.tokens.tolist())[0] for c in found)
        (again,) = run.answer([ask(prompt)])
        assert [c.tokens.tolist() for c in again] == [c.tokens.tolist() for c in found]
        (more,) = run.answer([ask(prompt, num=5)])
        assert [c.tokens.tolist() for c in more[:3]] == [c.tokens.tolist() for c in found]


@pytest.mark.parametrize("lora", [None, Lora(rank=4)])
def test_it_samples_with_the_weights_after_each_step(calm: Vllm, tmp_path: Path, lora: Lora | None) -> None:
    run = opened(calm, tmp_path, lora)
    assert calm.version == "0"
    (before,) = run.answer([ask(SEEN, num=1)])
    learn(run)
    assert gap(run, SEEN, before) > 1e-2
    run.models[SAMPLER].after_step(Batch(()))
    assert calm.version == "1"
    (after,) = run.answer([ask(SEEN, num=1)])
    assert gap(run, SEEN, after) < 1e-3
    sent = len(calm.paths)
    run.models[SAMPLER].after_step(Batch(()))  # nothing new, nothing sent
    assert len(calm.paths) == sent
    run.models[SAMPLER].load_state_dict({})
    assert calm.paths[sent:] == ["/pause?mode=wait", *UPDATE, "/resume"]
    assert list((tmp_path / "engine_weights").iterdir()) == []


UPDATE = ["/start_weight_update", "/update_weights", "/finish_weight_update"]


def test_every_setting_is_said(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    calm.bodies.clear()
    run.answer([ask(TEXT, num=1, top_p=0.9, top_k=7, stop=("x",)), ask(SEEN, num=1, temperature=0.0)])
    text, seen = sorted(calm.bodies, key=lambda body: "messages" in body)
    assert text["prompt"] == run.models[POLICY].runner.encode(TEXT).ids.tolist()
    for body in (text, seen):  # what is left out an engine takes from generation_config.json
        assert (body["repetition_penalty"], body["min_p"], body["n"], body["return_token_ids"]) == (1.0, 0.0, 1, True)
        assert set(body["logit_bias"].values()) == {-100.0}
        assert {int(token) for token in body["logit_bias"]} == set(run.models[SAMPLER].encoder.forbidden)
    assert (text["top_p"], text["top_k"], text["stop"], seen["top_k"]) == (0.9, 7, ["x"], -1)
    assert seen["temperature"] == 0.0


def test_stop_texts_and_limits_end_a_completion(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    (one,) = run.answer([ask(TEXT, num=1, limit=4)])
    assert (len(one[0].tokens), one[0].finish) in ((4, "length"), (len(one[0].tokens), "stop"))
    stop = one[0].text[:1]
    (cut,) = run.answer([ask(TEXT, num=1, limit=4, stop=(stop,))])
    assert (cut[0].finish, stop in cut[0].text) == ("stop", True)
    assert cut[0].tokens.tolist() == one[0].tokens.tolist()[: len(cut[0].tokens)]


def test_a_started_answer_is_gone_on_with_token_by_token(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    (start,) = run.answer([Tokenise(POLICY, "<think> 1", end=False, wrote=False)])
    (found,) = run.answer([ask(TEXT, num=2, after=start)])
    for c in found:
        assert c.tokens.tolist()[: len(start.tokens)] == start.tokens.tolist()
        assert c.wrote.tolist() == [False] * len(start.tokens) + [True] * (len(c.tokens) - len(start.tokens))
    assert gap(run, TEXT, found) < 1e-3
    with pytest.raises(RecipeError, match="only where the prompt has no media"):
        run.answer([ask(SEEN, after=start)])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("edit:no_ids", "no token ids with log-probs .* knows return_token_ids"),
        ("edit:short", "tokens with .* log-probs"),
        ("edit:media", "drew the media token 5"),
        ("edit:prompt", "differ from token 0 on: is its chat template"),
        ("edit:pixels", "made 11 media tokens of the prompt's pictures, the trainer 12: their pixel limits differ"),
        ("body:[]", r"the reply is '\[\]'"),
        ("body:nonsense", "after 3 tries: the reply is not JSON"),
        ("status:400", "HTTP 400: told so"),
        ("status:500", "after 3 tries: HTTP 500: told so"),
        ("status:404", "HTTP 404: told so; is this the address of a vLLM server"),
        ("slam", "after 3 tries: no connection"),
    ],
)
def test_what_cannot_be_learned_from_stops_in_one_line(calm: Vllm, tmp_path: Path, fault: str, said: str) -> None:
    run = opened(calm, tmp_path, retries=2)
    calm.fault = lambda number, path, body: fault
    with pytest.raises(CheckError, match=said) as told:
        run.answer([ask(SEEN, num=1, limit=2)])
    assert "\n" not in str(told.value)
    assert calm.url not in said


def test_what_passes_is_tried_again(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    (wanted,) = run.answer([ask(TEXT)])
    tries: Counter[int] = Counter()

    def fails_thrice(number: int, path: str, body: dict[str, Any]) -> str:
        tries[body["seed"]] += 1
        return ("status:503", "slam", "body:{", "")[tries[body["seed"]] - 1]

    calm.fault = fails_thrice
    (found,) = run.answer([ask(TEXT)])
    assert [c.tokens.tolist() for c in found] == [c.tokens.tolist() for c in wanted]
    assert run.models[SAMPLER].engine.wire.retried == 9


def test_a_server_without_weight_transfer_is_told_apart(calm: Vllm, tmp_path: Path) -> None:
    calm.fault = lambda number, path, body: "" if path.startswith("/v1") else "status:404"
    with pytest.raises(CheckError, match="VLLM_SERVER_DEV_MODE=1"):
        opened(calm, tmp_path)


def test_a_failed_update_leaves_no_files(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    learn(run)
    calm.fault = lambda number, path, body: "status:400" if path == "/update_weights" else ""
    with pytest.raises(CheckError, match="/update_weights: HTTP 400"):
        run.models[SAMPLER].after_step(Batch(()))
    assert list((tmp_path / "engine_weights").iterdir()) == []


def test_the_key_travels_and_is_not_shown(calm: Vllm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "s3cret-token")
    run = opened(calm, tmp_path, retries=0)
    assert {h["Authorization"] for h in calm.headers} == {"Bearer s3cret-token"}
    calm.fault = lambda number, path, body: "body:s3cret-token is odd"
    with pytest.raises(CheckError) as told:
        run.answer([ask(TEXT, num=1)])
    assert "s3cret-token" not in str(told.value)


def test_what_an_engine_does_otherwise_is_refused(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    with pytest.raises(RecipeError, match=r"at temperature 1, the rollout samples at 0\.7"):
        run.answer([ask(TEXT, temperature=0.7)])
    with pytest.raises(RecipeError, match="do not fit into the model's context"):
        run.answer([ask(TEXT, limit=10**6)])
    with pytest.raises(RecipeError, match="cannot answer a Score; ask the policy"):
        run.answer([Score(SAMPLER, (), ())])
    processed = opened(calm, tmp_path, raw=False)
    with pytest.raises(RecipeError, match="switch the filters off"):
        processed.answer([ask(TEXT, top_p=0.5)])
    with pytest.raises(RecipeError, match="must stand before it"):
        ServedRollouts(url=calm.url, model="tiny").open(Run(models={}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "node7:8000"}, {"url": "http://me:pw@node7"}, {"url": "http://node7/v1"}, {"sync": "ftp"},
        {"dtype": "int8"}, {"concurrency": 0}, {"seconds": 0}, {"retries": -1}, {"pause": float("nan")},
    ],
)  # fmt: skip
def test_a_spec_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="ServedRollouts"):
        ServedRollouts(**{"url": "http://node7:8000", "model": "m"} | wrong)


def test_pixels_are_sent_as_the_trainer_sees_them(calm: Vllm, tmp_path: Path) -> None:
    run = opened(calm, tmp_path)
    encoder = run.models[SAMPLER].encoder
    film = clip(tmp_path / "film.mp4")
    prompt = (user(ODD, "?", Video(str(film), frames=Uniform(5)), "!"),)
    encoded = encoder.encode(prompt)
    (_, image, _), (kind, frames, rate) = seen_media(prompt, encoded, encoder)
    assert (kind, len(frames), rate > 0) == ("video", 6, True)  # an odd number of frames is filled up
    for number, (shown, span) in enumerate(zip((image, frames), encoded.spans, strict=True)):
        patches = encoder.pixels(prompt, span, number)
        if number == 0:
            made = encoder.processor.image_processor(images=[shown[0].permute(2, 0, 1)], return_tensors="pt")
            assert torch.allclose(made["pixel_values"], patches, atol=1e-6)
            assert tuple(made["image_grid_thw"][0].tolist()) == span.grid
    ids = unexpanded(encoded)
    assert len(ids) == len(encoded) - sum(span.length - 1 for span in encoded.spans)
    assert [ids.count(encoded.ids[span.start]) for span in encoded.spans] == [1, 1]


def test_nccl_goes_through_vllm_s_own_trainer_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import SimpleNamespace

    from mmreason.judges.key import Key
    from mmreason.models.loading import load_model
    from mmreason.serving.transfer import ByNccl
    from mmreason.serving.wire import Wire

    core, sent = load_model(TINY), []

    def trainer_init(init_info: Any, client: Any, source: Any) -> Any:
        told = [(meta.name, meta.dtype, meta.shape) for meta in source.metadata()]
        assert told == [(name, value.dtype, tuple(value.shape)) for name, value in source]  # as it must be
        assert (init_info.world_size, init_info.rank, init_info.master_port) == (3, 0, 29_600)
        assert all(hasattr(client, name) for name in ("start_weight_update", "update_weights", "finish_weight_update"))
        return SimpleNamespace(send_weights=lambda: sent.append(client.version))

    def meta_of(*told: Any) -> Any:
        return SimpleNamespace(name=told[0], dtype=told[1], shape=told[2])

    factory = SimpleNamespace(trainer_init=trainer_init)
    made = {"WeightSource": object, "ParamMeta": meta_of, "WeightTransferTrainerFactory": factory}
    wire = Wire("http://node", "sampler", Key(), 1.0, 0, 0.0, 1)
    transfer = ByNccl(wire, "10.0.0.1", 29_600, torch.bfloat16)
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(RecipeError, match=r"needs vllm 0\.29 or later in the trainer too"):
        transfer.send(core, "0")
    monkeypatch.setattr(wire, "get", lambda path: {"world_size": 2})
    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(__path__=[]))
    monkeypatch.setitem(sys.modules, "vllm.distributed", SimpleNamespace(__path__=[]))
    monkeypatch.setitem(sys.modules, "vllm.distributed.weight_transfer", SimpleNamespace(__path__=[], **made))
    nccl = SimpleNamespace(NCCLTrainerInitInfo=lambda **told: SimpleNamespace(**told))
    monkeypatch.setitem(sys.modules, "vllm.distributed.weight_transfer.nccl_engine", nccl)
    transfer.send(core, "4")
    transfer.send(core, "5")
    assert sent == ["4", "5"]
