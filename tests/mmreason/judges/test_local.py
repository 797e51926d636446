from __future__ import annotations

from typing import Any

import pytest
import torch

from mmreason.asks import JUDGE, POLICY, REFERENCE, Generate, Role, Row, Sampling
from mmreason.errors import RecipeError
from mmreason.judges.asks import LISTENER, Judge, begun
from mmreason.judges.local import LocalJudge, LocalPart
from mmreason.models.loading import TINY
from mmreason.models.plain import plain_logprobs
from mmreason.models.specs import Frozen, Lora, Policy
from mmreason.run import Run
from mmreason.signals import check
from tests.mmreason.fakes import close
from tests.mmreason.models.scene import picture, rows_of, scored
from vision_data.messages import Prompt, assistant, user

PROMPTS: tuple[Prompt, ...] = (
    (user("How many stops?"),),
    (user(picture(0), "\nHow many?"),),
    (user(picture(0), "\nWhich is better?"), assistant('I see.<answer>{"image_1": ')),
)
OPTIONS = ("1", "0", "Line 3")


@pytest.fixture(scope="module")
def run() -> Run:
    """A policy with LoRA, and judges of every kind."""
    run = Run({})
    run.models[POLICY] = Policy(model=TINY, lora=Lora(rank=2)).open(run)
    run.models[REFERENCE] = Frozen().open(run)
    run.models[JUDGE] = LocalJudge(Policy(model=TINY)).open(run)
    run.models[LISTENER] = LocalJudge(Frozen(), role=LISTENER).open(run)
    return run


def judge(run: Run, role: Role = JUDGE) -> LocalPart:
    part = run.models[role]
    assert isinstance(part, LocalPart)
    return part


def test_texts_are_those_that_the_model_generates(run: Run) -> None:
    asked = [Judge(JUDGE, prompt, limit=6) for prompt in PROMPTS[:2]]
    plain = [Generate(JUDGE, prompt, limit=6, sampling=Sampling(temperature=0.0)) for prompt in PROMPTS[:2]]
    found = judge(run).answer([asked[0], plain[0], plain[1], asked[1]])
    assert [found[0].text, found[3].text] == [found[1][0].text, found[2][0].text]
    assert found[0].logprobs == ()


def test_a_reply_that_was_begun_is_gone_on_from(run: Run) -> None:
    [found] = judge(run).answer([Judge(JUDGE, PROMPTS[2], limit=5)])
    assert found.text
    assert not found.text.startswith("I see.")


def test_options_have_the_log_probs_of_the_plain_forward(run: Run) -> None:
    found = judge(run).answer([Judge(JUDGE, prompt, limit=0, options=OPTIONS) for prompt in PROMPTS])
    model = judge(run).model
    for prompt, verdict in zip(PROMPTS, found, strict=True):
        asked, start = begun(prompt)
        ids = [
            model.runner.encoder.tokenizer(text, add_special_tokens=False)["input_ids"] for text in (start, *OPTIONS)
        ]
        before = (torch.tensor(ids[0]),) if start else ()
        rows = [Row(asked, (*before, torch.tensor(option))) for option in ids[1:]]
        with torch.no_grad():
            expected = [float(x_T.sum()) for x_T in plain_logprobs(model.core, model.runner, rows)]
        close(verdict.logprobs, expected, 1e-4)
        assert verdict.text == ""


def test_text_and_options_together(run: Run) -> None:
    both, text, option = judge(run).answer(
        [
            Judge(JUDGE, PROMPTS[1], limit=4, options=OPTIONS),
            Judge(JUDGE, PROMPTS[1], limit=4),
            Judge(JUDGE, PROMPTS[1], limit=0, options=OPTIONS),
        ]
    )
    assert both.text == text.text
    close(both.logprobs, option.logprobs, 1e-5)


def test_a_blank_option_is_refused() -> None:
    with pytest.raises(RecipeError, match="not blank"):
        Judge(JUDGE, PROMPTS[0], limit=0, options=(" ", "1"))


def test_a_listener_under_lora_is_the_policy_s_start_without_a_copy(run: Run) -> None:
    listener, policy = judge(run, LISTENER), run.models[POLICY]
    assert listener.model.core is policy.core
    asked = Judge(LISTENER, PROMPTS[2], limit=0, options=OPTIONS)
    [start], (prompt, _) = listener.answer([asked]), begun(PROMPTS[2])
    torch.cat(scored(policy, rows_of(prompt, [4, 6]))[0]).sum().backward()
    policy.apply()
    [after] = listener.answer([asked])
    close(after.logprobs, start.logprobs, 1e-6)


def test_nothing_of_a_judge_learns(run: Run) -> None:
    part = judge(run)
    assert not any(p.requires_grad for p in part.model.core.parameters())
    assert part.model.optimizer is None
    part.load_state_dict(part.state_dict())
    with pytest.raises(TypeError, match="not a store"):
        part.write([])


def test_another_role_may_judge(run: Run) -> None:
    borrowed = LocalJudge(REFERENCE, role=Role("critic")).open(run)
    assert borrowed.model is run.models[REFERENCE]
    assert borrowed.state_dict() == {}
    [found] = borrowed.answer([Judge(Role("critic"), PROMPTS[0], limit=3)])
    assert found.text


@pytest.mark.parametrize("by", [Role("nobody"), JUDGE])
def test_a_role_that_is_no_model_is_refused(run: Run, by: Role) -> None:
    with pytest.raises(RecipeError, match=f"critic is played by {by.name}, which must be a language model"):
        LocalJudge(by, role=Role("critic")).open(run)


def test_it_is_a_value() -> None:
    spec: Any = LocalJudge(Policy(model=TINY))
    check(spec)
    assert spec == LocalJudge(Policy(model=TINY))
