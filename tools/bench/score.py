"""The scoring service: what a step's probes ask of one model, in one call, against one plain forward per row."""

from __future__ import annotations

import torch
from torch import Tensor

from mmreason.asks import POLICY, Entropy, LogProb, Row, Score
from mmreason.models.plain import plain_logprobs
from tools.bench.cases import Case
from tools.bench.measure import Result, compare
from tools.bench.ours import Ours, rows


def score(case: Case, rounds: int) -> Result:
    """Log-probs and entropies of all completions, and of two short answers after each of them.

    That is what a step asks with a KL term, an entropy bonus and an answer-likelihood reward with a decoy. The plain
    side computes the log-probs only.

    Raises:
        Disagree: log-probs are not equal.
    """
    ours = Ours(case)
    asked, every = [], []
    for task, ids in zip(case.tasks, case.ids, strict=True):
        own = rows(task, ids)
        answers = tuple(Row(task.prompt, (of_row, ids[0, -n:])) for n in (3, 5) for of_row in ids)
        asked += [
            Score(POLICY, own, (LogProb(),)),
            Score(POLICY, own, (Entropy(),)),
            Score(POLICY, answers, (LogProb(),)),
        ]
        every += [*own, *answers]

    @torch.no_grad()
    def service() -> list[Tensor]:
        replies = ours.model.answer(asked)
        return [x for reply in replies if LogProb() in reply.found for x in reply[LogProb()]]

    @torch.no_grad()
    def plain() -> list[Tensor]:
        ours.model.core.eval()
        return plain_logprobs(ours.model.core, ours.model.runner, every)

    def apart() -> dict[str, float]:
        pairs = zip(service(), plain(), strict=True)
        return {"logprob": max(float((a - b).abs().max()) for a, b in pairs)}

    prompts = sum(len(ids) for ids in ours.prompt_ids())
    tokens = sum(len(ours.model.runner.encode(row.prompt)) + sum(map(len, row.pieces)) for row in every)
    counters = {"ours": ours.counted(service), "plain": {"tokens": float(tokens), "forwards": float(len(every))}}
    counters["ours"]["prompt tokens"] = float(prompts)
    return compare(f"score: {case}", service, ("plain", plain), apart, {"logprob": 1e-4}, rounds, counters)
