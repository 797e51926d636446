"""Watching a run: guards over its numbers, a watch-dog over its processes, and what both leave on the disk."""
