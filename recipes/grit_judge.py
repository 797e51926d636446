"""Who judges answers for GRIT: a server, a model in this process, or a rule."""

from __future__ import annotations

from mmreason.errors import RecipeError
from mmreason.judges.asks import Judge
from mmreason.judges.local import LocalJudge
from mmreason.judges.rule import RuleJudge
from mmreason.judges.server import OpenAIServer
from mmreason.models.specs import Policy
from mmreason.rewards.grit.chain import chain_answer
from mmreason.rewards.grit.grounding_iou import shares, union_iou
from mmreason.rewards.places import gold_boxes
from mmreason.rewards.text_match import TextMatch
from mmreason.slots import ModelSpec
from vision_data.media import Image
from vision_data.messages import media_of
from vision_data.transforms import DrawBoxes

RIGHT = TextMatch(extract=chain_answer)


def judge_of(judge: str | None, url: str | None, device: str) -> ModelSpec:
    """A server, a model in this process, or the rule.

    Raises:
        RecipeError: a server without the name of its model.
    """
    if url and not judge:
        raise RecipeError("grit: --judge-url needs --judge, the model's name on that server")
    if judge is None:
        return RuleJudge(by_rule)
    return OpenAIServer(url=url, model=judge) if url else LocalJudge(Policy(model=judge, device=device))


def by_rule(request: Judge) -> str | None:
    """Judge an answer by its text, and two drawings by which one covers more of what the question is about."""
    if request.task is None or request.completion is None:
        return None
    shown = [medium for medium in media_of(request.prompt) if isinstance(medium, Image)]
    if not shown:
        right = RIGHT.rate(request.task, request.completion)
        return f"{{score: {right:g}}}" if right == right else None
    gold = [shares(box) for box in gold_boxes(request.task, "bboxs", "original")]
    drawn = [medium.transforms[-1] for medium in shown]
    fits = [union_iou([shares(b) for b in d.regions], gold) for d in drawn if isinstance(d, DrawBoxes)]
    return str(1 + fits.index(max(fits))) if len(fits) == 2 and gold else None
