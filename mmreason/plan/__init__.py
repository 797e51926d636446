"""What a run will take, told before any weights are loaded: parameters, memory, tokens, arithmetic, time, traffic."""
