"""Coefficients that follow what was logged."""

from __future__ import annotations

import pytest

from mmreason.errors import RecipeError
from mmreason.losses.adaptive_entropy import AdaptiveEntropy
from mmreason.losses.adaptive_kl import AdaptiveKL
from mmreason.types import Progress
from tests.mmreason.fakes import NAN, close


def after(name: str, *found: float) -> Progress:
    return Progress(stage="s", history={f"s/policy/{name}": found, f"other/policy/{name}": [99.0] * 9})


def test_adaptive_kl() -> None:
    """Errors 1 (cut to 0.2), 0.1 and -0.5 (cut to -0.2), a tenth of the horizon each."""
    beta = AdaptiveKL(target=0.1, start=0.5, num=10, horizon=100)
    assert after("kl").at(beta) == 0.5
    close(after("kl", 0.2).at(beta), 0.5 * 1.02)
    close(after("kl", 0.2, 0.11, 0.05).at(beta), 0.5 * 1.02 * 1.01 * 0.98)
    close(after("kl", NAN, 0.2).at(beta), 0.5 * 1.02)
    with pytest.raises(RecipeError, match="AdaptiveKL needs target > 0"):
        AdaptiveKL(target=0.0)


def test_adaptive_entropy() -> None:
    """It rises while the entropy is low, falls above the target, and acts only where the last one was low."""
    weight = AdaptiveEntropy(target=0.2, start=0.01, most=0.018)
    assert after("entropy").at(weight) == 0.01
    close(after("entropy", 0.1).at(weight), 0.015)
    close(after("entropy", 0.1, 0.2).at(weight), 0.018)
    assert after("entropy", 0.1, 0.3).at(weight) == 0.0
    close(after("entropy", 0.1, 0.3, 0.1).at(weight), 0.015)
    assert after("entropy", 0.3, 0.3, 0.3).at(weight) == 0.0
    with pytest.raises(RecipeError, match="AdaptiveEntropy needs least <= start <= most"):
        AdaptiveEntropy(target=0.2, start=2.0)
