"""Judges and listeners: served models, local ones and rules, asked about completions."""
