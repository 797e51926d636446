"""Rewards of mmreason in other trainers, and theirs here."""
