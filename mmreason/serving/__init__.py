"""Rollouts by an inference engine: vLLM in this process or as a server, with the learner's weights."""
