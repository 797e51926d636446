"""Computer algebra for answers that nothing cheaper can compare. For worker processes: what it is given may hang it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SymbolicEqual:
    """Whether two LaTeX answers, gold first, are equal by the math-verify library; False where it cannot read one.

    Args:
        digits: Decimals to which numbers are rounded before they are compared.
    """

    digits: int = 6

    def prepare(self) -> None:
        """Import what takes seconds, and let a first comparison build its tables."""
        logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that time-outs are ours to keep
        self(("x^2", "x x"))

    def __call__(self, pair: tuple[str, str]) -> bool:
        """Compare."""
        from math_verify import verify

        gold, answer = map(parsed, pair)
        if len(gold) != 1 or len(answer) != 1:
            return False
        return bool(verify(gold, answer, float_rounding=self.digits, timeout_seconds=None, raise_on_error=False))


def parsed(text: str) -> list[Any]:
    """Read the whole text as one formula; empty where that fails."""
    from math_verify import LatexExtractionConfig, parse

    config = [LatexExtractionConfig(boxed_match_priority=0)]
    found: list[Any] = parse(
        f"\\boxed{{{text}}}", config, fallback_mode="no_fallback", parsing_timeout=None, raise_on_error=False
    )
    return found
