"""Rewards of GRPO-CARE (arXiv:2506.16141) and its ablations."""
