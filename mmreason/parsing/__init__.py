"""Text to values: the answer, the tags, the route. Whatever a policy writes, pure functions return a value or None."""
