"""Filters: which groups are learned from."""
