"""Metrics: numbers for the log, from batches or from stored completions."""
