"""Rollouts: from tasks to groups of completions."""
