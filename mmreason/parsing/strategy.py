"""How a completion says that it answers: by code that holds the chart's data, or directly."""

from __future__ import annotations

import re
from typing import Literal

Strategy = Literal["CODE", "DIRECT"]

_TOKEN = re.compile(r"<(CODE|DIRECT)>")


def strategy_of(text: str) -> Strategy | None:
    """Give the first strategy token, ``<CODE>`` or ``<DIRECT>``; None where there is none.

    >>> strategy_of("<DIRECT> It falls. <CODE>"), strategy_of("It falls.")
    ('DIRECT', None)
    """
    found = _TOKEN.search(text)
    if found is None:
        return None
    return "CODE" if found[1] == "CODE" else "DIRECT"
