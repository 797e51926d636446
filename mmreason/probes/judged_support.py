"""What probes that ask a judge about a reasoning share."""

from __future__ import annotations

from mmreason.asks import Role

JUDGE = Role("judge")
LONGEST = 8000
"""Characters of a reasoning or answer that a judge is shown: the end of a longer one, the beginning of an answer."""
