from __future__ import annotations

import math
from typing import Any

import pytest

from mmreason.errors import CheckError, RecipeError
from mmreason.judges.asks import LISTENER, Judge, Verdict
from mmreason.judges.listened import Listened
from mmreason.judges.server import OpenAIServer
from mmreason.run import Run
from mmreason.signals import check
from mmreason.types import Completion, Task
from tests.mmreason.fakes import NAN, Says, close, comp, group, settled
from tests.mmreason.judges.vllm import option_logprob, playing, served
from vision_data.messages import Prompt, assistant, text_of, user


def chain(task: Task, completion: Completion) -> Prompt | None:
    """The question, the chain, and the answer up to the token that decides."""
    return (user("Which?"), assistant(f'{completion.text}<answer>{{"image_1": ')) if completion.text else None


PROBE = Listened(chain)


def hears(request: Judge) -> Verdict | None:
    logits = {"sure": (2.0, 0.0), "unsure": (0.0, 0.0), "against": (-1.0, 1.5), "lost": (NAN, NAN)}
    word = text_of(request.prompt[-1:]).partition("<")[0]
    return Verdict("", logits[word]) if word in logits else None


def test_the_cards_worked_numbers() -> None:
    g = group(*(comp([1], text=text) for text in ("sure", "unsure", "against", "lost", "nobody", "")))
    batch = settled([g], PROBE, models={LISTENER: Says(hears)})
    close(batch.groups[0][PROBE], [0.880797, 0.5, 0.075858, NAN, NAN, NAN])


def listened(url: str, **fields: Any) -> Any:
    spec = OpenAIServer(url=url, model="m", role=LISTENER, cache=None, pause=0.01, **fields)
    g = group(comp([1], text="a"), comp([1], text="a"))
    return settled([g], PROBE, models={LISTENER: playing(spec.open(Run({})))}).groups[0][PROBE]


def test_through_a_server() -> None:
    with served() as vllm:
        close(listened(vllm.url), [0.7 / 0.85] * 2)
        gap = option_logprob("0") - option_logprob("1")
        close(listened(vllm.url, logprobs="prompt"), [1 / (1 + math.exp(gap))] * 2)
        assert vllm.bodies[0]["messages"][-1] == {"role": "assistant", "content": 'a<answer>{"image_1": '}


def test_a_server_that_ignores_logprobs_stops_the_run() -> None:
    with served(lambda number, body: "ignores") as vllm, pytest.raises(CheckError, match=r"listener at .* ignores"):
        listened(vllm.url)


def test_a_server_that_fails_is_missing() -> None:
    with served(lambda number, body: "status:500") as vllm:
        close(listened(vllm.url, retries=0), [NAN, NAN])


def test_options_are_two() -> None:
    check(PROBE)
    for options in ((), ("1",), ("1", "1 "), ("1", ""), "10", ("1", "0", "2")):
        with pytest.raises(RecipeError, match="expected a tuple of two different texts"):
            Listened(chain, options)  # type: ignore[arg-type]
