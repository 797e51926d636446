"""Probes: questions to models about rollouts, one value per group."""
