"""The learning step."""
