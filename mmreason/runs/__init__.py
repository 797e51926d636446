"""One run, one folder: checkpoints, buffers, metrics, traces, curves, and the driver that fills it."""
