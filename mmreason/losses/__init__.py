"""Losses: rows that are wanted with gradient, a sum over them, and what the sum is divided by."""
