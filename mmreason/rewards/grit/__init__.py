"""Rewards of GRIT (arXiv:2505.15879), as the paper has them and as the released code does."""
