"""Scripts for those who work on mmreason; never installed."""
