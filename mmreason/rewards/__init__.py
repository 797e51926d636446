"""Rewards: terms that give each completion a number."""
