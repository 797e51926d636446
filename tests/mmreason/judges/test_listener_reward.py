"""Listener rewards: the paper's numbers, what a listener reads, both orders, nobody there, and a real model."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, Row
from mmreason.credit.group_norm import GroupNorm
from mmreason.data.pair_questions import pair_prompt
from mmreason.errors import CheckError, DataError, RecipeError
from mmreason.judges.asks import LISTENER, Judge, Verdict
from mmreason.judges.listened import Listened
from mmreason.judges.listener_choice import CUE, DECIDER, HearChain, ListenerChoice, both_orders
from mmreason.judges.listener_reward import ListenerReward
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.models.loading import TINY
from mmreason.models.plain import plain_logprobs
from mmreason.models.specs import Frozen, Policy
from mmreason.parsing.decision import decision_text
from mmreason.rewards.base import Term, stream
from mmreason.rewards.decision import DecisionAccuracy, DecisionFormat
from mmreason.run import Run
from mmreason.signals import check, needs, roles
from mmreason.types import Group, Task
from tests.mmreason.fakes import NAN, D, Says, close, comp, group, settled, task
from tests.mmreason.judges.vllm import playing, served
from tests.mmreason.models.scene import picture
from vision_data.messages import media_of, text_of

LOGITS = {"sure": (2.0, 0.0), "unsure": (0.0, 0.0), "against": (-1.0, 1.5), "third": (math.log(0.3), math.log(0.7))}
FIRST, SECOND = decision_text(1), decision_text(2)


def hears(request: Judge) -> Verdict | None:
    """Logits of (picture 1, picture 2) by the chain's only word."""
    word = text_of(request.prompt[-1:]).split()[1]
    return Verdict("", LOGITS[word]) if word in LOGITS else None


def thought(word: str, decision: str) -> Any:
    return comp([1], text=f"<think> {word} </think><answer>{decision}</answer>")


WORKED = group(
    thought("sure", FIRST),
    thought("unsure", FIRST),
    thought("against", SECOND),
    comp([1], text="<think> third </think> and nothing"),
    answer=FIRST,
)


def test_the_cards_group() -> None:
    reward = ListenerReward()
    terms = (
        Term("format", DecisionFormat()),
        Term("accuracy", DecisionAccuracy(), weight=0.5),
        Term("listener", reward, weight=0.5),
    )
    batch = settled([WORKED], *terms, terms=terms, models={LISTENER: Says(hears)})
    [g] = batch.groups
    close(g[reward], [0.880797, 0.5, 0.075858, 0.3])
    total = stream(terms, g, batch)
    close(total, [1.940399, 1.75, 1.037929, 0.15])
    close(GroupNorm(eps=1e-4).one(total), [0.887620, 0.653162, -0.223689, -1.317093])


def test_the_right_picture_counts_not_the_first() -> None:
    g = Group(task(answer=SECOND), WORKED.completions)
    batch = settled([g], ListenerReward(), models={LISTENER: Says(hears)})
    close(batch.groups[0][ListenerReward()], [1 - 0.880797, 0.5, 1 - 0.075858, 0.7])


def test_without_a_chain_nobody_is_asked() -> None:
    silent = [f"<answer>{FIRST}</answer>", "<think> never ends", f"<think> </think><answer>{FIRST}</answer>", ""]
    listener = Says(hears)
    g = group(thought("sure", FIRST), *(comp([1], text=text) for text in silent), answer=FIRST)
    half = ListenerReward(silent=0.5)
    batch = settled([g], ListenerReward(), half, models={LISTENER: listener})
    close(batch.groups[0][ListenerReward()], [0.880797, 0, 0, 0, 0])
    close(batch.groups[0][half], [0.880797, 0.5, 0.5, 0.5, 0.5])
    assert (listener.asked, listener.calls) == (1, 1), "both rewards share the one request"


def test_what_nobody_answered_is_missing_and_so_is_what_has_no_gold() -> None:
    g = group(thought("nobody", FIRST), thought("sure", FIRST), answer=FIRST)
    close(settled([g], ListenerReward(), models={LISTENER: Says(hears)}).groups[0][ListenerReward()], [NAN, 0.880797])
    g = group(thought("sure", FIRST), comp([1], text=""))
    close(settled([g], ListenerReward(), models={LISTENER: Says(hears)}).groups[0][ListenerReward()], [NAN, NAN])
    g = group(thought("sure", FIRST), answer="image 1")
    close(settled([g], ListenerReward(), models={LISTENER: Says(hears)}).groups[0][ListenerReward()], [NAN])


# What is read


PAIR = pair_prompt(picture(0), picture(1), "two red mugs")


def pair() -> Task:
    return Task(id="p", prompt=PAIR, answer=FIRST)


CHAIN = comp([1], text=f"<think> image 1 fits. So image 1. </think> Thus <answer>{SECOND}</answer>")


