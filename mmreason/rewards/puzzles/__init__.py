"""Exact verifiers of puzzles: each accepts every right solution, not only the stored one."""
