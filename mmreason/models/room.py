"""How many packed tokens one forward may hold, filled request by request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from mmreason.asks import Row, Score
from vision_data.messages import Prompt


@dataclass(eq=False)
class Room:
    """Equal rows are counted once, and so is a prompt that several rows share."""

    limit: float
    """Packed tokens."""
    key: Callable[[Row], Hashable]
    """What makes two rows the same work."""
    tokens: Callable[[Row], int]
    """Of the row alone."""
    prompt: Callable[[Prompt], int]
    """Tokens of a prompt."""
    size: int = 0
    rows: set[Hashable] = field(default_factory=set)
    prompts: set[Prompt] = field(default_factory=set)

    def take(self, requests: Sequence[Score], anyway: bool = False) -> bool:
        """Put requests in if there is room, or ``anyway``; says whether they are in. If not, nothing has changed."""
        new = {key: row for request in requests for row in request.rows if (key := self.key(row)) not in self.rows}
        prompts = {row.prompt for row in new.values()} - self.prompts
        more = sum(self.tokens(row) for row in new.values()) + sum(self.prompt(prompt) for prompt in prompts)
        if self.size + more > self.limit and not anyway:
            return False
        self.size += more
        self.rows |= new.keys()
        self.prompts |= prompts
        return True
