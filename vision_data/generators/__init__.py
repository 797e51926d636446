"""Rendered worlds with exact answers: transit maps and coloured shapes."""
