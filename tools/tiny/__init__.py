"""The parts of ``tools/train_tiny.py``: how mmreason-tiny is made from nothing."""