def test_a_listener_reads_question_pictures_and_chain_and_never_the_decision() -> None:
    asked = HearChain()(pair(), CHAIN)
    assert asked is not None
    assert asked[:-1] == pair().prompt
    assert asked[-1].role == "assistant"
    assert text_of(asked[-1:]) == '<think> image 1 fits. So image 1. </think><answer>{"image_1": '


def test_a_decision_smuggled_into_the_thought_is_cut() -> None:
    c = comp([1], text=f"<think> image 1 fits. <answer>{FIRST}</answer> </think><answer>{FIRST}</answer>")
    asked = HearChain()(pair(), c)
    assert asked is not None
    assert text_of(asked[-1:]) == f"<think> image 1 fits. </think>{CUE}"


def test_turned_the_pictures_and_their_names_change_places() -> None:
    asked = HearChain(turned=True)(pair(), CHAIN)
    assert asked is not None
    assert media_of(asked) == media_of(pair().prompt)[::-1]
    assert text_of(asked[:-1]) == text_of(pair().prompt)
    assert text_of(asked[-1:]) == f"<think> image 2 fits. So image 2. </think>{CUE}"


def test_both_orders_are_averaged() -> None:
    def biased(request: Judge) -> Verdict:
        """Log-probs of a listener who gives 0.3 more to whatever is shown first."""
        first = 0.5 if "image 1 fits" in text_of(request.prompt[-1:]) else 0.3
        return Verdict("", (math.log(first + 0.3), math.log(0.7 - first)))

    g = Group(pair(), (CHAIN,))
    given, both = ListenerReward(), ListenerReward(both_orders())
    batch = settled([g], given, both, models={LISTENER: Says(biased)})
    close(batch.groups[0][given], [0.8])
    close(batch.groups[0][both], [(0.8 + 0.4) / 2])
    assert len(needs(both)) == 4


def test_one_order_twice_is_refused() -> None:
    for first, other in ((False, False), (True, True)):
        with pytest.raises(RecipeError, match="must read the other order"):
            ListenerChoice(Listened(HearChain(turned=first)), Listened(HearChain(turned=other)))
    with pytest.raises(DataError, match="two pictures"):
        HearChain(turned=True)(task(answer=FIRST), CHAIN)


def test_parts_are_plain_values() -> None:
    for part in (ListenerReward(), ListenerReward(both_orders(DECIDER)), HearChain(turned=True)):
        check(part)
    assert roles(ListenerReward(both_orders(DECIDER))) == {DECIDER}


# Real listeners


@pytest.fixture(scope="module")
def run() -> Run:
    run = Run({})
    run.models[POLICY] = Policy(model=TINY, device="cpu").open(run)
    run.models[LISTENER] = LocalJudge(Frozen(), role=LISTENER).open(run)
    run.models[DECIDER] = LocalJudge(POLICY, role=DECIDER).open(run)
    return run


def test_a_frozen_copy_listens_and_the_policy_to_itself(run: Run) -> None:
    own = ListenerReward(ListenerChoice(Listened(HearChain(), by=DECIDER)))
    g = Group(pair(), (CHAIN, comp([1], text="<think> no </think>")))
    [found] = settled([g], ListenerReward(), own, models={r: playing(part) for r, part in run.models.items()}).groups
    assert found[own].dtype == D
    close(found[own], found[ListenerReward()], 1e-5)
    part: Any = run.models[DECIDER]
    core, runner = part.model.core, part.model.runner
    start, *ids = (
        torch.tensor(runner.encoder.tokenizer(text, add_special_tokens=False)["input_ids"])
        for text in (f"<think> image 1 fits. So image 1. </think>{CUE}", "1", "0")
    )
    with torch.no_grad():
        one, two = (float(x_T.sum()) for x_T in plain_logprobs(core, runner, [Row(PAIR, (start, i)) for i in ids]))
    close(found[own][0], 1 / (1 + math.exp(two - one)), 1e-4)
    assert found[own][0] != found[own][1]


def test_through_a_server() -> None:
    with served() as vllm:
        spec = OpenAIServer(url=vllm.url, model="m", role=LISTENER, cache=None)
        g = Group(pair(), (CHAIN,))
        batch = settled([g], ListenerReward(), models={LISTENER: playing(spec.open(Run({})))})
        close(batch.groups[0][ListenerReward()], [0.7 / 0.85])
        [body] = vllm.bodies
        assert [part["type"] for part in body["messages"][0]["content"]].count("image_url") == 2
        assert body["messages"][-1]["content"].endswith('</think><answer>{"image_1": ')
        assert SECOND not in str(body["messages"][-1])
    with served(lambda number, body: "ignores") as vllm:
        spec = OpenAIServer(url=vllm.url, model="m", role=LISTENER, cache=None, pause=0.01)
        part = playing(spec.open(Run({})))
        with pytest.raises(CheckError, match="ignores"):
            settled([Group(pair(), (CHAIN,))], ListenerReward(), models={LISTENER: part})
