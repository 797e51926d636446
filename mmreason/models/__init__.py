"""Live models: encoding prompts once, group-packed forwards, sampling, learning."""
