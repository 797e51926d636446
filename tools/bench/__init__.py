"""Benchmarks: both sides do the same work in turns, are shown to agree first, and only then is a ratio printed."""
